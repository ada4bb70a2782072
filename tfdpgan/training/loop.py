# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The one training loop: it runs a phase, books it and can go on after a crash.

The order inside a block is what keeps the ledger honest: book on disk, run, checkpoint, settle. Whatever moment a
process dies in, the ledger holds at least the steps that were taken.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.training.callbacks import Callback
from tfdpgan.training.checkpoint import TrainingCheckpoint
from tfdpgan.training.phase import Phase

_SECONDS_PER_BLOCK = 5.0

StopRequested = Callable[[], bool]


class Interrupted(KeyboardInterrupt):
    """Training was stopped by a signal, after its state had been saved."""


def run_phase(
    phase: Phase,
    ledger: Ledger,
    checkpoint: TrainingCheckpoint,
    callbacks: Sequence[Callback],
    steps_per_block: int | None,
    stop_requested: StopRequested,
) -> None:
    """Runs a phase to its end, from its newest checkpoint on.

    Args:
        phase: what to do; its private stage is declared in the ledger already.
        ledger: booked ahead of each block of steps.
        checkpoint: of the phase: restored first, written after each block.
        callbacks: told of every step.
        steps_per_block: steps between two checkpoints, and the most that a crash can cost; None: as many as take
            about five seconds, the first ones fewer.
        stop_requested: asked after every step.

    Raises:
        Interrupted: when a stop was requested, once the step at hand is done and saved.
    """
    step = checkpoint.restore()
    budget = _StepBudget(phase, ledger, step)
    block_size = _BlockSize(steps_per_block)
    phase.prepare(ledger, step)
    for callback in callbacks:
        callback.on_phase_start(phase, step, step + budget.left(step))
    while budget.left(step) > 0:
        block = min(block_size.next(), budget.left(step))
        budget.book(block)
        checkpoint.seal(ledger)  # an older ledger is noticed from here on, also if the process dies in this block
        for _ in range(block):
            metrics = phase.step(step)
            step += 1
            for callback in callbacks:
                callback.on_step(phase.name, step, metrics)
            if stop_requested():
                break
        checkpoint.save(step)
        budget.settle(step, stopped=stop_requested())
        checkpoint.seal(ledger)
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


class _StepBudget:
    """How many steps a phase may still take, and their entries in the ledger.

    A private phase has the planned number of accesses. Steps that a crash lost were taken and stay paid, so a phase
    that was resumed after one ends that many steps earlier rather than exceed the plan.
    """

    def __init__(self, phase: Phase, ledger: Ledger, step: int) -> None:
        self._planned = phase.num_steps
        self._stage = phase.stage
        self._ledger = ledger
        if self._stage is not None:
            ledger.resume(self._stage.name, step)

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
def stop_requests() -> Iterator[StopRequested]:
    """Turns SIGINT and SIGTERM into a request that the loop honours after the step at hand."""
    received: list[int] = []

    def remember(signum: int, _frame: Any) -> None:
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
