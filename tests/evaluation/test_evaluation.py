# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Whole evaluations: real images score near the ideal, noise near the worst; what is private is left out or marked."""

import dataclasses
import json
import sys

import numpy as np
import pytest

from tfdpgan import data
from tfdpgan.config import ConfigError
from tfdpgan.evaluation import evaluation
from tfdpgan.evaluation.controls import verdict
from tfdpgan.evaluation.evaluated_images import EvaluatedImages
from tfdpgan.evaluation.evaluation_config import EvaluateConfig
from tfdpgan.evaluation.result import TOO_FEW, Result


@pytest.fixture(scope="module")
def digits():
    return data.load_dataset("digits", holdout=0.39)


@pytest.fixture(scope="module")
def evaluate(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("statistics"))

    def run(dataset, images, labels, **settings):
        settings = {"classifiers": "logistic", "statistics_dir": folder, **settings}
        config = EvaluateConfig(images="x.npz", dataset=dataset.name, **settings)
        prepared = evaluation.prepare(config, dataset, EvaluatedImages(images, labels, "x", {}))
        content = evaluation.run(prepared, show_progress=False)
        json.dumps(content, allow_nan=False)
        return {(row["measure"], row["extractor"]): row for row in content["measures"]}, prepared

    return run


def value_of(rows, measure):
    return next(row["value"] for (name, _), row in rows.items() if name == measure)


@pytest.fixture(scope="module")
def real(digits, evaluate):
    """Training images in the place of generated ones: as good as images can be."""
    return evaluate(digits, digits.pixels, digits.labels, extractors="classifier,pixels")[0]


@pytest.fixture(scope="module")
def noise(digits, evaluate):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, digits.pixels.shape, dtype=np.uint8)
    return evaluate(digits, images, digits.labels, extractors="classifier,pixels")[0]


@pytest.mark.parametrize(
    ("measure", "good", "bad"),
    [
        ("gen2real_logistic", (0.93, 1.0), (0.0, 0.3)),
        ("real_fake_accuracy", (0.44, 0.56), (0.98, 1.0)),
        ("precision", (0.6, 1.0), (0.0, 0.1)),
        ("recall", (0.6, 1.0), (0.0, 0.4)),
        ("density", (0.8, 1.2), (0.0, 0.1)),
        ("coverage", (0.88, 1.0), (0.0, 0.1)),
        ("inception_score", (8.0, 10.0), (1.0, 4.0)),
        ("class_balance", (0.0, 0.06), (0.3, 1.0)),
    ],
)
def test_real_images_are_near_the_ideal_and_noise_near_the_worst(real, noise, measure, good, bad):
    assert good[0] <= value_of(real, measure) <= good[1]
    assert bad[0] <= value_of(noise, measure) <= bad[1]


@pytest.mark.parametrize("measure", ["frechet_distance", "sliced_wasserstein", "real_fake_frechet_distance"])
def test_distances_of_real_images_are_small_beside_those_of_noise(real, noise, measure):
    for key, row in real.items():
        if key[0] == measure:
            assert row["value"] < 0.2 * noise[key]["value"]


def test_every_row_says_what_it_rests_on(digits, real):
    assert {row["extractor"] for row in real.values()} == {"classifier[digits test]", "pixels", None}
    for row in real.values():
        assert row["paper"] and not row["reads_private_training_images"]
        assert row["not_computed"] or row["num_generated"] > 0
    distance = real["frechet_distance", "classifier[digits test]"]
    assert distance["name"] == "Frechet distance (classifier[digits test])"
    num_test_images = len(digits.test_pixels)
    assert distance["reference"] == "test, second half"
    assert distance["num_reference"] == num_test_images // 2
    assert real["frechet_distance", "pixels"]["num_reference"] == num_test_images


