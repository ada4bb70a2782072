# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Several devices that compute one clipped sum together, by TensorFlow's own engine, `tf.distribute`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf


class Replicas:
    """The devices of one machine among which the physical batches of a logical batch are dealt.

    Each device sums the clipped gradients of its batches, an all-reduce adds these sums up, and what comes after, noise
    first of all, happens once, on the total. Every physical batch goes to one device alone, so the total is that over
    the same examples as on one device, each clipped by itself: sensitivity, noise and accounting are the same. A device
    that gets no batch takes part with zeros. Weights live in one place and are copied to the devices in each step.

    Args:
        devices: names such as "GPU:0", at least one.
    """

    def __init__(self, devices: Sequence[str]) -> None:
        if not devices:
            raise ValueError("Replicas need a device. Received none.")
        self._strategy = tf.distribute.MirroredStrategy(list(devices))
        self.devices = tuple(devices)

    def add_up(
        self, sum_of: Callable[..., list[tf.Tensor]], batches: tuple[Any, ...], mask: tf.Tensor
    ) -> list[tf.Tensor]:
        """The total of `sum_of(batches=batches, mask=mask)` over all devices, each with physical batches of its own.

        Args:
            sum_of: the clipped sum over batches `[n, physical, ...]`, n from 0; one tensor for each variable.
            batches: (nested structures of) tensors `[num_physical, physical, ...]`.
            mask: bool `[num_physical, physical, ...]`.
        """
        count = len(self.devices)

        def on_one_device() -> list[tf.Tensor]:
            first = tf.distribute.get_replica_context().replica_id_in_sync_group
            dealt, dealt_mask = tf.nest.map_structure(lambda tensor: tensor[first::count], (batches, mask))
            return sum_of(batches=dealt, mask=dealt_mask)

        return [self._strategy.reduce("SUM", part, axis=None) for part in self._strategy.run(on_one_device)]
