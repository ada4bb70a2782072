# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Generators on the way: what the averaged generator was at several steps of the run's last phase.

They show how quality changes over a training, which at a low epsilon often peaks early (Wincott 2020). Under DP all of
them together are covered by the epsilon of the whole run: the ledger counts the discriminator's steps, and generators
are computed from nothing else.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tfdpgan.run import RunDirectory
from tfdpgan.training.callbacks import Callback
from tfdpgan.training.phase import Phase


class GeneratorSnapshots(Callback):
    """Saves the averaged generator every so many steps of the last phase, and as the phase before it left it.

    Args:
        run_dir: snapshots go to its `released/generators/step_NNNNNN`.
        phases: names of the run's phases, up to the last that moves the generator.
        every: steps between two snapshots.
        save: writes the present averaged generator into an empty folder.
    """

    def __init__(self, run_dir: RunDirectory, phases: list[str], every: int, save: Callable[[Path], None]) -> None:
        self._run_dir = run_dir
        self._phases = phases
        self._every = every
        self._save = save

    def on_phase_start(self, phase: Phase, step: int, num_steps: int) -> None:
        """Forgets snapshots of steps that a crash lost: they are taken again, with other noise."""
        if phase.name not in self._phases:
            return
        is_last = phase.name == self._phases[-1]
        for number, folder in self._run_dir.snapshots():
            if not is_last or number > step:
                shutil.rmtree(folder)
        if is_last and step == 0 and len(self._phases) > 1:
            self._take(0)

    def on_step(self, phase: str, step: int, metrics: dict[str, float]) -> None:
        if phase == self._phases[-1] and step % self._every == 0:
            self._take(step)

    def _take(self, step: int) -> None:
        self._run_dir.generators.mkdir(exist_ok=True)
        with self._run_dir.replacing_folder(self._run_dir.generators / f"step_{step:06d}") as folder:
            self._save(folder)
