# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""How images are drawn from a run: one file and one line in SAMPLERS each.

A sampler's module has a function `draw(source, num_images, labels, seed)` that returns images `[n, h, w, c]` float32 in
[-1, 1] and their labels `[n]` int32 (None: no classes). Drawing is post-processing: it costs no privacy, whichever
networks of the run it asks.
"""

from __future__ import annotations

import importlib

import numpy as np

from tfdpgan.config import ConfigError
from tfdpgan.generation.samplers.source import Source

SAMPLERS = {
    "plain": "tfdpgan.generation.samplers.plain",
    "interpolation": "tfdpgan.generation.samplers.interpolation",
}


def draw(
    sampler: str, source: Source, num_images: int, labels: np.ndarray | None = None, seed: int | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Draws images by the sampler of that name.

    Args:
        sampler: a key of SAMPLERS.
        source: the run, or the file.
        num_images: how many, 1 or more.
        labels: `[num_images]` integers, the class of each; default: every class equally often.
        seed: of all that is random; default: different images at every call.

    Returns:
        Images `[num_images, h, w, c]` float32 in [-1, 1], and labels `[num_images]` int32 (None: no classes).

    Raises:
        ConfigError: for an unknown sampler, or a run that lacks what it needs.
    """
    if sampler not in SAMPLERS:
        raise ConfigError(f"--sampler must be one of {', '.join(SAMPLERS)}. Received: {sampler}.")
    return importlib.import_module(SAMPLERS[sampler]).draw(source, num_images, labels, seed)


__all__ = ["SAMPLERS", "Source", "draw"]
