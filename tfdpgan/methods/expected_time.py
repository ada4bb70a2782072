# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""How long a plan will take: a few real steps of each phase, on made-up images, on the machine that will train.

Nothing is looked up and nothing extrapolated from other sizes. No image of the data set is read, nothing of what the
steps make is kept, and the run's directory is not touched.
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
from pathlib import Path
from typing import Any

from tfdpgan.data.facts import DataFacts
from tfdpgan.methods import chain_of
from tfdpgan.methods.generator_training import GeneratorTraining
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.run import RunDirectory
from tfdpgan.training.phase import Phase
from tfdpgan.training.plan import Plan
from tfdpgan.training.retracing import one_trace_a_training

_MOST_IN_A_ROUND = 10  # of the discriminator steps for one of the generator


@dataclasses.dataclass(frozen=True)
class PhaseTime:
    """What was measured of one phase.

    Attributes:
        name: of the phase.
        num_steps: that are planned.
        seconds_a_step: on average over one round.
        seconds_before: what comes before the first step, such as the release of all images; graphs are made once, too.
    """

    name: str
    num_steps: int
    seconds_a_step: float
    seconds_before: float

    @property
    def seconds(self) -> float:
        """Of the whole phase."""
        return self.seconds_before + self.num_steps * self.seconds_a_step


@dataclasses.dataclass(frozen=True)
class ExpectedTime:
    """What was measured of a plan.

    Attributes:
        phases: in order.
    """

    phases: tuple[PhaseTime, ...]

    @property
    def seconds(self) -> float:
        """Of all phases."""
        return sum(phase.seconds for phase in self.phases)

    def text(self) -> str:
        """One line for a terminal."""
        parts = [f"{phase.name} {phase.num_steps} steps of {phase.seconds_a_step:.2g} s" for phase in self.phases]
        return (
            f"Expected time: {_duration(self.seconds)}, by a few steps on made-up images just now, on this machine as "
            f"busy as it is ({'; '.join(parts)}). Checkpoints and samples come on top."
        )


def expected_time(plan: Plan, facts: DataFacts) -> ExpectedTime | None:
    """Measures the steps of a plan.

    Args:
        plan: of a training on images as `facts` says.
        facts: number, size and classes of the images.

    Returns:
        The measured times; None for a method whose steps cannot be had without training first
        (`Method.can_be_timed`).

    Raises:
        ValueError: as a training would.
    """
    if not all(method.can_be_timed for method in chain_of(plan.config)):
        return None
    with tempfile.TemporaryDirectory(prefix="tfdpgan-") as folder, one_trace_a_training():
        config = dataclasses.replace(plan.config, model_dir=str(Path(folder) / "run"))
        training = GeneratorTraining(dataclasses.replace(plan, config=config), facts.made_up(), RunDirectory(folder))
        ledger = Ledger.start(Path(folder) / "ledger.json", config.accountant)
        for stage in plan.stages:
            ledger.declare(stage.name, stage.mechanism)
        return ExpectedTime(tuple(_measured(planned.make(), config, ledger) for planned in training.phases))


def _measured(phase: Phase, config: Any, ledger: Ledger) -> PhaseTime:
    """One round of the phase to make its graphs, and one to be timed."""
    round_length = min(max(1, config.discriminator_steps), _MOST_IN_A_ROUND)
    count = min(phase.num_steps, max(3, round_length))
    started = time.perf_counter()
    phase.prepare(ledger, 0)
    before = time.perf_counter() - started
    for step in range(count):
        phase.step(step)
    making = time.perf_counter() - started - before
    started = time.perf_counter()
    for step in range(count):
        phase.step(step)
    seconds = (time.perf_counter() - started) / count
    return PhaseTime(phase.name, phase.num_steps, seconds, before + max(0.0, making - count * seconds))


def _duration(seconds: float) -> str:
    """Rounded up to whole minutes, so that no wait is longer than was said for this alone."""
    if seconds < 60:
        return "less than a minute"
    minutes = -int(-seconds // 60)
    return f"about {minutes} minutes" if minutes < 120 else f"about {minutes / 60:.1f} hours"
