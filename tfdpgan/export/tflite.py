# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The released generator as .tflite files that were run before they were called done."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tfdpgan import models
from tfdpgan.data.pixels import psnr
from tfdpgan.export import file_cards, metadata, native_output, tflite_verify
from tfdpgan.export.export_config import ExportConfig
from tfdpgan.export.export_error import ExportError
from tfdpgan.export.integer_graph import integer_layers, rewritten
from tfdpgan.export.quantizations import QUANTIZATIONS
from tfdpgan.export.tflite_run import SIGNATURE, TFLiteNetwork
from tfdpgan.files import atomic
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.models import latents
from tfdpgan.run import RunDirectory
from tfdpgan.run_ledger import open_ledger

_NUM_CALIBRATION_IMAGES = 256
_NUM_COMPARED_IMAGES = 32
_LARGEST_REASON = 200  # characters of a converter's message that are passed on


@dataclasses.dataclass(frozen=True)
class ExportedFile:
    """A file that stood every check.

    Attributes:
        path: where it is.
        quantization: a name in QUANTIZATIONS.
        bytes: its size, cards included.
        psnr_db: of its images against the run's generator.
        latency_ms: median of one call on one thread of this machine, in milliseconds.
        latency_ms_2_threads: the same on two threads.
    """

    path: str
    quantization: str
    bytes: int
    psnr_db: float
    latency_ms: float
    latency_ms_2_threads: float


def export(config: ExportConfig) -> list[ExportedFile]:
    """Converts, verifies and writes the files that the settings ask for: all of them, or none and an error.

    Reads the released generator and the privacy card of the run. Latents for calibration and comparison are drawn with
    a fixed seed: no image is touched, so the files cost no privacy beyond the run's.

    Raises:
        RunError, ConfigError: for a run that is missing or has not ended.
        ExportError: for a generator that TFLite cannot run, a file that fails a check, or a place that cannot be
            written.
    """
    run_dir = RunDirectory(config.model_dir or "")
    run_config = run_dir.read_config()
    open_ledger(run_dir)
    generator = ReleasedGenerator.load(run_dir.generator)
    folder = Path(config.output_dir) if config.output_dir else run_dir.path / "export"
    _require_writable(folder)
    privacy_cards = file_cards.privacy_cards(run_dir)
    verified = []
    for quantization in config.quantizations:
        content = convert(generator, quantization, config.batch_size)
        check_content(generator, content, quantization)  # before anything runs it
        cards = metadata.Cards(
            file_cards.model_card(generator, content, quantization, run_dir, run_config), *privacy_cards
        )
        suffix = f"_batch{config.batch_size}" if config.batch_size > 1 else ""
        path = folder / f"generator_{quantization}{suffix}.tflite"
        verified.append(_verified(generator, content, cards, path, quantization, config.min_psnr))
    folder.mkdir(parents=True, exist_ok=True)
    for exported, content in verified:
        atomic.write_bytes_atomically(exported.path, content)
    return [exported for exported, _ in verified]


def convert(generator: ReleasedGenerator, quantization: str, batch_size: int = 1) -> bytes:
    """The generator as the bytes of a TFLite file with the signature `generate`, without the cards.

    Inputs `z` `[batch_size, latent_dim]` and, for a generator with classes, `label` `[batch_size]` int32; output
    `image` `[batch_size, h, w, c]`. `z` and `image` are float32, or int8 or int16 in int8 and int16x8, with scale and
    zero point. Those ranges, and all between, are calibrated on 256 images from latents of a fixed seed.

    Raises:
        ConfigError: for an architecture that says that it cannot.
        ExportError: for an operator that TFLite lacks.
    """
    models.require_exportable(generator.config)
    with tempfile.TemporaryDirectory() as folder:
        try:
            with native_output.silenced():
                _save(generator, quantization, batch_size, folder)
                converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[SIGNATURE])
                _configure(converter, quantization, lambda: _calibration(generator, batch_size))
                return bytes(converter.convert())
        except Exception as error:  # the converter has a class of its own, and raises whatever its parts raise
            raise ExportError(_refusal(error, quantization)) from error


def check_content(generator: ReleasedGenerator, content: bytes, quantization: str) -> None:
    """Raises ExportError unless what `convert` made has the operators and the size that its name promises."""
    tflite_verify.check_operators(metadata.read_flatbuffer(content, "The converted file"), quantization)
    kernels = sum(int(np.prod(weight.shape)) for weight in generator.model.trainable_variables if len(weight.shape) > 1)
    tflite_verify.check_size(len(content), kernels, quantization)


def agreement(generator: ReleasedGenerator, network: TFLiteNetwork) -> float:
    """PSNR in dB of a file's images against the generator's, from the same 32 latents."""
    z, labels = _latents_and_labels(generator, _NUM_COMPARED_IMAGES, seed=1)
    return psnr(network((z, labels)), generator.images_of(z, labels.numpy()))