def test_what_reads_private_images_needs_permission_and_is_marked(digits, evaluate):
    settings = {"measures": "real2gen,nearest_neighbours,frechet_distance,gen2real"}
    images, labels = digits.test_pixels[:100], digits.test_labels[:100]
    rows, _ = evaluate(digits, images, labels, **settings)
    for measure in ("real2gen", "nearest_neighbours"):
        row = rows[measure, None]
        assert row["value"] is None and row["not_computed"] == "needs --allow_private_reference"
    rows, prepared = evaluate(digits, images, labels, allow_private_reference=True, **settings)
    marked = {measure for (measure, _), row in rows.items() if row["reads_private_training_images"]}
    assert marked == {"real2gen_logistic", "nearest_neighbours", "frechet_distance"}
    assert not rows["gen2real_logistic", None]["reads_private_training_images"]
    assert prepared.pictures["nearest_neighbours"].dtype == np.uint8
    public = dataclasses.replace(digits, is_public=True)
    rows, _ = evaluate(public, images, labels, **settings)
    assert all(row["value"] is not None for row in rows.values())
    assert not any(row["reads_private_training_images"] for row in rows.values())


def test_copies_of_training_images_have_no_distance(digits, evaluate):
    rows, _ = evaluate(digits, digits.pixels[:50], None, measures="nearest_neighbours", allow_private_reference=True)
    row = rows["nearest_neighbours", None]
    assert row["value"] == 0.0 and row["details"]["median_of_test_images"] > 100


def test_without_labels_utility_is_left_out(digits, evaluate):
    rows, _ = evaluate(digits, digits.pixels[:60], None, measures="gen2real,class_balance")
    assert rows["gen2real", None]["not_computed"] == "the images have no labels"
    assert rows["class_balance", "classifier[digits test]"]["value"] < 0.2
    unlabelled = digits.without_labels()
    rows, _ = evaluate(unlabelled, digits.pixels[:60], None, measures="frechet_distance,inception_score,real_fake")
    assert ("frechet_distance", "pixels") in rows and "inception_score" not in {name for name, _ in rows}
    with pytest.raises(ConfigError, match="labels"):
        evaluate(unlabelled, digits.pixels[:60], None, extractors="classifier")


def test_several_seeds_give_mean_and_spread(digits, evaluate):
    rows, _ = evaluate(digits, digits.pixels[:200], digits.labels[:200], measures="gen2real", seeds=3)
    row = rows["gen2real_logistic", None]
    assert len(row["values"]) == 3 and len(set(row["values"])) > 1
    assert row["value"] == pytest.approx(np.mean(row["values"]))
    assert row["standard_deviation"] == pytest.approx(np.std(row["values"], ddof=1))


def test_tf_gan_s_functions_give_the_same(digits, evaluate):
    pytest.importorskip("tensorflow_gan")
    settings = {"measures": "frechet_distance,inception_score"}
    images, labels = digits.pixels[:300], digits.labels[:300]
    own, _ = evaluate(digits, images, labels, **settings)
    theirs, _ = evaluate(digits, images, labels, backend="tfgan", **settings)
    for key, row in own.items():
        assert row["value"] == pytest.approx(theirs[key]["value"], rel=1e-3)


def test_without_tf_gan_its_backend_is_refused(digits, evaluate, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_gan.python.eval.classifier_metrics", None)
    with pytest.raises(ConfigError, match="Python 3.10 and 3.11"):
        evaluate(digits, digits.pixels[:50], None, backend="tfgan")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "exactly one"),
        ({"model_dir": "run", "images": "x"}, "exactly one"),
        ({"images": "x"}, "--dataset"),
        ({"model_dir": "run", "num_images": 3}, "20 or more"),
        ({"model_dir": "run", "seeds": 0}, "--seeds"),
        ({"model_dir": "run", "measures": "beauty"}, "beauty"),
        ({"model_dir": "run", "extractors": "x"}, "pixels"),
        ({"model_dir": "run", "measures": ","}, "--measures"),
        ({"model_dir": "run", "reference": "half"}, "half"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, words):
    with pytest.raises(ConfigError, match=words):
        EvaluateConfig(**settings)


