# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One whole training with many canaries, each in by a fair coin: the cheap form of an attack on what is released.

It also shows whether the program as it is put together draws noise as often as it books accesses.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from tfdpgan.auditing import crafted_training, one_run
from tfdpgan.auditing.audited_run import AuditedRun
from tfdpgan.auditing.finding import ONE_RUN, Finding
from tfdpgan.auditing.instrument import Instrument
from tfdpgan.auditing.noise_probes import count_finding

NUM_CANARIES = 240


def attack(audited: AuditedRun, instrument: Instrument, folder: Path, alpha: float, seed: int = 0) -> list[Finding]:
    """Trains once by the run's method on crafted images, and guesses which were in.

    Args:
        audited: the run.
        instrument: entered.
        folder: for the training; must not exist.
        alpha: probability that the bound of a correct build is above the truth.
        seed: of the canaries and their coins.
    """
    images, labels = crafted_training.canaries_of(audited, NUM_CANARIES, seed)
    was_in = np.random.default_rng(seed).random(NUM_CANARIES) < 0.5
    present = np.where(was_in[:, None, None, None], images, crafted_training.absent(audited))
    plan = crafted_training.plan_of(audited, folder, NUM_CANARIES)
    session = crafted_training.session_of(audited, plan, crafted_training.dataset_of(audited, present, labels))
    with instrument.counting() as drawn, warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # images that are no numbers, as grey levels
        ledger = session.complete(show_progress=False)
    booked = sum(ledger.booked(stage.name) for stage in plan.stages)
    scores = np.nan_to_num(crafted_training.scores_of(audited, session.run_dir, images, labels))
    found = max(
        one_run.by_guesses(scores, was_in, audited.delta, alpha / 2),
        one_run.by_gaussian_guesses(scores, was_in, audited.delta, alpha / 2),
    )
    return [
        count_finding("a whole training", len(drawn), booked),
        Finding(
            ONE_RUN,
            "a whole training",
            "epsilon by guesses",
            plan.epsilon,
            found,
            plan.epsilon,
            found <= plan.epsilon,
            NUM_CANARIES,
            1 - alpha,
            "canaries of one small training of the run's method, at the run's claim",
        ),
    ]
