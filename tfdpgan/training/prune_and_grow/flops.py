# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Floating-point operations of a training, and how many of them multiply by a zero that sparse training put there."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from tfdpgan.models.complexity import Complexity, measure_complexity, measure_discriminator
from tfdpgan.training.networks import Networks
from tfdpgan.training.prune_and_grow.intervals import intervals_of

_FLOPS_PER_MAC = 2
_TRAINED = 3  # passes over a network that learns: forward, gradient of what is between, gradient of the kernels
_PASSED = 2  # over one that only hands the gradient on


@dataclasses.dataclass(frozen=True)
class TrainingFlops:
    """Counts for a whole run, as if a product with a pruned weight cost nothing.

    No processor here skips such products: this is what the method's paper counts, not time saved. Multiplications of
    dense and convolutional kernels alone are counted, at the planned batch sizes; clipping's extra passes are not.

    Attributes:
        dense: of the same run without pruning.
        sparse: of this one.
        generator_dense: the part of `dense` in the generator's kernels.
        generator_sparse: the part of `sparse` there.
    """

    dense: float
    sparse: float
    generator_dense: float
    generator_sparse: float

    def to_json(self) -> dict[str, float]:
        """With the shares that were saved, in [0, 1]."""
        return {
            **dataclasses.asdict(self),
            "saved": 1.0 - self.sparse / self.dense,
            "generator_saved": 1.0 - self.generator_sparse / self.generator_dense,
        }


def training_flops(config: Any, networks: Networks, has_discriminator: bool = True) -> TrainingFlops:
    """The count for resolved settings, --discriminator_steps taken as fixed; the generator alone where it is alone."""
    generator = measure_complexity(networks.generator, networks.latent_dim)
    zeros = _zeros_by_step(config)
    share = np.array([zeros["generator"], zeros["discriminator"]]).T  # [steps, 2]
    spared = {id(weight) for weight in networks.generator.never_pruned()}
    if not has_discriminator:
        per_step = _TRAINED * generator.macs * config.images_per_round
        pruned = _prunable_share(generator, spared) * share[:, 0]
        whole, left = per_step * config.steps, float(np.sum(per_step * (1.0 - pruned)))
        return TrainingFlops(*(_FLOPS_PER_MAC * count for count in (whole, left, whole, left)))
    discriminator = measure_discriminator(networks.discriminator, networks.shape[:3])
    moves = (np.arange(config.steps) + 1) % config.discriminator_steps == 0  # steps after which the generator moves
    refills = moves if config.reuse_generated else moves + 1
    of_generator = generator.macs * (_TRAINED * config.generator_batch_size * moves + config.num_generated * refills)
    learned = _TRAINED * (config.batch_size + config.num_generated)
    of_discriminator = discriminator.macs * (learned + _PASSED * config.generator_batch_size * moves)
    left_of_generator = of_generator * (1.0 - _prunable_share(generator, spared) * share[:, 0])
    left_of_discriminator = of_discriminator * (1.0 - _prunable_share(discriminator, set()) * share[:, 1])
    sums = [float(np.sum(part)) for part in (of_generator, of_discriminator, left_of_generator, left_of_discriminator)]
    counts = (sums[0] + sums[1], sums[2] + sums[3], sums[0], sums[2])
    return TrainingFlops(*(_FLOPS_PER_MAC * count for count in counts))


def _prunable_share(complexity: Complexity, spared: set[int]) -> float:
    """Of the multiplications: those with kernels that are pruned."""
    return sum(layer.macs for layer in complexity.layers if id(layer.kernel) not in spared) / complexity.macs


def _zeros_by_step(config: Any) -> dict[str, np.ndarray]:
    """For each network `[steps]`: the share of zeros in each step."""
    none = np.zeros(config.steps)
    if config.lottery_rounds is not None:
        rounds = np.minimum(
            np.arange(config.steps) // (config.steps // (config.lottery_rounds + 1)), config.lottery_rounds
        )
        return {"generator": 1.0 - (1.0 - config.lottery_share) ** rounds, "discriminator": none}
    intervals = intervals_of(config)
    sparse = config.prune_sparsity * np.array([intervals.is_sparse(step) for step in range(config.steps)])
    pruned = ("generator", "discriminator") if config.prune_and_grow == "both" else (config.prune_and_grow,)
    return {role: sparse if role in pruned else none for role in ("generator", "discriminator")}
