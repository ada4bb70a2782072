# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""On which devices a private step is computed: `--distribution`."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from tfdpgan.privacy.clipping.replicas import Replicas

# Slots beyond a device's share of the expected batch: four standard deviations of a Poisson draw.
_DEVIATIONS_OF_SLACK = 4


def replicas_of(config: Any) -> Replicas | None:
    """The devices that `--distribution` asks for: all GPUs, or all CPUs where there are none; None for one device."""
    if getattr(config, "distribution", "one") == "one":
        return None
    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return Replicas([device.name for device in devices])


def physical_batch_size(config: Any, replicas: Replicas | None) -> int:
    """`--physical_batch_size`, or less, so that a batch of the usual size has a part for each device."""
    if replicas is None:
        return config.physical_batch_size
    usual = config.batch_size + _DEVIATIONS_OF_SLACK * math.sqrt(config.batch_size)
    return min(config.physical_batch_size, math.ceil(usual / len(replicas.devices)))
