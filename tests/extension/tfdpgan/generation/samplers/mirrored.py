# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Images with left and right exchanged."""

from __future__ import annotations

import numpy as np

from tfdpgan.generation.samplers.drawn import Drawn
from tfdpgan.generation.samplers.source import Source


def draw(source: Source, num_images: int, labels: np.ndarray | None = None, seed: int | None = None) -> Drawn:
    """Arguments and result as those of tfdpgan.generation.samplers.draw."""
    images, labels = source.generator.draw(num_images, labels, seed)
    return Drawn(images[:, :, ::-1], labels, mark={"exchanged": "left and right"})
