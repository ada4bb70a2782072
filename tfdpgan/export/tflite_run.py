# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A .tflite file, run as a phone runs it."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from tfdpgan.config import from_dict
from tfdpgan.export import metadata, native_output
from tfdpgan.export.export_error import ExportError
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.models import ImageShape, ModelConfig

SIGNATURE = "generate"
_LATENTS, _LABELS, _IMAGES = "z", "label", "image"
_WARM_UP_RUNS, _MOST_RUNS = 3, 30
_SECONDS_TO_MEASURE = 2.0


class TFLiteNetwork:
    """The network in a file: floats in and out, whatever it computes in; any number of images.

    Args:
        content: the bytes of the file.
        num_threads: of the interpreter.
        name: of the file, for messages.

    Raises:
        ExportError: for a file that the interpreter refuses, or without our signature.
    """

    def __init__(self, content: bytes, num_threads: int = 1, name: str = "The file") -> None:
        try:
            with native_output.silenced():
                self._interpreter = Interpreter(model_content=content, num_threads=num_threads)
                self._interpreter.allocate_tensors()
                self._run = self._interpreter.get_signature_runner(SIGNATURE)
        except (ValueError, RuntimeError) as error:
            raise _unusable(name, error) from None
        self._name = name
        self.inputs = self._run.get_input_details()
        self.output = self._run.get_output_details()[_IMAGES]
        self.batch_size = int(self.output["shape"][0])

    def __call__(self, inputs: tuple[Any, Any], training: bool = False) -> np.ndarray:
        """Images `[n, h, w, c]` float32 in [-1, 1] of (latents `[n, latent_dim]`, labels `[n]`), as from Keras."""
        latents, labels = (np.asarray(value) for value in inputs)
        missing = -len(latents) % self.batch_size
        latents = np.concatenate([latents, np.zeros((missing, *latents.shape[1:]), latents.dtype)])
        labels = np.concatenate([labels, np.zeros(missing, labels.dtype)])
        starts = range(0, len(latents), self.batch_size)
        parts = [self._images(latents[at : at + self.batch_size], labels[at : at + self.batch_size]) for at in starts]
        return np.concatenate(parts)[: len(latents) - missing]

    def latency_ms(self) -> float:
        """Median time of one call, in milliseconds."""
        latents = np.random.default_rng(0).standard_normal(self.inputs[_LATENTS]["shape"]).astype(np.float32)
        feed = self._feed(latents, np.zeros(self.batch_size, np.int32))
        for _ in range(_WARM_UP_RUNS):
            self._outputs(feed)
        times: list[float] = []
        while len(times) < 3 or (len(times) < _MOST_RUNS and sum(times) < _SECONDS_TO_MEASURE):
            start = time.perf_counter()
            self._outputs(feed)
            times.append(time.perf_counter() - start)
        return 1000 * statistics.median(times)

    def _images(self, latents: np.ndarray, labels: np.ndarray) -> np.ndarray:
        stored = self._outputs(self._feed(latents, labels))[_IMAGES]
        scale, zero_point = self.output["quantization"]
        return stored.astype(np.float32) if not scale else (stored.astype(np.float32) - zero_point) * np.float32(scale)

    def _outputs(self, feed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        try:
            return self._run(**feed)
        except RuntimeError as error:  # some kernels are missed only when they are to run
            raise _unusable(self._name, error) from None

    def _feed(self, latents: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
        details = self.inputs[_LATENTS]
        scale, zero_point = details["quantization"]
        if scale:
            limits = np.iinfo(details["dtype"])
            latents = np.clip(np.round(latents / scale) + zero_point, limits.min, limits.max)
        feed = {_LATENTS: latents.astype(details["dtype"])}
        return feed | {_LABELS: labels.astype(np.int32)} if _LABELS in self.inputs else feed


def _unusable(name: str, error: Exception) -> ExportError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else "no reason given"
    return ExportError(f"{name} cannot be run: {reason}. Make it again with export_tflite.py.")


def load_generator(path: str | Path) -> ReleasedGenerator:
    """The generator in a file of export_tflite.py, to draw from as from a run's.

    Raises:
        ExportError: for a file that is missing, damaged, changed, or from elsewhere.
    """
    card = metadata.read_cards(path).model
    network: Any = TFLiteNetwork(Path(path).read_bytes(), name=str(path))
    return ReleasedGenerator(
        network,
        ImageShape(*card["image_shape"]),
        from_dict(ModelConfig, card["model"]),
        tuple(card["class_names"]),
        card["provenance"],
    )
