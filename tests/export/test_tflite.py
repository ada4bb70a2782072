# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Every architecture in every type of number, and what must not become a file."""

import dataclasses
import json

import numpy as np
import pytest
import tf_keras as keras

from tests.export.generators import inputs_of, make_generator
from tests.training.small import small_config, small_dataset
from tfdpgan import api, models
from tfdpgan.config import ConfigError
from tfdpgan.data.pixels import psnr
from tfdpgan.export import integer_graph, metadata, tflite_verify
from tfdpgan.export.export_config import ExportConfig
from tfdpgan.export.export_error import ExportError
from tfdpgan.export.quantizations import QUANTIZATIONS
from tfdpgan.export.tflite import convert
from tfdpgan.export.tflite_run import TFLiteNetwork
from tfdpgan.models import Architecture
from tfdpgan.models.quantized_layers import quantize_layers
from tfdpgan.privacy.accounting.ledger import LedgerError


@pytest.fixture(scope="module")
def run(tmp_path_factory, digit_images):
    """A small finished run on digits."""
    path = tmp_path_factory.mktemp("export") / "run"
    dataset = small_dataset(digit_images)
    api.train(api.plan(small_config(path), len(dataset.pixels)), dataset, show_progress=False)
    return path


def rows(able, *abilities):
    """Names of the architectures whose rows do, or do not, claim all of these abilities."""
    return [name for name, row in models.ARCHITECTURES.items() if all(getattr(row, each) for each in abilities) == able]


@pytest.mark.parametrize("architecture", rows(False, "exportable"))
def test_a_row_that_says_it_cannot_is_refused_in_one_line(architecture):
    for quantization in QUANTIZATIONS:
        with pytest.raises(ConfigError, match=f"--architecture={architecture} .*exportable=False") as refusal:
            convert(make_generator(architecture), quantization)
        assert "\n" not in str(refusal.value)


def test_an_export_that_its_row_refuses_leaves_nothing(run, tmp_path, monkeypatch):
    refused = dataclasses.replace(models.ARCHITECTURES["dcgan"], exportable=False)
    monkeypatch.setitem(models.ARCHITECTURES, "dcgan", refused)
    with pytest.raises(ConfigError, match="--architecture=dcgan .*cannot become a TFLite file"):
        api.export_tflite(ExportConfig(str(run), "float32", output_dir=str(tmp_path / "out")))
    assert not (tmp_path / "out").exists()


def every_file():
    """Every architecture and quantization; integer files of deep generators calibrate for seconds, and are slow."""
    for architecture in rows(True, "exportable"):
        for quantization in QUANTIZATIONS:
            slow = architecture in ("progan", "stylegan2", "autogan") and quantization.startswith("int")
            yield pytest.param(architecture, quantization, marks=pytest.mark.slow if slow else ())


@pytest.mark.parametrize(("architecture", "quantization"), every_file())
def test_every_architecture_stands_every_check(architecture, quantization):
    generator = make_generator(architecture)
    content = convert(generator, quantization)
    model = metadata.read_flatbuffer(content, "file")
    tflite_verify.check_operators(model, quantization)
    kernels = sum(np.prod(weight.shape) for weight in generator.model.trainable_variables if len(weight.shape) > 1)
    tflite_verify.check_size(len(content), int(kernels), quantization)
    z, labels = inputs_of(generator, 12)
    psnr_db = psnr(TFLiteNetwork(content)((z, labels)), generator.images_of(z, labels))
    least = models.ARCHITECTURES[architecture].psnr_db.get(quantization, QUANTIZATIONS[quantization].least_psnr_db)
    tflite_verify.check_agreement(psnr_db, quantization, least)


@pytest.mark.parametrize(
    ("method", "architecture"),
    [
        *(
            pytest.param("tfmot", name, marks=() if name == "dcgan" else pytest.mark.slow)
            for name in rows(True, "exportable", "prunable", "learned_ranges")
        ),
        ("clamped", "dcgan"),
    ],
)
def test_learned_ranges_reach_the_integer_file(method, architecture):
    """Of every architecture that slimming may put into 8 bits."""
    generator = make_generator(architecture)
    z, labels = inputs_of(generator, 64)
    quantize_layers(generator.model, 8, method)
    for _ in range(10):
        generator.model((z, labels), training=True)
    content = convert(generator, "int8")
    model = metadata.read_flatbuffer(content, "file")
    tflite_verify.check_operators(model, "int8")
    files_images = TFLiteNetwork(content)((z, labels))
    assert psnr(files_images, generator.images_of(z, labels)) > 35
    convert(generator, "int16x8")  # the ranges of 8 bits do not stand in its way


@pytest.mark.parametrize("architecture", ["dcgan", "dcgan64", "dcgan2020", "fully_connected"])
def test_a_batch_normalisation_behind_its_kernel_is_folded_into_it(architecture):
    generator = make_generator(architecture)
    inputs = inputs_of(generator, 64)
    quantize_layers(generator.model, 8, "tfmot")
    generator.model(inputs, training=True)
    names = tflite_verify.operator_names(metadata.read_flatbuffer(convert(generator, "int8"), "file"))
    is_batch_normed = any(isinstance(part, keras.layers.BatchNormalization) for part in generator.model.submodules)
    assert ("MUL" in names) != is_batch_normed


