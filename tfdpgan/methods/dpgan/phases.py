# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The one phase of the GAN."""

from __future__ import annotations

from typing import Any

from tfdpgan.methods.dpgan import phase
from tfdpgan.methods.dpgan.plan import DP_SGD
from tfdpgan.methods.generator_training import GeneratorTraining
from tfdpgan.training.phase import PhasePlan


def phases(training: GeneratorTraining) -> list[PhasePlan]:
    """The GAN, private where the plan has a stage for it; raises ValueError for what cannot be trained."""
    config, networks, stage = training.config, training.networks, training.plan.stage(DP_SGD)
    phase.check(config, networks, stage)
    name = "gan" if stage is None else stage.name
    training.keep_discriminator()
    return [PhasePlan(name, lambda: phase.GANPhase(name, config, training.dataset, networks, stage), stage)]


def card_facts(training: GeneratorTraining) -> dict[str, Any]:
    """Whether generated images were clipped; None where no private step has any."""
    return {"clip_generated": training.config.clip_generated if training.plan.stage(DP_SGD) else None}
