# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Times several workers in turns: a machine that slows down for a while then slows down all of them."""

from __future__ import annotations

import contextlib
import dataclasses
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from tfdpgan.benchmark.step_worker import Unavailable, Worker, running


@dataclasses.dataclass(frozen=True)
class Candidate:
    """One way to do the work.

    Attributes:
        name: in tables.
        python: the interpreter.
        module: the module that serves the worker.
        arguments: its command line.
        baseline: the name of the candidate that its time is divided by; may be its own.
        most_steps: for candidates that take minutes: one step a round, and no more rounds than this. None: no bound.
    """

    name: str
    python: str
    module: str
    arguments: tuple[str, ...]
    baseline: str
    most_steps: int | None = None


@dataclasses.dataclass(frozen=True)
class Measurement:
    """What was seen of one candidate. Everything but the name is None where it could not be measured.

    Attributes:
        candidate: its name.
        unavailable: why there are no figures, or None.
        milliseconds: median over all steps.
        ratio: median over the rounds of (this candidate's median / the baseline's median in the same round).
        total_seconds: of all its steps.
        num_steps: steps that were timed.
        peak_memory_mib: the most that its process ever held.
        step_memory_mib: the same, less what it held before its first step (interpreter, libraries, model, batch).
        facts: what the worker said of itself.
    """

    candidate: str
    unavailable: str | None = None
    milliseconds: float | None = None
    ratio: float | None = None
    total_seconds: float | None = None
    num_steps: int | None = None
    peak_memory_mib: float | None = None
    step_memory_mib: float | None = None
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As the report has it, where the candidate's name stands under `way`."""
        values = dataclasses.asdict(self)
        return {"way": values.pop("candidate"), **values}


def measure(candidates: Sequence[Candidate], steps_of_rounds: Sequence[int]) -> list[Measurement]:
    """Measures the candidates in turns; every second round in the opposite order.

    Args:
        candidates: of different names.
        steps_of_rounds: for each round, the steps of each candidate.

    Returns:
        One Measurement for each candidate, in their order.
    """
    with contextlib.ExitStack() as stack:
        runs = {candidate.name: _Run(candidate, stack) for candidate in candidates}
        for index, num_steps in enumerate(steps_of_rounds):
            order = list(runs.values())
            for run in order if index % 2 == 0 else reversed(order):
                run.take(num_steps)
        return [run.measurement(runs) for run in runs.values()]


class _Run:
    """A worker and what it has answered."""

    def __init__(self, candidate: Candidate, stack: contextlib.ExitStack) -> None:
        self.candidate = candidate
        self.rounds: list[list[float]] = []
        self._memory: dict[str, float] = {}
        self._unavailable: str | None = None
        self._worker: Worker | None = None
        self._facts: dict[str, Any] = {}
        try:
            self._worker = stack.enter_context(running(candidate.python, candidate.module, candidate.arguments))
            self._facts = self._worker.facts
        except Unavailable as reason:
            self._unavailable = str(reason)

    def take(self, num_steps: int) -> None:
        """Takes the steps of one round, unless this candidate has had enough of them."""
        most = self.candidate.most_steps
        if self._worker is None or (most is not None and len(self.rounds) >= most):
            return
        try:
            answer = self._worker.run(num_steps if most is None else 1)
        except Unavailable as reason:
            self._unavailable, self._worker = str(reason), None
            return
        self.rounds.append(answer.pop("seconds"))
        self._memory = answer

    def measurement(self, runs: Mapping[str, _Run]) -> Measurement:
        """The figures."""
        if self._unavailable is not None:
            return Measurement(self.candidate.name, self._unavailable, facts=self._facts)
        seconds = [each for one_round in self.rounds for each in one_round]
        return Measurement(
            self.candidate.name,
            None,
            1000 * statistics.median(seconds),
            self._ratio(runs[self.candidate.baseline]),
            sum(seconds),
            len(seconds),
            facts=self._facts,
            **self._memory,
        )

    def _ratio(self, baseline: _Run) -> float | None:
        pairs = list(zip(self.rounds, baseline.rounds, strict=False))
        if not pairs:
            return None
        return statistics.median(statistics.median(mine) / statistics.median(other) for mine, other in pairs)
