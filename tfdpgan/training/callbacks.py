# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What watches a training: the progress bar, metrics.jsonl, grids of samples, TensorBoard.

Callbacks are given what a step reports (nothing that was computed from a private image), and the ledger.
"""

from __future__ import annotations

import math
import sys
import time
import warnings
from collections.abc import Callable

import tensorflow as tf

from tfdpgan.generation.grid import save_grid
from tfdpgan.models.network import Network
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.run import RunDirectory
from tfdpgan.training.phase import Phase
from tfdpgan.training.plan import Plan

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # a notebook without ipywidgets would be told so in red
    import tqdm.auto  # a widget in a notebook, text elsewhere

_EPSILON_READINGS = 20  # per stage: an accountant's reading takes up to a second


class Callback:
    """Does nothing; callbacks override what they need."""

    def on_phase_start(self, phase: Phase, step: int, num_steps: int) -> None:
        """A phase is at `step`, where a checkpoint left it, and will end at `num_steps`."""

    def on_step(self, phase: str, step: int, metrics: dict[str, float]) -> None:
        """Step number `step` (from 1) of the phase is done."""

    def on_phase_end(self, phase: str, step: int) -> None:
        """The phase has ended."""

    def on_stop(self) -> None:
        """Training stops before its end; everything is saved."""


class RunningEpsilon:
    """Epsilon so far, never below the truth: read from the plan at the next of twenty marks ahead of what is booked."""

    def __init__(self, plan: Plan, ledger: Ledger) -> None:
        self._plan = plan
        self._ledger = ledger
        self._readings: dict[tuple[int, ...], float] = {}

    def __call__(self) -> float:
        """Epsilon of everything booked, rounded up to the next mark."""
        if not self._plan.stages:
            return self._plan.epsilon
        marks = tuple(self._mark(self._ledger.booked(stage.name), stage.num_steps) for stage in self._plan.stages)
        if marks not in self._readings:
            self._readings[marks] = self._plan.epsilon_after(marks)
        return self._readings[marks]

    @staticmethod
    def _mark(booked: int, planned: int) -> int:
        interval = max(1, math.ceil(planned / _EPSILON_READINGS))
        mark = math.ceil(booked / interval) * interval
        return mark if booked > planned else min(mark, planned)


class ProgressBar(Callback):
    """A bar for each phase, on stderr or in a notebook: step, time left, epsilon so far, what the step reports."""

    def __init__(self, epsilon: Callable[[], float]) -> None:
        self._epsilon = epsilon
        self._bar: tqdm.tqdm | None = None

    def on_phase_start(self, phase: Phase, step: int, num_steps: int) -> None:
        self._bar = tqdm.auto.tqdm(
            desc=phase.name,
            total=num_steps,
            initial=step,
            unit="step",
            dynamic_ncols=True,
            file=sys.stderr,
            mininterval=0.5 if self._is_one_line() else 10.0,
        )

    @staticmethod
    def _is_one_line() -> bool:
        """Whether each text of the bar takes the place of the one before; in a log or a saved notebook all are kept."""
        is_widget = any(base.__module__ == "tqdm.notebook" for base in tqdm.auto.tqdm.__mro__)
        return is_widget or sys.stderr.isatty()

    def on_step(self, phase: str, step: int, metrics: dict[str, float]) -> None:
        shown = {name: _short(value) for name, value in metrics.items() if not math.isnan(value)}
        self._bar.set_postfix(epsilon=_short(self._epsilon()), **shown, refresh=False)
        self._bar.update()

    def on_phase_end(self, phase: str, step: int) -> None:
        self._bar.close()

    def on_stop(self) -> None:
        self._bar.close()


def _short(value: float) -> str:
    return f"{value:.3g}"


class MetricsLog(Callback):
    """Appends every tenth step to metrics.jsonl: phase, step, epsilon, losses; and its time to private/times.jsonl."""

    def __init__(self, run_dir: RunDirectory, phases: list[str], epsilon: Callable[[], float], every: int = 10) -> None:
        self._run_dir = run_dir
        self._phases = phases
        self._epsilon = epsilon
        self._every = every
        self._start = time.monotonic()

    def on_phase_start(self, phase: Phase, step: int, num_steps: int) -> None:
        self._run_dir.drop_metrics_after(self._phases, phase.name, step)

    def on_step(self, phase: str, step: int, metrics: dict[str, float]) -> None:
        if step % self._every == 0:
            known = {name: value for name, value in metrics.items() if math.isfinite(value)}
            seconds = round(time.monotonic() - self._start, 3)
            epsilon = self._epsilon() if math.isfinite(self._epsilon()) else None
            self._run_dir.append_metrics({"phase": phase, "step": step, "epsilon": epsilon, **known})
            self._run_dir.append_times({"phase": phase, "step": step, "seconds": seconds})


class SampleGrids(Callback):
    """Saves grids of a phase's generator, always of the same latents: one row (or more) for each class.

    Args:
        run_dir: grids go to its `samples/`.
        phases: names of the phases that move a generator; the others leave no grid.
        every: steps between two grids.
    """

    def __init__(self, run_dir: RunDirectory, phases: list[str], every: int) -> None:
        self._run_dir = run_dir
        self._phases = phases
        self._every = every
        self._generator: Network | None = None

    def on_phase_start(self, phase: Phase, step: int, num_steps: int) -> None:
        self._generator = phase.sampled
        if self._generator is None:
            return
        self._num_classes = min(self._generator.num_classes, 10)
        per_class = 10 if self._num_classes > 1 else 64
        rng = tf.random.Generator.from_seed(0)
        self._latents = rng.normal([self._num_classes * per_class, self._generator.latent_dim])
        self._labels = tf.repeat(tf.range(self._num_classes, dtype=tf.int32), per_class)

    def on_step(self, phase: str, step: int, metrics: dict[str, float]) -> None:
        if step % self._every == 0:
            self._save(phase, step)

    def on_phase_end(self, phase: str, step: int) -> None:
        if step % self._every:
            self._save(phase, step)

    def _save(self, phase: str, step: int) -> None:
        if self._generator is None:
            return
        images = self._generator((self._latents, self._labels), training=False).numpy()
        prefix = f"{phase}_" if len(self._phases) > 1 else ""
        columns = 10 if self._num_classes > 1 else 8
        save_grid(self._run_dir.samples / f"{prefix}step_{step:06d}.png", images, num_columns=columns)


class TensorBoard(Callback):
    """Scalars of every tenth step under private/tensorboard/, since each carries the time at which it was written."""

    def __init__(self, run_dir: RunDirectory, epsilon: Callable[[], float], every: int = 10) -> None:
        run_dir.make_private()
        self._writer = tf.summary.create_file_writer(str(run_dir.tensorboard))
        self._epsilon = epsilon
        self._every = every

    def on_step(self, phase: str, step: int, metrics: dict[str, float]) -> None:
        if step % self._every == 0:
            with self._writer.as_default(step=step):
                for name, value in {"epsilon": self._epsilon(), **metrics}.items():
                    tf.summary.scalar(f"{phase}/{name}", value)
            self._writer.flush()
