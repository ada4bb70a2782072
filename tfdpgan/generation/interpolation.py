# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Images along lines between latents."""

from __future__ import annotations

import numpy as np

from tfdpgan.generation.latents import interpolation_path
from tfdpgan.generation.released import ReleasedGenerator

_IMAGES_PER_LINE = 10


def draw_lines(
    generator: ReleasedGenerator, num_images: int, labels: np.ndarray | None = None, seed: int | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Draws images that walk straight lines between pairs of latents, ten images a line.

    Args:
        generator: to draw from.
        num_images: how many; the last line is cut short where they do not fill it.
        labels: `[num_images]` int32; default: one class a line, in turn.
        seed: of the latents at the ends of the lines; default: others at every call.

    Returns:
        As `ReleasedGenerator.draw`.
    """
    num_lines = -(-num_images // _IMAGES_PER_LINE)
    rng = np.random.default_rng(seed)
    ends = rng.standard_normal((2, num_lines, generator.config.latent_dim)).astype(np.float32)
    lines = [interpolation_path(ends[0, line], ends[1, line], _IMAGES_PER_LINE) for line in range(num_lines)]
    if labels is None:
        classes = np.arange(num_lines, dtype=np.int32) % generator.shape.num_classes
        labels = np.repeat(classes, _IMAGES_PER_LINE)[:num_images]
    images = generator.images_of(np.concatenate(lines)[:num_images], labels)
    return images, labels if generator.is_conditional else None
