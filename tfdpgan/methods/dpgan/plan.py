# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What the GAN takes from private images: the steps of its discriminator. Needs no TensorFlow."""

from __future__ import annotations

from typing import Any

from tfdpgan.training.plan import PrivateStage, dp_sgd_stage

DP_SGD = "dp_sgd"


def stages(config: Any, noise_multiplier: float, num_examples: int) -> tuple[PrivateStage, ...]:
    """The one stage: `config.steps` discriminator steps."""
    return (dp_sgd_stage(DP_SGD, config, noise_multiplier, num_examples, "discriminator steps"),)