def render_table(files: list[ExportedFile]) -> str:
    """One row a file: path, quantization, bytes, PSNR, latency on one and on two threads."""
    rows = [["file", "quantization", "bytes", "PSNR dB", "ms, 1 thread", "ms, 2 threads"]]
    rows += [
        [
            file.path,
            file.quantization,
            f"{file.bytes:,}",
            f"{file.psnr_db:.1f}",
            f"{file.latency_ms:.2f}",
            f"{file.latency_ms_2_threads:.2f}",
        ]
        for file in files
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def _save(generator: ReleasedGenerator, quantization: str, batch_size: int, folder: str) -> None:
    """Saves the generator with its weights as constants (variables become VAR_HANDLE operators)."""
    inputs = [tf.TensorSpec([batch_size, generator.config.latent_dim], tf.float32, "z")]
    if generator.is_conditional:
        inputs.append(tf.TensorSpec([batch_size], tf.int32, "label"))
    no_label = tf.zeros([batch_size], tf.int32)

    def images(z: tf.Tensor, label: tf.Tensor = no_label) -> tf.Tensor:
        return generator.model((z, label), training=False)

    activation_bits = QUANTIZATIONS[quantization].activation_bits
    layers = integer_layers(generator.model, *_latents_and_labels(generator, _NUM_CALIBRATION_IMAGES))
    with layers if activation_bits else contextlib.nullcontext():
        traced = tf.function(lambda *tensors: images(*tensors), inputs).get_concrete_function()
    examples = (list(feed.values()) for _, feed in _calibration(generator, batch_size))
    network = rewritten(_constant(traced), generator.shape.num_classes, activation_bits == 8, examples)
    module = tf.Module()
    module.generate = tf.function(lambda *tensors: {"image": _only(network(*tensors))}, inputs)
    tf.saved_model.save(module, folder, signatures={SIGNATURE: module.generate.get_concrete_function()})


def _configure(converter: Any, quantization: str, calibration: Callable[[], Iterator[Any]]) -> None:
    if quantization != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantization == "float16":
        converter.target_spec.supported_types = [tf.float16]
    kind = QUANTIZATIONS[quantization]
    if kind.activation_bits is not None:
        operators = tf.lite.OpsSet
        is_int8 = kind.activation_bits == 8
        converter.representative_dataset = calibration
        # TensorFlow 2.20 gives each unit of a dense layer a scale of its own, 32 bytes that can outweigh the unit; 2.15
        # does not, and ignores this.
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True
        converter.target_spec.supported_ops = [
            operators.TFLITE_BUILTINS_INT8
            if is_int8
            else operators.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        ]
        if not kind.has_float_ends:
            converter.inference_input_type = converter.inference_output_type = tf.int8 if is_int8 else tf.int16


def _calibration(generator: ReleasedGenerator, batch_size: int) -> Iterator[Any]:
    z, labels = (tensor.numpy() for tensor in _latents_and_labels(generator, _NUM_CALIBRATION_IMAGES))
    for start in range(0, len(z) - batch_size + 1, batch_size):
        feed = {"z": z[start : start + batch_size]}
        if generator.is_conditional:
            feed["label"] = labels[start : start + batch_size]
        yield SIGNATURE, feed


def _verified(
    generator: ReleasedGenerator,
    content: bytes,
    cards: metadata.Cards,
    path: Path,
    quantization: str,
    least_psnr: float | None,
) -> tuple[ExportedFile, bytes]:
    """Writes the file under a temporary name, runs it from there, and returns what it is, with its bytes."""
    content = metadata.attach(content, cards)
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / path.name
        written.write_bytes(content)
        if metadata.read_cards(written).privacy != cards.privacy:
            raise ExportError(f"{path.name} would not carry its privacy card whole. Please report it.")
        on_one, on_two = (TFLiteNetwork(written.read_bytes(), threads, path.name) for threads in (1, 2))
        psnr_db = agreement(generator, on_one)
        # Files without the 8-bit rounding that a network was trained with differ from it by just that rounding.
        floor = QUANTIZATIONS[quantization if generator.model.quantization is None else "int8"].least_psnr_db
        tflite_verify.check_agreement(psnr_db, quantization, floor if least_psnr is None else least_psnr)
        latencies = on_one.latency_ms(), on_two.latency_ms()
    return ExportedFile(str(path), quantization, len(content), psnr_db, *latencies), content


def _latents_and_labels(generator: ReleasedGenerator, num_images: int, seed: int = 0) -> tuple[tf.Tensor, tf.Tensor]:
    z = latents.draw_latents(tf.random.Generator.from_seed(seed), num_images, generator.config.latent_dim)
    return z, latents.balanced_labels(num_images, generator.shape.num_classes)


def _constant(function: Any) -> Any:
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    return convert_variables_to_constants_v2(function, lower_control_flow=False)


def _only(outputs: Any) -> tf.Tensor:
    return outputs[0] if isinstance(outputs, (list, tuple)) else outputs


def _require_writable(folder: Path) -> None:
    """Refuses a place that cannot be written before minutes go into the conversion; makes nothing yet."""
    existing = next(place for place in [folder.absolute(), *folder.absolute().parents] if place.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        raise ExportError(f"--output_dir={folder} cannot be written ({existing}). Give a folder that you may write to.")


def _refusal(error: Exception, quantization: str) -> str:
    """One line of what the converter said in many."""
    text = str(error)
    missing = re.findall(r"TF Select ops: ([\w, ]+)", text) or re.findall(r"Custom ops: ([\w, ]+)", text)
    if missing:
        return (
            f"TFLite has no operator for {missing[0].strip()}, which this generator uses. Use other layers in the "
            "architecture."
        )
    unquantized = sorted(set(re.findall(r"not yet supported for op: '(\w+)'", text)))
    if unquantized:
        return (
            f"TFLite cannot compute {', '.join(unquantized)} in {quantization}. Use --quantization=int8 or dynamic, or "
            "other layers in the architecture."
        )
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [type(error).__name__]
    reason = lines[-1] if lines[0].startswith("in user code") else lines[0]
    return f"This generator cannot be converted to {quantization}: {reason[:_LARGEST_REASON]}"
