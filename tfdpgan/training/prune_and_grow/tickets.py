# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Lottery tickets: the sparse network that iterative magnitude pruning with rewinding finds, Re-GAN's baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
import tf_keras as keras

from tfdpgan.config import ConfigError
from tfdpgan.training.networks import Networks
from tfdpgan.training.prune_and_grow.masks import Masks


class LotteryTicket(tf.Module):
    """Trains, takes the smallest weights away, rewinds what is left, and trains again (Frankle and Carbin 2019).

    With R rounds the run's steps are R + 1 trainings of equal length (the last takes what is left). After each but the
    last, --lottery_share of the generator's weights that are left are masked for good, tensor by tensor, and generator,
    average, discriminator and both optimizers go back to where they were at --lottery_rewind_step. So a ticket sees
    --steps in all: compare it with a run of as many steps, or give R + 1 times as many for trainings of equal length.
    Under DP-SGD every step is paid for, those of networks that were rewound too.

    Chen et al. 2021 ("GANs Can Play Lottery Tickets Too") rewind the discriminator as well, as is done here; theirs is
    pruned by one threshold for all tensors, here each tensor has its own, as in Re-GAN.

    Args:
        config: resolved settings, with those of PruneAndGrowConfig.
        networks: built; gets the generator's hooks.
        optimizers: of the networks, built.
    """

    def __init__(self, config: Any, networks: Networks, optimizers: Sequence[keras.optimizers.Optimizer]) -> None:
        super().__init__(name="lottery_ticket")
        self._rounds, self._share = config.lottery_rounds, config.lottery_share
        self._round_steps = config.steps // (self._rounds + 1)
        self._rewind_step = config.lottery_rewind_step
        self._masks = Masks(networks.generator, networks.averaged.model, config.prune_tensors)
        held = [*networks.generator.weights, *networks.averaged.model.weights, *networks.discriminator.weights]
        self._rewound = [*held, *(variable for optimizer in optimizers for variable in optimizer.variables)]
        self._kept = [tf.Variable(variable, trainable=False) for variable in self._rewound]
        networks.gradient_hooks.append(self._masks.mask_gradients)
        networks.generator_hooks.append(self._masks.apply)

    @property
    def trackables(self) -> dict[str, tf.Module]:
        """The masks, and what is rewound to."""
        return {"lottery_ticket": self}

    def begin(self, step: int) -> bool:
        """Remembers the networks, or prunes and rewinds them; True after the latter."""
        if step == self._rewind_step:
            for kept, variable in zip(self._kept, self._rewound, strict=True):
                kept.assign(variable)
        number, into = divmod(step, self._round_steps)
        if into or not 0 < number <= self._rounds:
            return False
        self._masks.prune(self._masks.counts(self._share_after(number)))
        for kept, variable in zip(self._kept, self._rewound, strict=True):
            variable.assign(kept)
        self._masks.apply()
        return True

    def learning_rate_factor(self, role: str, step: int) -> float:
        """1: a ticket trains as the whole network does."""
        return 1.0

    def sparsity(self, step: int) -> float:
        """Share of the generator's weights that are gone."""
        return self._share_after(min(step // self._round_steps, self._rounds))

    def after_discriminator(self) -> None:
        """Nothing: the discriminator stays whole."""

    def _share_after(self, rounds: int) -> float:
        return 1.0 - (1.0 - self._share) ** rounds


def require_rounds(config: Any) -> None:
    """Raises ConfigError where --steps has no room for the rounds, or none to rewind to."""
    steps_of_round = config.steps // (config.lottery_rounds + 1)
    if config.lottery_rewind_step >= steps_of_round:
        raise ConfigError(
            f"--lottery_rounds={config.lottery_rounds} makes trainings of {steps_of_round} steps of --steps="
            f"{config.steps}, and --lottery_rewind_step={config.lottery_rewind_step} lies beyond the first. Give an "
            "earlier step, fewer rounds or more steps."
        )
