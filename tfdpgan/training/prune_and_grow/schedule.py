# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The alternation as TF-MOT says it: a pruning schedule, which its own wrappers can follow as well."""

from __future__ import annotations

import dataclasses
from typing import Any

import tensorflow as tf

from tfdpgan.models.tfmot import PruningSchedule
from tfdpgan.training.prune_and_grow.intervals import Intervals


class PruneAndGrowSchedule(PruningSchedule):
    """Re-GAN's alternation (Saxena et al., CVPR 2023): sparsity rho in odd phases, 0 in the warm-up and in even ones.

    Called with a step, it says as every schedule of TF-MOT does whether a mask is due and how sparse it is. TF-MOT asks
    at every step; a generator moves at some steps only. So `masks_until` counts the masks: one is due whenever the
    count has changed since it was last looked at.

    Args:
        intervals: the phases.
        sparsity: rho, in (0, 1).
        mask_every: steps between two masks of one sparse phase; None: one mask for the phase, as in the paper.
    """

    def __init__(self, intervals: Intervals, sparsity: float, mask_every: int | None = None) -> None:
        self.intervals = intervals
        self.sparsity = sparsity
        self.mask_every = mask_every

    def __call__(self, step: Any) -> tuple[tf.Tensor, tf.Tensor]:
        """Whether a mask is due at `step` (a scalar of integers), bool, and its share of zeros, float32."""
        step = tf.cast(step, tf.int64)
        is_due = self.masks_until(step) != self.masks_until(step - 1)
        return is_due, tf.where(self._number(step) % 2 == 1, tf.constant(self.sparsity, tf.float32), 0.0)

    def masks_until(self, step: tf.Tensor) -> tf.Tensor:
        """A number that grows with each mask that is due until `step`; 0 in the warm-up. Scalar int64."""
        number, intervals = self._number(step), self.intervals
        if self.mask_every is None:
            return number
        since = step - intervals.warm_up - (number - 1) * intervals.interval
        renewed = tf.where(number % 2 == 1, since // self.mask_every, 0)
        return number * intervals.num_steps + renewed

    def _number(self, step: tf.Tensor) -> tf.Tensor:
        intervals = self.intervals
        number = tf.minimum((step - intervals.warm_up) // intervals.interval + 1, intervals.count)
        return tf.where(step < intervals.warm_up, tf.zeros_like(number), number)

    def get_config(self) -> dict[str, Any]:
        """As TF-MOT's schedules give it."""
        config = {**dataclasses.asdict(self.intervals), "sparsity": self.sparsity, "mask_every": self.mask_every}
        return {"class_name": type(self).__name__, "config": config}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> PruneAndGrowSchedule:
        """The inverse of `get_config`'s "config"."""
        intervals = Intervals(**{field.name: config[field.name] for field in dataclasses.fields(Intervals)})
        return cls(intervals, config["sparsity"], config["mask_every"])
