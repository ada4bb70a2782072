# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The phase before the rounds: every critic learns its shard."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np

from tfdpgan.methods.gswgan.critic_spec import memory_sentence
from tfdpgan.methods.gswgan.school import School
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.training.networks import Networks

_LESSONS = 1  # kind of the public randomness


class WarmUpPhase:
    """`--critic_warm_up_steps` steps of every critic against the untrained generator.

    It reads private images without noise, and books nothing: nothing leaves it. The critics go to `private/` and reach
    the generator through the sanitizer alone, whose event holds for any function of a shard, however long it learned.
    What is seen of the phase is its number of steps, and the generator's own statistics of images that it made with
    public labels.

    Differs from the published program, which trains each critic against a generator of its own, 2000 times five steps,
    and throws that away: hours on a graphics card for each thousand critics.

    Args:
        name: of the phase.
        config: the resolved settings.
        networks: the generator.
        school: of the critics.
        folder: for the bank's files.
    """

    stage = None
    reads = None
    sampled = None

    def __init__(self, name: str, config: Any, networks: Networks, school: School, folder: Path) -> None:
        self.name = name
        self.num_steps = config.critic_warm_up_steps
        self._school = school
        self._critics = np.arange(school.shards.num_shards)
        logging.getLogger(__name__).info(memory_sentence(len(self._critics), school.spec))
        self._state = school.state(folder)
        self.trackables = {**networks.of_generator, "critics": self._state}

    def prepare(self, ledger: Ledger, step: int) -> None:
        """Nothing."""

    def step(self, step: int) -> dict[str, float]:
        """One step of every critic; reports nothing."""
        self._school.teach(self._critics, 1, self._school.random(_LESSONS, step))
        self._state.reach(step + 1)
        return {}