def test_the_run_s_data_settings_hold_unless_others_are_given():
    trained = {"dataset": "folder", "data_dir": "photos", "image_size": 64, "holdout": 0.1, "public_data": False}
    config = EvaluateConfig(model_dir="run", data_dir="moved", public_data=True).data_config(trained)
    assert (config.dataset, config.data_dir, config.image_size, config.holdout) == ("folder", "moved", 64, 0.1)
    assert config.public_data and config.color_mode == "auto"
    assert not EvaluateConfig(model_dir="run").data_config({**trained, "steps": 5}).public_data
    with pytest.raises(ConfigError, match="cannot be declared afterwards"):
        EvaluateConfig(model_dir="run", public_data=True).data_config(trained)
    with pytest.raises(ConfigError, match="cannot be held out"):
        EvaluateConfig(model_dir="run", holdout=0.2, data_dir="./photos").data_config(trained)


@pytest.mark.slow
def test_mnist_s_own_images_are_near_the_ideal_on_every_measure(real_data_dir, evaluate):
    if real_data_dir is None:
        pytest.skip("needs TFDPGAN_TEST_DATA")
    whole = data.load_dataset("mnist", real_data_dir / "mnist.npz", is_public=True)
    rows = np.random.default_rng(0).permutation(60000)
    images, labels = whole.pixels[rows[:20000]], whole.labels[rows[:20000]]
    mnist = dataclasses.replace(whole, pixels=whole.pixels[rows[20000:]], labels=whole.labels[rows[20000:]])
    found, _ = evaluate(mnist, images, labels, classifiers="cnn")
    assert value_of(found, "gen2real_cnn") >= 0.975  # of a third of the images
    everything, _ = evaluate(whole, whole.pixels, whole.labels, classifiers="cnn", measures="gen2real")
    assert value_of(everything, "gen2real_cnn") >= 0.985
    assert abs(value_of(found, "real_fake_accuracy") - 0.5) <= 0.02
    assert value_of(found, "precision") > 0.7 and value_of(found, "recall") > 0.7
    assert value_of(found, "density") == pytest.approx(1.0, abs=0.1) and value_of(found, "coverage") > 0.93
    assert value_of(found, "inception_score") > 9 and value_of(found, "class_balance") < 0.02
    assert value_of(found, "real2gen_cnn") >= 0.975
    noise, _ = evaluate(
        mnist, np.random.default_rng(1).integers(0, 256, images.shape, dtype=np.uint8), labels, classifiers="cnn"
    )
    assert value_of(noise, "gen2real_cnn") < 0.25 and value_of(noise, "real_fake_accuracy") > 0.98
    for measure in ("precision", "density", "coverage"):
        assert value_of(noise, measure) < 0.02
    for measure in ("frechet_distance", "sliced_wasserstein", "real_fake_frechet_distance"):
        assert value_of(found, measure) < 0.1 * value_of(noise, measure)


def test_figures_that_noise_does_as_well_carry_a_warning_and_the_verdict_is_in_words(digits, evaluate):
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, (60, 28, 28, 1), dtype=np.uint8)
    quick = dict(extractors="pixels", measures="precision_recall,frechet_distance,real_fake")
    few = dataclasses.replace(digits, test_pixels=digits.test_pixels[:20], test_labels=digits.test_labels[:20])
    rows, _ = evaluate(few, noise, None, **quick)
    assert {row["warning"] for row in rows.values()} == {TOO_FEW}
    assert verdict([Result(**row) for row in rows.values()]).startswith("Verdict: none")
    some = dataclasses.replace(digits, test_pixels=digits.test_pixels[:120], test_labels=digits.test_labels[:120])
    rows, _ = evaluate(some, noise, None, **quick)
    precision = rows["precision", "pixels"]
    assert precision["warning"] is None and precision["value"] <= precision["noise_against_real"] + 0.1
    assert precision["real_against_real"] > 0.4
    noisy = [Result(**row) for row in rows.values()]
    assert "little better than noise" in verdict(noisy)
    rows, _ = evaluate(some, digits.pixels[:60], None, **quick)
    assert "near real images by these figures" in verdict([Result(**row) for row in rows.values()])
