# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a sparse training leaves beside its generator: the sparse and the dense one, and a count of what it saved."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfdpgan.files.atomic import write_json_atomically
from tfdpgan.run import RunDirectory
from tfdpgan.training.callbacks import Callback
from tfdpgan.training.networks import Networks
from tfdpgan.training.phase import Phase
from tfdpgan.training.prune_and_grow.flops import training_flops
from tfdpgan.training.prune_and_grow.intervals import intervals_of
from tfdpgan.training.prune_and_grow.sparse_training import prunes_generator


class SparseRun(Callback):
    """Keeps the averaged generator as its last sparse and its last dense phase left it, and writes the count.

    The pair goes to `released/generators/sparse` and `released/generators/dense`; the run's released generator is one
    of the two, as --prune_end says. Both are covered by the run's epsilon, as snapshots are. A crash can leave one of
    steps that were lost and paid for; it is written again when the run comes by.

    Args:
        run_dir: of the run.
        phase: name of the phase that is sparse.
        config: resolved settings.
        networks: built.
        save: writes the present averaged generator into an empty folder.
        has_discriminator: whether a step of the phase is one of a discriminator.
    """

    def __init__(
        self,
        run_dir: RunDirectory,
        phase: str,
        config: Any,
        networks: Networks,
        save: Callable[[Path], None],
        has_discriminator: bool,
    ) -> None:
        self._has_discriminator = has_discriminator
        self._run_dir, self._phase, self._config, self._networks = run_dir, phase, config, networks
        self._save = save
        self._ends: dict[str, int] = {}
        if prunes_generator(config):
            intervals = intervals_of(config)
            self._ends = {"sparse": intervals.sparse_end, "dense": intervals.dense_end}

    def on_phase_start(self, phase: Phase, step: int, num_steps: int) -> None:
        if phase.name != self._phase:
            return
        counted = training_flops(self._config, self._networks, self._has_discriminator)
        content: dict[str, Any] = {"training_flops": counted.to_json()}
        if self._ends:
            content["phases"] = dataclasses.asdict(intervals_of(self._config))
        write_json_atomically(self._run_dir.sparse_training, content)
        if self._ends.get("dense") == 0:  # no warm-up: the dense one is what the phase began with
            self._keep("dense", step)

    def on_step(self, phase: str, step: int, metrics: dict[str, float]) -> None:
        if phase == self._phase:
            for name in self._ends:
                self._keep(name, step)

    def _keep(self, name: str, step: int) -> None:
        if self._ends[name] != step:
            return
        self._run_dir.generators.mkdir(exist_ok=True)
        with self._run_dir.replacing_folder(self._run_dir.generators / name) as folder:
            self._save(folder)
