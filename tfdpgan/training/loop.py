# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The one training loop. A method is a list of phases; this module runs them, books them and can go on after a crash.

The order inside a block is what keeps the ledger honest: book on disk, run, checkpoint, settle. Whatever moment a
process dies in, the ledger holds at least the steps that were taken.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from tfdpgan.privacy.ledger import Ledger
from tfdpgan.training.callbacks import Callback
from tfdpgan.training.checkpoint import TrainingCheckpoint
from tfdpgan.training.plan import PrivateStage

_SECONDS_PER_BLOCK = 5.0


class Interrupted(KeyboardInterrupt):
    """Training was stopped by a signal, after its state had been saved."""


class Phase(Protocol):
    """One part of a method.

    Attributes:
        name: shown in the progress bar, logged, and the ledger's name of a private stage.
        num_steps: planned steps; never exceeded.
        stage: the private mechanism that every step applies once, or None when steps read no private data.
        trackables: what a checkpoint has to hold for this phase.
    """

    name: str
    num_steps: int
    stage: PrivateStage | None
    trackables: dict[str, Any]

    def prepare(self, ledger: Ledger, step: int) -> None:
        """Called once before the first step of this process, which is step number `step`."""

    def step(self, step: int) -> dict[str, float]:
        """Does one step; returns what may be shown to anybody."""


def run(
    phases: Sequence[Phase],
    ledger: Ledger,
    checkpoint: TrainingCheckpoint,
    callbacks: Sequence[Callback],
    steps_per_block: int | None,
) -> None:
    """Runs the phases in order, from the newest checkpoint on.

    Args:
        phases: what to do; their private stages are declared in the ledger already.
        ledger: booked ahead of each block of steps.
        checkpoint: restored first, written after each block.
        callbacks: told of every step.
        steps_per_block: steps between two checkpoints, and the most that a crash can cost; None: as many as take
            about five seconds, the first ones fewer.

    Raises:
        Interrupted: after SIGINT or SIGTERM, once the step at hand is done and saved.
    """
    first_phase, first_step = checkpoint.restore()
    for callback in callbacks:
        callback.on_resume(first_phase, first_step)
    with _stop_requests() as stop_requested:
        for index in range(first_phase, len(phases)):
            step = first_step if index == first_phase else 0
            _run_phase(phases, index, step, ledger, checkpoint, callbacks, steps_per_block, stop_requested)


def _run_phase(phases, index, step, ledger, checkpoint, callbacks, steps_per_block, stop_requested) -> None:
    phase = phases[index]
    allowance = _Allowance(phase, ledger, step)
    block_size = _BlockSize(steps_per_block)
    phase.prepare(ledger, step)
    for callback in callbacks:
        callback.on_phase_start(phase.name, step, step + allowance.left(step))
    while allowance.left(step) > 0:
        block = min(block_size.next(), allowance.left(step))
        allowance.book(block)
        for _ in range(block):
            metrics = phase.step(step)
            step += 1
            for callback in callbacks:
                callback.on_step(phase.name, step, metrics)
            if stop_requested():
                break
        checkpoint.save(index, step)
        allowance.settle(step, stopped=stop_requested())
        if stop_requested():
            for callback in callbacks:
                callback.on_stop()
            raise Interrupted(f"Stopped in phase {phase.name} after step {step} of {phase.num_steps}; all is saved.")
    for callback in callbacks:
        callback.on_phase_end(phase.name, step)


class _BlockSize:
    """How many steps come next: a fixed number, or as many as took `_SECONDS_PER_BLOCK`, at most twice the last one.

    What a block costs beside its steps (two entries in the ledger, a checkpoint) is a small part of that time, and so
    is what a crash can lose of the training.
    """

    def __init__(self, fixed: int | None) -> None:
        self._fixed = fixed
        self._size = 0
        self._started = 0.0

    def next(self) -> int:
        """The size of the block that starts now."""
        if self._fixed is not None:
            return self._fixed
        now = time.monotonic()
        if self._size:
            seconds_per_step = max(now - self._started, 1e-6) / self._size
            self._size = max(1, min(2 * self._size, round(_SECONDS_PER_BLOCK / seconds_per_step)))
        self._size, self._started = self._size or 1, now
        return self._size


class _Allowance:
    """How many steps a phase may still take, and their entries in the ledger.

    A private phase has the planned number of accesses. Steps that a crash lost were taken and stay paid, so a phase
    that was resumed after one ends that many steps earlier rather than exceed the plan.
    """

    def __init__(self, phase: Phase, ledger: Ledger, step: int) -> None:
        self._planned = phase.num_steps
        self._stage = phase.stage
        self._ledger = ledger
        if self._stage is not None:
            ledger.resume(phase.stage.name, step)

    def left(self, step: int) -> int:
        if self._stage is None:
            return self._planned - step
        return self._planned - self._ledger.booked(self._stage.name)

    def book(self, num_steps: int) -> None:
        if self._stage is not None:
            self._ledger.book(self._stage.name, num_steps)

    def settle(self, step: int, stopped: bool) -> None:
        if self._stage is not None and stopped:
            self._ledger.close_cleanly(self._stage.name, step)
        elif self._stage is not None:
            self._ledger.settle(self._stage.name, step)


@contextlib.contextmanager
def _stop_requests() -> Iterator[Any]:
    """Turns SIGINT and SIGTERM into a request that the loop honours after the step at hand."""
    received: list[int] = []

    def remember(signum, _frame) -> None:
        if received:  # the second Ctrl-C means now
            raise KeyboardInterrupt
        received.append(signum)

    previous = {}
    for signum in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(ValueError):  # not in the main thread (a notebook's worker): leave signals alone
            previous[signum] = signal.signal(signum, remember)
    try:
        yield lambda: bool(received)
    finally:
        for signum, handler in previous.items():
            signal.signal(signum, handler)
