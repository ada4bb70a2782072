# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A generator as a .tflite file that nobody keeps: made in memory to be measured."""

from __future__ import annotations

import dataclasses

import numpy as np

from tfdpgan.export import tflite, tflite_verify
from tfdpgan.export.tflite_run import TFLiteNetwork
from tfdpgan.generation.released import ReleasedGenerator


@dataclasses.dataclass(frozen=True, eq=False)
class MeasuredFile:
    """What such a file is, and draws.

    Attributes:
        bytes: its size, before the cards go in.
        psnr_db: of its images against the generator's; inf where they are equal.
        latency_ms: median of one call (one image) on one thread of this machine, in milliseconds.
        latency_ms_2_threads: the same on two threads.
        network: the interpreter that holds it.
    """

    bytes: int
    psnr_db: float
    latency_ms: float
    latency_ms_2_threads: float
    network: TFLiteNetwork

    def images_of(self, latents: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Images `[n, h, w, c]` float32 in [-1, 1] of latents `[n, latent_dim]` and labels `[n]`, from the file."""
        return self.network((latents, labels))


def measure_file(generator: ReleasedGenerator, quantization: str) -> MeasuredFile:
    """Converts, checks operators and size as `export` does, runs; writes nothing. Any agreement is reported.

    Raises:
        ExportError: for a generator that cannot be had as such a file, or a file of NaN.
    """
    content = tflite.convert(generator, quantization)
    tflite.check_content(generator, content, quantization)
    on_one, on_two = (TFLiteNetwork(content, threads, f"The {quantization} file") for threads in (1, 2))
    psnr_db = tflite.agreement(generator, on_one)
    tflite_verify.check_agreement(psnr_db, quantization, least=float("-inf"))
    return MeasuredFile(len(content), psnr_db, on_one.latency_ms(), on_two.latency_ms(), on_one)
