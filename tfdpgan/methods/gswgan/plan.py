# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What GS-WGAN takes from private images: the noised gradients of generated images, round by round."""

from __future__ import annotations

import dataclasses
from typing import Any

from tfdpgan.config import ConfigError
from tfdpgan.privacy.accounting.epsilon_text import epsilon_text
from tfdpgan.privacy.mechanisms import GradientSanitizer
from tfdpgan.privacy.mechanisms.sanitizer import published_claim
from tfdpgan.training.plan import Note, PrivateStage

ROUNDS = "rounds"
_IMAGES_OF_A_SHARD = 60
_SMALL_DATA = 5000
_ROUNDS_OF_SMALL_DATA = 300
_ROUNDS = 2000
_OF_DP_SGD = {
    "per_layer_clipping": False,
    "automatic_clipping": False,
    "microbatches": None,
    "epochs": None,
}


def resolve(config: Any, num_examples: int) -> Any:
    """Decides shards, rounds and turns; raises ConfigError for settings that do not fit."""
    num_critics = config.num_critics or max(1, num_examples // _IMAGES_OF_A_SHARD)
    if num_critics > num_examples:
        raise ConfigError(
            f"--num_critics must be at most the number of images, {num_examples}, so that no shard is empty. Received: "
            f"{num_critics}. Leave it out for one critic for {_IMAGES_OF_A_SHARD} images."
        )
    for name, unused in _OF_DP_SGD.items():
        if getattr(config, name) != unused:
            raise ConfigError(
                f"--{name} is for DP-SGD, which --method={config.method} does not use: its rounds are "
                f"--steps. Leave it out. Received: {getattr(config, name)}."
            )
    steps = config.steps or (_ROUNDS_OF_SMALL_DATA if num_examples < _SMALL_DATA else _ROUNDS)
    turns = min(config.critics_per_round or config.images_per_round, num_critics)
    return dataclasses.replace(config, num_critics=num_critics, steps=steps, critics_per_round=turns)


def mechanism_of(
    config: Any, noise_multiplier: float, num_examples: int, carried_over: bool = False
) -> GradientSanitizer:
    """The sanitizer that resolved settings ask for; with noise 0 it clips and nothing is private."""
    return GradientSanitizer(
        noise_multiplier=noise_multiplier,
        clip=config.l2_norm_clip,
        num_shards=config.num_critics,
        images_per_round=config.images_per_round,
        num_examples=num_examples,
        draw=config.draw,
        carried_over=carried_over,
        shard_seed=max(0, config.seed),
        frequencies=config.gradient_frequencies,
    )


def stages(config: Any, noise_multiplier: float, num_examples: int) -> tuple[PrivateStage, ...]:
    """The one stage: all rounds. The warm-up of the critics releases nothing, so it is none."""
    return (PrivateStage(ROUNDS, mechanism_of(config, noise_multiplier, num_examples), config.steps),)


def notes(config: Any, stage: PrivateStage) -> tuple[Note, ...]:
    """The epsilon that the published accounting states for the same run, beside ours."""
    claim = published_claim(
        stage.mechanism.noise_multiplier, config.num_critics, config.images_per_round, stage.num_steps, config.delta
    )
    sentence = (
        f"the published accounting would say epsilon = {epsilon_text(claim)}, for any --draw and classifier: it "
        "charges a draw for each image, by an older conversion. Only to compare with papers."
    )
    return (Note("epsilon_as_published", claim, sentence),)
