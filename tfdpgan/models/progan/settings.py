# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of ProGAN. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import setting
from tfdpgan.models.minibatch_stddev_config import MinibatchStddevConfig


@dataclasses.dataclass(frozen=True)
class GrowthConfig(MinibatchStddevConfig):
    """How a ProGAN grows."""

    growth_share: float = setting(
        0.5,
        "Share of the steps in which it grows from 4 pixels to its full size; 0: it is grown.",
        at_least=0,
        at_most=1,
    )
