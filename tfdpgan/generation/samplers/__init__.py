# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""How images are drawn from a run: one file and one line in SAMPLERS each.

A sampler's module has a function `draw(source, num_images, labels, seed)` that returns a `Drawn`: images, their labels,
and what the output's mark has to say of them beyond the sampler's name. Drawing is post-processing: it costs no
privacy, whichever networks of the run it asks. One that needs a network which the run does not keep refuses in one
line.
"""

from __future__ import annotations

import dataclasses
import importlib

import numpy as np

from tfdpgan.config import ConfigError
from tfdpgan.generation.sampler_config import resolved_sampler
from tfdpgan.generation.samplers.drawn import Drawn
from tfdpgan.generation.samplers.source import Source

SAMPLERS = {
    "plain": "tfdpgan.generation.samplers.plain",
    "interpolation": "tfdpgan.generation.samplers.interpolation",
    "collaborative": "tfdpgan.generation.samplers.collaborative",
    "rejection": "tfdpgan.generation.samplers.rejection",
    "metropolis": "tfdpgan.generation.samplers.metropolis",
    "relabel": "tfdpgan.generation.samplers.relabel",
    "confident": "tfdpgan.generation.samplers.confident",
}


def draw(
    sampler: str, source: Source, num_images: int, labels: np.ndarray | None = None, seed: int | None = None
) -> Drawn:
    """Draws images by the sampler of that name.

    Args:
        sampler: a key of SAMPLERS.
        source: the run, or the file, and the samplers' settings.
        num_images: how many, 1 or more.
        labels: `[num_images]` integers, the class of each; default: every class equally often.
        seed: of all that is random; default: different images at every call.

    Returns:
        Images `[num_images, h, w, c]` float32 in [-1, 1], labels `[num_images]` int32 (None: no classes), soft labels
        where the sampler has them, and the whole mark.

    Raises:
        ConfigError: for an unknown sampler, or a run that lacks what it needs.
    """
    if sampler not in SAMPLERS:
        raise ConfigError(f"--sampler must be one of {', '.join(SAMPLERS)}. Received: {sampler}.")
    sampler = resolved_sampler(sampler, source.settings)
    drawn = importlib.import_module(SAMPLERS[sampler]).draw(source, num_images, labels, seed)
    mark = {**source.generator.provenance, "sampler": sampler, "sampling": drawn.mark}
    return dataclasses.replace(drawn, mark=mark, class_names=source.generator.class_names)


__all__ = ["SAMPLERS", "Drawn", "Source", "draw"]
