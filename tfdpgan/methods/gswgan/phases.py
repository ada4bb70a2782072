# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The phases of GS-WGAN: critics alone, then rounds. Nothing but the generator is ever released."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfdpgan.methods.generator_training import GeneratorTraining
from tfdpgan.methods.gswgan.phase import Companion, RoundsPhase
from tfdpgan.methods.gswgan.plan import ROUNDS, mechanism_of
from tfdpgan.methods.gswgan.school import School
from tfdpgan.methods.gswgan.warm_up import WarmUpPhase
from tfdpgan.training.phase import PhasePlan
from tfdpgan.training.prune_and_grow.sparse_training import require_sparse_training

WARM_UP = "critic_warm_up"


def phases(
    training: GeneratorTraining,
    carried_over: bool = False,
    make_companion: Callable[[School], Companion] | None = None,
) -> list[PhasePlan]:
    """Warm-up and rounds; raises ValueError for images or settings that cannot be.

    Args:
        training: what the phases are given.
        carried_over: whether the companion outlives a round.
        make_companion: further networks of the shards; None for none.
    """
    config, networks, stage = training.config, training.networks, training.plan.stage(ROUNDS)
    require_sparse_training(config, has_discriminator=False)
    plain = mechanism_of(config, 0.0, training.dataset.num_examples, carried_over)
    mechanism: Any = plain if stage is None else stage.mechanism  # what is booked is what is done
    school = School(config, training.dataset, networks, mechanism.shards())
    folder = training.run_dir.private / "critics"

    def warm_up() -> WarmUpPhase:
        return WarmUpPhase(WARM_UP, config, networks, school, folder / WARM_UP)

    def rounds() -> RoundsPhase:
        companion = None if make_companion is None else make_companion(school)
        return RoundsPhase(ROUNDS, config, networks, school, mechanism, stage, folder / ROUNDS, companion)

    first = [PhasePlan(WARM_UP, warm_up, draws=False)] if config.critic_warm_up_steps else []
    return [*first, PhasePlan(ROUNDS, rounds, stage)]
