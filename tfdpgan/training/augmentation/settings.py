# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of augmentation. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import Settings, setting


@dataclasses.dataclass(frozen=True)
class AugmentationConfig(Settings):
    """Augmentation of everything that the discriminator sees, for few images."""

    diff_augment: str = setting(
        "none",
        "DiffAugment's policy; color_translation_cutout is the published one for few images.",
        choices=(
            "none",
            "color",
            "translation",
            "cutout",
            "color_cutout",
            "translation_cutout",
            "color_translation_cutout",
        ),
    )
    augmentation_copies: int = setting(
        1, "Augmented copies of each real image; its loss is their mean, clipped once under privacy.", above=0
    )
    pseudo_probability: float = setting(
        0.0, "Share of real images that a generated one takes the place of (APA); where it starts.", at_least=0, below=1
    )
    pseudo_target: float | None = setting(
        None,
        "Adapt that share until the mean sign of the real images' logits is this; published 0.6. Without privacy only.",
        above=0,
        below=1,
    )
