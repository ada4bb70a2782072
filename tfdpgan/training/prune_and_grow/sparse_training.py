# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a phase calls to train sparsely, and the choice among the ways to do so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import tensorflow as tf
import tf_keras as keras

from tfdpgan.config import ConfigError
from tfdpgan.training.networks import Networks
from tfdpgan.training.prune_and_grow.intervals import intervals_of
from tfdpgan.training.prune_and_grow.tickets import LotteryTicket, require_rounds


class SparseTraining(Protocol):
    """What a phase calls.

    Attributes:
        trackables: for the phase's checkpoint, by name.
    """

    @property
    def trackables(self) -> dict[str, tf.Module]: ...

    def begin(self, step: int) -> bool:
        """Before each step; True where it replaced the networks' weights by others."""

    def learning_rate_factor(self, role: str, step: int) -> float:
        """What the learning rate of the "generator" or "discriminator" is multiplied with in a step."""

    def sparsity(self, step: int) -> float:
        """Share of zeros in the pruned tensors of the generator after a step."""

    def after_discriminator(self) -> None:
        """After each step of the discriminator's optimizer, in the same graph."""


class DenseTraining:
    """The usual way: does nothing."""

    trackables: dict[str, tf.Module] = {}

    def begin(self, step: int) -> bool:
        return False

    def learning_rate_factor(self, role: str, step: int) -> float:
        return 1.0

    def sparsity(self, step: int) -> float:
        return 0.0

    def after_discriminator(self) -> None:
        pass


def is_sparse_training(config: Any) -> bool:
    """Whether settings ask for prune-and-regrow or for tickets."""
    return config.prune_and_grow != "none" or config.lottery_rounds is not None


def prunes_generator(config: Any) -> bool:
    """Whether settings ask for prune-and-regrow of the generator."""
    return config.prune_and_grow in ("generator", "both")


def require_sparse_training(config: Any, has_discriminator: bool = True) -> None:
    """Raises ConfigError for resolved settings of sparse training that do not fit together."""
    if not is_sparse_training(config):
        return
    if config.lottery_rounds is not None:
        if config.prune_and_grow != "none":
            raise ConfigError(
                f"--lottery_rounds={config.lottery_rounds} and --prune_and_grow={config.prune_and_grow} are two ways "
                "to train sparsely. Give one of them."
            )
        require_rounds(config)
    else:
        intervals_of(config)
    if not has_discriminator and (config.prune_and_grow in ("discriminator", "both") or config.lottery_rounds):
        raise ConfigError(
            f"--method={config.method} has critics that are drawn, and no discriminator to prune or to rewind. Give "
            "--prune_and_grow=generator, or --method=dpgan."
        )


def sparse_training_of(
    config: Any, networks: Networks, optimizers: Sequence[keras.optimizers.Optimizer] = ()
) -> SparseTraining:
    """What the settings ask for, its hooks in place.

    Args:
        config: resolved, and accepted by `require_sparse_training`.
        networks: built.
        optimizers: of the networks, built: what a ticket rewinds.
    """
    if config.lottery_rounds is not None:
        return LotteryTicket(config, networks, optimizers)
    if config.prune_and_grow != "none":
        from tfdpgan.training.prune_and_grow.prune_and_grow import PruneAndGrow  # with TF-MOT: seconds

        return PruneAndGrow(config, networks)
    return DenseTraining()
