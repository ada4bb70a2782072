# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""MH-GAN: Metropolis-Hastings on the discriminator's logits (Turner et al. 2019, arXiv:1811.11357).

`tfdpgan.generation.samplers.acceptance` has the algorithm, and where it differs. Each image is chosen for its label, so
that classes stay as balanced as they were asked for.
"""

from __future__ import annotations

import numpy as np

from tfdpgan.generation.samplers.choosing import draw_chosen
from tfdpgan.generation.samplers.drawn import Drawn
from tfdpgan.generation.samplers.source import Source


def draw(source: Source, num_images: int, labels: np.ndarray | None = None, seed: int | None = None) -> Drawn:
    """Draws images; arguments and result as `tfdpgan.generation.samplers.draw`. Needs a released discriminator."""
    return draw_chosen(source, "metropolis", num_images, labels, seed)
