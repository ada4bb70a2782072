# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Independent latents: the distribution that the generator was trained for."""

from __future__ import annotations

import numpy as np

from tfdpgan.generation.samplers.source import Source


def draw(
    source: Source, num_images: int, labels: np.ndarray | None = None, seed: int | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Draws images from standard normal latents; arguments and result as `tfdpgan.generation.samplers.draw`."""
    return source.generator.draw(num_images, labels, seed)
