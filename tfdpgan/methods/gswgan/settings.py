# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of GS-WGAN: the shards decide what a round costs, the critics what it teaches."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import Settings, choices_from, setting


@dataclasses.dataclass(frozen=True)
class ShardConfig(Settings):
    """Shards of the private images, and what is drawn of them in a round."""

    num_critics: int | None = setting(
        None, "Critics, each with a shard of the images of its own (default: one for 60 images).", above=0
    )
    draw: str = setting(
        "per_image",
        "A critic drawn in secret for each generated image, or one for all of a round, which costs far more.",
        choices=choices_from("tfdpgan.privacy.mechanisms.sanitizer:DRAWS"),
    )
    images_per_round: int = setting(32, "Generated images in a round: as many noised gradients leave it.", above=0)
    gradient_frequencies: int | None = setting(
        None,
        "Lowest frequencies along each side that are left of a gradient (default: all pixels, as published).",
        above=0,
    )


@dataclasses.dataclass(frozen=True)
class CriticConfig(Settings):
    """The critics of the shards."""

    critic: str = setting(
        "patch",
        "Layout of a critic: the published one, or a small one of which many learn at once on few cores.",
        choices=choices_from("tfdpgan.methods.gswgan.critic_spec:KINDS"),
    )
    critic_width: int = setting(8, "Channels of a critic's first layer (published: 64, by convolutions).", above=0)
    critic_spectral_norm: bool = setting(False, "Divide each kernel by its largest singular value, as published.")
    critic_steps: int = setting(5, "Steps of each critic whose turn it is in a round.", above=0)
    critic_warm_up_steps: int = setting(200, "Steps of every critic before the first round.", at_least=0)
    critics_per_round: int | None = setting(
        None, "Critics whose turn it is in a round, one after the other (default: --images_per_round).", above=0
    )
    critic_batch_size: int = setting(16, "Real images in a critic's step, all of its own shard.", above=0)
    critic_learning_rate: float = setting(1e-3, "Adam learning rate of the critics (published: 1e-4).", above=0)
    round_learning_rate: float = setting(1e-3, "Adam learning rate of the generator (published: 1e-4).", above=0)
