# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The phases of the GAN: it, and the shaping of its discriminator where that is asked for."""

from __future__ import annotations

from typing import Any

from tfdpgan.methods.dpgan import phase, shaping
from tfdpgan.methods.dpgan.plan import DP_SGD, SHAPING
from tfdpgan.methods.generator_training import GeneratorTraining
from tfdpgan.training.phase import PhasePlan


def phases(training: GeneratorTraining) -> list[PhasePlan]:
    """The GAN, private where the plan has a stage for it; raises ValueError for what cannot be trained."""
    config, networks, stage = training.config, training.networks, training.plan.stage(DP_SGD)
    phase.check(config, networks, stage)
    name = "gan" if stage is None else stage.name
    training.keep_discriminator()
    planned = [PhasePlan(name, lambda: phase.GANPhase(name, config, training.dataset, networks, stage), stage)]
    if config.shaping_steps:
        shaping.check(config, networks)
        shaped = training.plan.stage(SHAPING)
        planned.append(
            PhasePlan(
                SHAPING,
                lambda: shaping.ShapingPhase(SHAPING, config, training.dataset, networks, shaped),
                shaped,
                draws=False,
            )
        )
    return planned


def card_facts(training: GeneratorTraining) -> dict[str, Any]:
    """Whether generated images were clipped; None where no private step has any."""
    return {"clip_generated": training.config.clip_generated if training.plan.stage(DP_SGD) else None}
