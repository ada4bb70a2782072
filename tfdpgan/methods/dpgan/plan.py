# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What the GAN takes from private images: the steps of its discriminator, its shaping included. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses
from typing import Any

from tfdpgan.training.plan import PrivateStage, dp_sgd_stage

DP_SGD = "dp_sgd"
SHAPING = "shaping"


def stages(config: Any, noise_multiplier: float, num_examples: int) -> tuple[PrivateStage, ...]:
    """`config.steps` discriminator steps, and those of the shaping where it reads real images."""
    adversarial = dp_sgd_stage(DP_SGD, config, noise_multiplier, num_examples, "discriminator steps")
    if not config.shaping_reads_images:
        return (adversarial,)
    noise_multiplier = config.shaping_noise_multiplier or noise_multiplier
    steps_of = "discriminator steps of the shaping"
    shaping = dp_sgd_stage(SHAPING, config, noise_multiplier, num_examples, steps_of)
    return adversarial, dataclasses.replace(shaping, num_steps=config.shaping_steps)
