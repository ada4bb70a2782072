# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Re-GAN's prune and regrow: what moves the masks, in the graph of the step that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfdpgan.models.network import Network
from tfdpgan.training.networks import Networks
from tfdpgan.training.prune_and_grow.intervals import intervals_of
from tfdpgan.training.prune_and_grow.masks import Masks
from tfdpgan.training.prune_and_grow.schedule import PruneAndGrowSchedule


class PruneAndGrow(tf.Module):
    """The generator, the discriminator or both are sparse and dense by turns (Saxena et al., CVPR 2023).

    A step of the generator in a sparse phase: the smallest weights of each tensor are chosen, once for the phase or
    anew every --prune_mask_every steps; their gradients are zeroed; the optimizer moves; weights are zeroed, in the
    average too; the average follows. So a pruned weight is exactly zero after every step, whatever the optimizer's
    momentum did. In the first step of a dense phase all masks fall, and pruned weights start from zero (or at random).
    The learning rate of a pruned network is a tenth in dense phases after the warm-up.

    Where this differs from the published program: masks are applied after the optimizer too, and they are exact (see
    `Masks`); kernels alone are pruned by default; steps are the run's, those of the discriminator, and not epochs. A
    discriminator's gradients are not masked: under DP-SGD they are accepted once, as the private step made them. Its
    weights are, after its optimizer.

    Args:
        config: resolved settings, with those of PruneAndGrowConfig.
        networks: built; gets the generator's hooks.
    """

    def __init__(self, config: Any, networks: Networks) -> None:
        super().__init__(name="prune_and_grow")
        self._intervals = intervals_of(config)
        self._dense_rate, self._share = config.prune_dense_learning_rate, config.prune_sparsity
        self._schedule = PruneAndGrowSchedule(self._intervals, config.prune_sparsity, config.prune_mask_every)
        self._clock = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._pruned = ("generator", "discriminator") if config.prune_and_grow == "both" else (config.prune_and_grow,)
        if "generator" in self._pruned:
            self._generator = self._masks_of(config, networks.generator, networks.averaged.model, 0)
            networks.gradient_hooks.append(self._generator.before)
            networks.generator_hooks.append(self._generator.masks.apply)
        if "discriminator" in self._pruned:
            self._discriminator = self._masks_of(config, networks.discriminator, None, 1)

    def _masks_of(self, config: Any, network: Network, average: Network | None, number: int) -> _ScheduledMasks:
        seed = [config.seed + number, 0] if config.prune_regrowth == "random" else None
        return _ScheduledMasks(Masks(network, average, config.prune_tensors), self._schedule, self._clock, seed)

    @property
    def trackables(self) -> dict[str, tf.Module]:
        """Its masks, and how many of them there were."""
        names = {"generator": "generator_masks", "discriminator": "discriminator_masks"}
        return {names[role]: getattr(self, f"_{role}") for role in self._pruned}

    def begin(self, step: int) -> bool:
        """Tells the graphs what step it is."""
        self._clock.assign(step)
        return False

    def learning_rate_factor(self, role: str, step: int) -> float:
        """--prune_dense_learning_rate for a pruned network in a dense phase after the warm-up, otherwise 1."""
        return self._dense_rate if role in self._pruned and self._intervals.is_dense_again(step) else 1.0

    def sparsity(self, step: int) -> float:
        """Share of zeros in the generator's pruned tensors, once the generator has moved in the phase of `step`."""
        return self._share if "generator" in self._pruned and self._intervals.is_sparse(step) else 0.0

    def after_discriminator(self) -> None:
        """Chooses and applies the discriminator's masks."""
        if "discriminator" in self._pruned:
            self._discriminator.renew_if_due()
            self._discriminator.masks.apply()


class _ScheduledMasks(tf.Module):
    """Masks of one network, renewed by a schedule at the first of its own steps at which one is due."""

    def __init__(
        self, masks: Masks, schedule: PruneAndGrowSchedule, clock: tf.Variable, regrowth_seed: list[int] | None
    ) -> None:
        super().__init__(name="scheduled_masks")
        self.masks = masks
        self._schedule, self._clock = schedule, clock
        self._regrowth_seed = regrowth_seed
        self._seen = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._counts = masks.counts(schedule.sparsity)

    def before(self, gradients: Sequence[tf.Tensor]) -> list[tf.Tensor]:
        """Renews the masks where that is due; returns the masked gradients."""
        self.renew_if_due()
        return self.masks.mask_gradients(gradients)

    def renew_if_due(self) -> None:
        """Chooses masks at the start of a sparse phase, lets them fall at the start of a dense one."""
        number = self._schedule.masks_until(self._clock)
        tf.cond(number != self._seen, lambda: self._renew(number), lambda: False)

    def _renew(self, number: tf.Tensor) -> bool:
        _, sparsity = self._schedule(self._clock)
        tf.cond(sparsity > 0, self._prune, lambda: self._release(number))
        self._seen.assign(number)
        return True

    def _prune(self) -> bool:
        self.masks.prune(self._counts)
        return True

    def _release(self, number: tf.Tensor) -> bool:
        seed = self._regrowth_seed
        self.masks.release(None if seed is None else tf.stack([seed[0], tf.cast(number, tf.int32) * 10_000]))
        return True
