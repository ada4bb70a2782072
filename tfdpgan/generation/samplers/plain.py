# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Independent latents: the distribution that the generator was trained for, or another --prior."""

from __future__ import annotations

import numpy as np

from tfdpgan.generation.sampler_config import LatentConfig
from tfdpgan.generation.samplers.drawn import Drawn
from tfdpgan.generation.samplers.latent_draws import latents_and_labels
from tfdpgan.generation.samplers.source import Source


def draw(source: Source, num_images: int, labels: np.ndarray | None = None, seed: int | None = None) -> Drawn:
    """Draws images; arguments and result as `tfdpgan.generation.samplers.draw`."""
    z, labels = latents_and_labels(source, num_images, labels, seed)
    generator = source.generator
    return Drawn(
        generator.images_of(z, labels), generator.shown(labels), mark={"latents": source.settings.of(LatentConfig)}
    )
