# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Images along straight lines between pairs of latents."""

from __future__ import annotations

import numpy as np

from tfdpgan.generation.samplers.source import Source

_IMAGES_PER_LINE = 10


def draw(
    source: Source, num_images: int, labels: np.ndarray | None = None, seed: int | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Draws images that walk lines between pairs of latents, ten images a line; the last line may be shorter.

    Args:
        source: to draw from.
        num_images: how many.
        labels: `[num_images]` int32; default: one class a line, in turn.
        seed: of the latents at the ends of the lines; default: others at every call.

    Returns:
        As `tfdpgan.generation.samplers.draw`.
    """
    generator = source.generator
    num_lines = -(-num_images // _IMAGES_PER_LINE)
    rng = np.random.default_rng(seed)
    ends = rng.standard_normal((2, num_lines, generator.config.latent_dim)).astype(np.float32)
    lines = [interpolation_path(ends[0, line], ends[1, line], _IMAGES_PER_LINE) for line in range(num_lines)]
    if labels is None:
        classes = np.arange(num_lines, dtype=np.int32) % generator.shape.num_classes
        labels = np.repeat(classes, _IMAGES_PER_LINE)[:num_images]
    images = generator.images_of(np.concatenate(lines)[:num_images], labels)
    return images, labels if generator.is_conditional else None


def interpolation_path(start: np.ndarray, end: np.ndarray, num_steps: int) -> np.ndarray:
    """The straight line z = (1 - a) start + a end (Radford, Metz and Chintala 2016).

    Args:
        start: `[latent_dim]` float32.
        end: `[latent_dim]` float32.
        num_steps: points on the line, both ends included; 2 or more.

    Returns:
        `[num_steps, latent_dim]` float32, a evenly spaced in [0, 1].
    """
    fractions = np.linspace(0.0, 1.0, num_steps, dtype=np.float32)[:, None]
    return (1.0 - fractions) * start + fractions * end
