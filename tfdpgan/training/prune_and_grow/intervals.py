# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""When a network is sparse: warm-up, then sparse and dense phases by turns. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses
from typing import Any

from tfdpgan.config import ConfigError


@dataclasses.dataclass(frozen=True)
class Intervals:
    """The phases of a run, numbered: 0 is the dense warm-up, odd ones are sparse, even ones dense again.

    Attributes:
        warm_up: steps of phase 0; 0 or more.
        interval: steps of each phase after it; the last takes what is left besides.
        count: phases after the warm-up, 1 or more.
        num_steps: of the run.
    """

    warm_up: int
    interval: int
    count: int
    num_steps: int

    def number(self, step: int) -> int:
        """The phase that step number `step` (from 0) is in."""
        return 0 if step < self.warm_up else min((step - self.warm_up) // self.interval + 1, self.count)

    def is_sparse(self, step: int) -> bool:
        """Whether the pruned network is sparse after step number `step`."""
        return self.number(step) % 2 == 1

    def is_dense_again(self, step: int) -> bool:
        """Whether `step` is in a dense phase after the warm-up."""
        return self.number(step) > 0 and not self.is_sparse(step)

    def end(self, number: int) -> int:
        """How many steps are done when phase `number` ends."""
        return self.num_steps if number == self.count else self.warm_up + number * self.interval

    @property
    def sparse_end(self) -> int:
        """How many steps are done when the last sparse phase ends."""
        return self.end(self.count - (self.count % 2 == 0))

    @property
    def dense_end(self) -> int:
        """How many steps are done when the last dense phase ends; that of the warm-up where it is the only one."""
        return self.end(self.count - self.count % 2)


def intervals_of(config: Any) -> Intervals:
    """The phases that resolved settings ask for: as many as there is room for, the last of the kind of --prune_end.

    Raises:
        ConfigError: there is no room for a sparse phase, or for the dense one that should follow it.
    """
    steps = config.steps
    warm_up = steps // 4 if config.prune_warm_up_steps is None else config.prune_warm_up_steps
    interval = config.prune_interval or max(1, steps // 8)
    ends_sparse = config.prune_end == "sparse"
    count = max(0, steps - warm_up) // interval
    if (count % 2 == 1) != ends_sparse:
        count -= 1
    if count < 1:
        needed = 1 if ends_sparse else 2
        raise ConfigError(
            f"--prune_end={config.prune_end} needs {needed} phases of --prune_interval={interval} steps after "
            f"--prune_warm_up_steps={warm_up}, and --steps={steps} has no room for them. Try --prune_warm_up_steps="
            f"{steps // 4} --prune_interval={max(1, steps // 8)}, or more steps."
        )
    return Intervals(warm_up, interval, count, steps)
