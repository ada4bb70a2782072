# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of discriminator shaping: what it costs, and what it teaches."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import Settings, setting


@dataclasses.dataclass(frozen=True)
class ShapingCostConfig(Settings):
    """Discriminator shaping, after the GAN: what it takes from private images."""

    shaping_steps: int = setting(
        0, "Steps of the discriminator alone at the end, for --sampler=collaborative (default: none).", at_least=0
    )
    shaping_against: str = setting(
        "real",
        "Refined images are held against real ones, by DP-SGD steps that cost privacy, or against generated ones, "
        "which the discriminator goes on judging as it did: free.",
        choices=("real", "generated"),
    )
    shaping_noise_multiplier: float | None = setting(
        None, "Noise multiplier of the shaping's steps (default: that of the discriminator).", above=0
    )

    @property
    def shaping_reads_images(self) -> bool:
        """Whether the shaping is there and reads real images."""
        return bool(self.shaping_steps) and self.shaping_against == "real"


@dataclasses.dataclass(frozen=True)
class ShapingConfig(Settings):
    """Discriminator shaping: the refined images that it learns from."""

    shaping_learning_rate: float = setting(1e-4, "Learning rate of the shaping.", above=0)
    shaping_refine_layer: str | None = setting(
        None, "Layer whose output moves, as --refine_layer of generate.py (default: the last hidden one)."
    )
    shaping_refine_steps: int = setting(10, "Each image is refined by 0 to so many steps, at random.", above=0)
    shaping_refine_rate: float = setting(0.02, "Step size of the refinement.", above=0)