def test_a_generator_of_black_and_white_keeps_its_greys(monkeypatch):
    generator = make_generator("dcgan")
    kernel = generator.model.to_image.kernel
    kernel.assign(30 * kernel)
    z, labels = inputs_of(generator, 32)
    images = generator.images_of(z, labels)
    assert np.mean(np.abs(images) > 0.999) > 0.2
    in_seen_range = psnr(TFLiteNetwork(convert(generator, "int8"))((z, labels)), images)
    monkeypatch.setattr(integer_graph, "_SEEN_BY_TANH", np.inf)
    assert in_seen_range > 0.5 + psnr(TFLiteNetwork(convert(generator, "int8"))((z, labels)), images)


def test_the_model_is_as_it_was_after_an_export():
    generator = make_generator("dcgan64", width=4)
    z, labels = inputs_of(generator, 2)
    before = generator.images_of(z, labels)
    convert(generator, "int8")
    np.testing.assert_array_equal(generator.images_of(z, labels), before)


def test_all_files_of_a_run_carry_its_cards(run, tmp_path):
    report = api.export_tflite(ExportConfig(str(run), "all", batch_size=2, output_dir=str(tmp_path)))
    rows, table = report.content, report.table
    assert [row["quantization"] for row in rows] == list(QUANTIZATIONS)
    assert len(list(tmp_path.iterdir())) == len(QUANTIZATIONS) and len(table.splitlines()) == len(QUANTIZATIONS) + 1
    for row in rows:
        cards = metadata.read_cards(row["path"])
        assert cards.privacy == json.loads((run / "privacy_card.json").read_text())
        assert cards.model["quantization"] == row["quantization"]
        assert cards.model["signature"]["inputs"]["label"]["dtype"] == "int32"
        assert cards.model["signature"]["outputs"]["image"]["shape"] == [2, 28, 28, 1]
        assert row["psnr_db"] >= QUANTIZATIONS[row["quantization"]].least_psnr_db and row["latency_ms"] > 0
    released = json.loads((run / "released/generator/signature.json").read_text())
    assert cards.model["weights_sha256"] == released["weights_sha256"]
    assert cards.model["class_names"] == [str(digit) for digit in range(10)]


def test_a_file_draws_like_its_run(run, tmp_path):
    rows = api.export_tflite(ExportConfig(str(run), "float32", batch_size=3, output_dir=str(tmp_path))).content
    from_run, labels = api.load_generator(str(run)).draw(10, seed=5)
    from_file, same_labels = api.load_generator(rows[0]["path"]).draw(10, seed=5)
    np.testing.assert_allclose(from_file, from_run, atol=1e-4)
    np.testing.assert_array_equal(labels, same_labels)


def test_a_file_too_far_from_the_generator_leaves_nothing(run, tmp_path):
    output = tmp_path / "out"
    with pytest.raises(ExportError, match="--min_psnr=") as refusal:
        api.export_tflite(ExportConfig(str(run), "int8", output_dir=str(output), min_psnr=100.0))
    assert "\n" not in str(refusal.value) and not output.exists()


def test_an_operator_that_tflite_lacks_is_named_and_leaves_nothing(tmp_path, digit_images, monkeypatch):
    monkeypatch.setitem(models.ARCHITECTURES, "strange", Architecture("tests.export.strange_architecture"))
    dataset = small_dataset(digit_images)
    config = small_config(tmp_path / "run", architecture="strange")
    api.train(api.plan(config, len(dataset.pixels)), dataset, show_progress=False)
    for quantization in (*QUANTIZATIONS, "all"):
        with pytest.raises(ExportError, match="Erfinv") as refusal:
            api.export_tflite(ExportConfig(str(tmp_path / "run"), quantization))
        assert "\n" not in str(refusal.value)
    assert not (tmp_path / "run/export").exists()


@pytest.mark.slow
def test_a_layer_normalisation_is_whole_in_8_bits_and_refused_in_16(tmp_path, digit_images, monkeypatch):
    """The converter would write its squares in 16 bits too, and the interpreter would bring the process down."""
    monkeypatch.setitem(models.ARCHITECTURES, "layer_norm", Architecture("tests.export.layer_norm_architecture"))
    dataset = small_dataset(digit_images)
    config = small_config(tmp_path / "run", architecture="layer_norm")
    api.train(api.plan(config, len(dataset.pixels)), dataset, show_progress=False)
    for quantization in ("int16x8", "all"):
        with pytest.raises(ExportError, match="SQUARED_DIFFERENCE in int16x8") as refusal:
            api.export_tflite(ExportConfig(str(tmp_path / "run"), quantization))
        assert "\n" not in str(refusal.value) and "--quantization=int8" in str(refusal.value)
    assert not (tmp_path / "run/export").exists(), "of all files, none is left when one cannot be had"
    for quantization in ("int8", "int8_float_io", "dynamic", "float16", "float32"):
        (row,) = api.export_tflite(ExportConfig(str(tmp_path / "run"), quantization)).content
        assert row["psnr_db"] >= QUANTIZATIONS[quantization].least_psnr_db


def test_a_run_without_its_card_is_refused(run, tmp_path):
    card = run / "privacy_card.json"
    text = card.read_text()
    card.unlink()
    try:
        with pytest.raises(LedgerError, match="privacy_card.json is missing"):
            api.export_tflite(ExportConfig(str(run), "float32", output_dir=str(tmp_path / "out")))
    finally:
        card.write_text(text)


@pytest.mark.parametrize("settings", [{}, {"model_dir": "a", "show": "b"}, {"model_dir": "a", "batch_size": 0}])
def test_bad_settings(settings):
    with pytest.raises(ConfigError):
        ExportConfig(**settings)
