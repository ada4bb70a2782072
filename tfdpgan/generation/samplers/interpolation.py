# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Images along lines between pairs of latents: latent space interpolation (LSI)."""

from __future__ import annotations

import dataclasses

import numpy as np

from tfdpgan.generation.samplers import plain
from tfdpgan.generation.samplers.drawn import Drawn
from tfdpgan.generation.samplers.source import Source


def draw(source: Source, num_images: int, labels: np.ndarray | None = None, seed: int | None = None) -> Drawn:
    """Draws images that walk lines between pairs of latents, the last line perhaps a shorter part.

    Both ends are drawn from the prior; see --interpolation_steps and its like. Points on a straight line between two
    normal latents lie nearer to zero than latents do (the middle has half their variance), so that images are closer to
    the generator's average ones: more precise, and less varied.

    Args:
        source: to draw from.
        num_images: how many.
        labels: `[num_images]` int32; default: one class a line, in turn.
        seed: of the latents at the ends of the lines; default: others at every call.

    Returns:
        As `tfdpgan.generation.samplers.draw`.
    """
    on_lines = dataclasses.replace(source.settings, interpolate=True)
    return plain.draw(dataclasses.replace(source, settings=on_lines), num_images, labels, seed)
