# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings that every architecture knows; each may bring more of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from tfdpgan.config import Settings, choices_from, compose, setting
from tfdpgan.models.architecture import Architecture


@dataclasses.dataclass(frozen=True)
class GeneratorConfig(Settings):
    """The architecture, and its generator."""

    architecture: str = setting(
        "dcgan",
        "Networks; those that cannot make the images' size are refused, with the sizes that they make.",
        choices=choices_from("tfdpgan.models:ARCHITECTURES"),
    )
    latent_dim: int = setting(64, "Dimension of the generator's normal input.", above=0)
    generator_width: int = setting(64, "Channels of the generator's last hidden layer.", above=0)


@dataclasses.dataclass(frozen=True)
class DiscriminatorConfig(Settings):
    """The discriminator, and its loss."""

    discriminator_width: int = setting(32, "Channels of the discriminator's first layer.", above=0)
    discriminator_norm: str = setting(
        "group",
        "Normalisation in the discriminator; batch mixes images and is refused under privacy; spectral is that of the "
        "published sngan, and for training without privacy.",
        choices=("none", "group", "layer", "batch", "spectral"),
    )
    loss: str = setting(
        "hinge",
        "GAN loss; bce has the non-saturating generator loss, non_saturating_r1 its penalty too; wgan_gp is slower.",
        choices=choices_from("tfdpgan.losses:LOSSES"),
    )


def compose_model_config(architectures: Mapping[str, Architecture]) -> type:
    """The class of all settings of networks: the shared ones, and those that the rows of the table bring."""
    own = []
    for name, architecture in architectures.items():
        settings = architecture.load_settings()
        if settings is not None:
            settings.for_architecture = (*vars(settings).get("for_architecture", ()), name)  # type: ignore[attr-defined]
            own.append(settings)
    return compose("ModelConfig", "Architecture and loss.", GeneratorConfig, *dict.fromkeys(own), DiscriminatorConfig)
