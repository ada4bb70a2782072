# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Files that are really made and run, distances that are really computed: before and after."""

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest

from tests.slimming.small import slim_config, train_teacher
from tests.training.small import small_dataset
from tfdpgan import api, models
from tfdpgan.config import ConfigError
from tfdpgan.data.pixels import to_uint8
from tfdpgan.evaluation.measures.frechet_distance import FeatureStatistics, frechet_distance
from tfdpgan.export import tflite_run
from tfdpgan.export.export_config import ExportConfig
from tfdpgan.export.trial_conversion import measure_file
from tfdpgan.slimming import measurements

QUICK = dict(pruning_steps=1, recovery_steps=1, distillation_images=10, gan_weight=0.0)


@pytest.fixture(scope="module")
def teacher_dir(tmp_path_factory, digit_images):
    folder = tmp_path_factory.mktemp("teacher") / "run"
    train_teacher(folder, digit_images, holdout=0.2)
    return folder


@pytest.fixture(scope="module")
def slimming(teacher_dir, tmp_path_factory):
    """A slimming whose images are compared with 300 real test digits: folder, content, table, page."""
    folder = tmp_path_factory.mktemp("slim") / "slim"
    config = slim_config(teacher_dir, folder, **{**QUICK, "evaluation_images": 120, "dataset": "mnist_like"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api.training, "load_data", lambda _: held_out())
        report = api.slim(config, show_progress=False)
        content, table, paths = report.content, report.table, report.paths
    return folder, content, table, Path(paths[1]).read_text()


def held_out():
    """All digits, with a test split of those behind the teacher's 120."""
    from tfdpgan.data import load_dataset

    digits = load_dataset("digits")
    return dataclasses.replace(digits, test_pixels=digits.pixels[120:420], test_labels=digits.labels[120:420])


def test_every_width_has_a_real_file(slimming, tmp_path):
    folder, content, table, _ = slimming
    rows = {(row["generator"], row["bits"]): row for row in content["files"]}
    assert list(rows) == [(when, bits) for when in ("before", "after") for bits in (32, 16, 8)]
    whole = rows["before", 32]["bytes"]
    for (when, _), row in rows.items():
        assert row["not_measured"] is None and row["latency_ms"] > 0 and row["latency_ms_2_threads"] > 0
        assert row["size_ratio"] == whole / row["bytes"]
        assert row["compute_ratio"] == (1 if when == "before" else content["compute_ratio"])
        assert f"{row['bytes']:,}" in table
        assert (row["frechet_distance"] is None) == (when == "before")
    for when in ("before", "after"):
        assert rows[when, 32]["bytes"] > rows[when, 16]["bytes"] > rows[when, 8]["bytes"]
    assert rows["before", 32]["psnr_db"] > 90 and rows["after", 8]["psnr_db"] > 30

    # What the exporter writes is that file with the cards behind it.
    (exported,) = api.export_tflite(ExportConfig(str(folder), "int8", output_dir=str(tmp_path), min_psnr=0.0)).content
    assert 0 < exported["bytes"] - rows["after", 8]["bytes"] < 40_000
    assert exported["psnr_db"] == pytest.approx(rows["after", 8]["psnr_db"])

    # The distance of its images, computed once more from the file on the disk.
    file = tflite_run.load_generator(exported["path"])
    latents = np.random.default_rng(3).standard_normal((120, file.config.latent_dim), np.float32)
    images = to_uint8(file.images_of(latents, np.arange(120) % 10))
    expected = frechet_distance(
        *(
            FeatureStatistics.of(pixels.reshape(len(pixels), -1).astype(np.float32) / 255)
            for pixels in (images, held_out().test_pixels)
        )
    )
    assert rows["after", 8]["frechet_distance"] == pytest.approx(expected, rel=1e-6)


def test_distances_say_to_what_and_of_how_many(slimming):
    folder, content, table, page = slimming
    assert json.loads((folder / "slimming.json").read_text()) == content
    test, teacher = content["to_test"], content["to_teacher"]
    assert test["name"] == teacher["name"] == "Frechet distance (pixels)"
    assert (test["num_generated"], test["num_reference"], teacher["num_reference"]) == (120, 300, 2000)
    assert test["ratio"] == test["after"] / test["before"] and f"{test['ratio']:.3f}" in table
    assert 0 < 2 * teacher["before"] < teacher["after"], "the teacher is nearer to itself than a student untrained"
    for words in ("Frechet distance (pixels)", "mnist_like, test split", "the teacher&#39;s images", "int8", "r_s"):
        assert words in page
    assert "not measured" not in page


def test_without_evaluation_images_no_data_is_opened(teacher_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(api.training, "load_data", lambda config: pytest.fail("real images were read"))
    config = slim_config(teacher_dir, tmp_path / "slim", **QUICK)
    content = api.slim(config, show_progress=False).content
    assert content["to_test"] is None and all(row["frechet_distance"] is None for row in content["files"])
    # Asked for later, it is measured on the finished run.
    monkeypatch.setattr(api.training, "load_data", lambda config: held_out())
    again = api.slim(slim_config(teacher_dir, tmp_path / "slim", **QUICK, evaluation_images=20)).content
    assert again["to_test"]["num_generated"] == 20 and again["to_teacher"] == content["to_teacher"]


@pytest.mark.slow
def test_what_tflite_cannot_do_is_not_measured_and_the_page_is_written(tmp_path, digit_images, monkeypatch):
    monkeypatch.setitem(models.ARCHITECTURES, "strange", models.Architecture("tests.export.strange_architecture"))
    train_teacher(tmp_path / "teacher", digit_images, architecture="strange")
    report = api.slim(slim_config(tmp_path / "teacher", tmp_path / "slim", **QUICK), show_progress=False)
    content, table, paths = report.content, report.table, report.paths
    assert len(content["files"]) == 6
    for row in content["files"]:
        assert "Erfinv" in row["not_measured"] and "\n" not in row["not_measured"]
        assert row["bytes"] is row["latency_ms"] is row["size_ratio"] is None
    assert "not measured: TFLite has no operator" in table and "not measured. TFLite" in Path(paths[1]).read_text()
    assert math.isfinite(content["to_teacher"]["after"])


def test_data_that_cannot_be_compared_with_is_refused_at_once(teacher_dir, tmp_path, monkeypatch, digit_images):
    config = slim_config(teacher_dir, tmp_path / "slim", **QUICK, evaluation_images=100)
    monkeypatch.setattr(api.training, "load_data", lambda config: small_dataset(digit_images))
    with pytest.raises(ConfigError, match="has no test split, which --evaluation_images") as refusal:
        api.slim(config)
    assert "\n" not in str(refusal.value)
    small = held_out()
    crop = {name: getattr(small, name)[:, :20, :20] for name in ("pixels", "test_pixels")}
    monkeypatch.setattr(api.training, "load_data", lambda config: type(small)(**{**vars(small), **crop}))
    with pytest.raises(ConfigError, match=r"images of \(28, 28, 1\).* of \(20, 20, 1\)"):
        api.slim(config)
    monkeypatch.undo()
    missing = slim_config(
        teacher_dir, tmp_path / "slim", **QUICK, evaluation_images=9, dataset="folder", data_dir=str(tmp_path / "no")
    )
    with pytest.raises(ValueError, match="no"):
        api.slim(missing)
    assert not (tmp_path / "slim").exists()
    with pytest.raises(ConfigError, match="--evaluation_images must be 0, or 2 or more"):
        slim_config(teacher_dir, tmp_path / "slim", evaluation_images=1)


def test_vgg16_is_used_where_its_weights_are(teacher_dir, real_data_dir):
    weights = real_data_dir and real_data_dir / "vgg16_notop.h5"
    if not (weights and weights.exists()):
        pytest.skip("VGG16's weights are not in TFDPGAN_TEST_DATA")
    generator = api.load_generator(str(teacher_dir))
    settings = measurements.SlimRunConfig(
        vgg16_path=str(weights),
        vgg16_preprocessing="torch",
        perceptual_weight=0.0,
        pixel_weight=1.0,
        evaluation_images=30,
    )
    quality = measurements.ImageQuality(settings, generator, held_out())
    found = quality.to_test(measure_file(generator, "int8"))
    assert found["name"] == "Frechet distance (vgg16[torch, 64 px])" and found["num_reference"] == 300
    assert found["after"] == pytest.approx(found["before"], rel=0.05), "an int8 file draws like its generator"
