# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Many small trainings with a canary and without, told apart by what they release.

The trainings are split three ways: on the first part the score is learned (a logistic regression on what an attacker
measures, or one measurement alone, such as GAN-Leaks' nearest distance: whichever tells more of them apart), on the
second its threshold is chosen, on the third the bound is taken. Each training is noted on disk when it is done, so that
an audit that was stopped goes on.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any

import numpy as np

from tfdpgan.auditing import black_box_trainer, crafted_training
from tfdpgan.auditing.audited_run import AuditedRun
from tfdpgan.auditing.finding import BLACK_BOX, Finding
from tfdpgan.auditing.lower_bounds import by_clopper_pearson, by_gaussian_dp
from tfdpgan.privacy.accounting import event_to_json

RESULTS = "audit_trainings.jsonl"
_SECONDS_BETWEEN_LINES = 15.0

Announce = Callable[[str], None]
Train = Callable[[str, bool], list[float]]


def why_not(audited: AuditedRun) -> str | None:
    """Why this attack does not apply to a run; None if it does."""
    if crafted_training.is_replaced(audited):
        return "its critics cannot be taught anew a hundred times; the one training of the layer above stands for it"
    return crafted_training.why_not(audited)


def attack(
    audited: AuditedRun,
    folder: Path,
    num_trainings: int,
    processes: int,
    alpha: float,
    seed: int,
    announce: Announce,
    train: Train = black_box_trainer.train,
) -> Finding:
    """Trains, or goes on, and takes the bound.

    Args:
        audited: the run.
        folder: where trainings are noted.
        num_trainings: half of them with the canary.
        processes: trainings side by side; 1 trains in this process.
        alpha: probability that the bound of a correct build is above the truth.
        seed: of the split.
        announce: told of the time left.
        train: makes one training.
    """
    plan = crafted_training.plan_of(audited, folder / "unused", black_box_trainer.NUM_IMAGES)
    key = json.dumps(
        [event_to_json(stage.mechanism.event) for stage in plan.stages] + [audited.ledger.seal().to_json()]
    )
    notes = Notes(folder / RESULTS, key)
    missing = [place for place in range(num_trainings) if place not in notes.known]
    for place, one in _trained(str(audited.run_dir.path), missing, processes, train, announce):
        notes.add(place, one)
    measured = np.array([notes.known[place] for place in range(num_trainings)])
    was_in = has_canary(np.arange(num_trainings))
    found, by = bound_of(measured, was_in, audited.delta, alpha, seed)
    return Finding(
        BLACK_BOX, "many trainings", "epsilon by trainings", plan.epsilon, found, plan.epsilon, found <= plan.epsilon,
        num_trainings, 1 - alpha, f"score: {by}; q = 1, one canary beside 50 black images",
    )  # fmt: skip


def has_canary(places: np.ndarray) -> np.ndarray:
    """Every second training has it."""
    return places % 2 == 0


def bound_of(measured: np.ndarray, was_in: np.ndarray, delta: float, alpha: float, seed: int) -> tuple[float, str]:
    """A lower bound on epsilon from what was measured of trainings, and what told them apart.

    Args:
        measured: `[trainings, measurements]`.
        was_in: `[trainings]` bool.
        delta: of the claim.
        alpha: as ever; both bounds have half of it.
        seed: of the split.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    order = np.random.default_rng(seed).permutation(len(measured))
    learned, judged = order[: len(order) // 3], order[len(order) // 3 :]
    first, second = np.array_split(learned, 2)  # the regression is judged beside the others on what it did not see
    regression = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    regression.fit(measured[first], was_in[first])
    scores = {"logistic regression": regression.decision_function(measured)}
    scores |= {f"measurement {place}": values for place, values in enumerate(measured.T)}
    areas = {name: roc_auc_score(was_in[second], values[second]) for name, values in scores.items()}
    best = max(areas, key=lambda name: abs(areas[name] - 0.5))
    score = scores[best] if areas[best] >= 0.5 else -scores[best]
    held, left = score[judged][was_in[judged]], score[judged][~was_in[judged]]
    bounds = [bound(held, left, delta, alpha / 2, "split", seed=seed) for bound in (by_clopper_pearson, by_gaussian_dp)]
    return max(bounds), best


class Notes:
    """Trainings that are done, one line each.

    Args:
        path: of the file; lines of another audit, and a last one that a crash cut, are left out.
        key: what the trainings depend on.

    Attributes:
        known: by number, what was measured.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._path, self._key = path, key
        self.known: dict[int, list[float]] = {}
        for line in path.read_text().splitlines() if path.exists() else []:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if entry["key"] == key:
                self.known[entry["training"]] = entry["measured"]

    def add(self, place: int, measured: list[float]) -> None:
        """Notes one more."""
        self.known[place] = measured
        with open(self._path, "a") as file:
            file.write(json.dumps({"key": self._key, "training": place, "measured": measured}) + "\n")


def _trained(
    model_dir: str, missing: list[int], processes: int, train: Train, announce: Announce
) -> Iterator[tuple[int, list[float]]]:
    """Each missing training as it is done."""
    progress = _Progress(len(missing), announce)
    if processes == 1:
        for place in missing:
            yield place, train(model_dir, bool(has_canary(np.array(place))))
            progress.one_more()
        return
    context: Any = multiprocessing.get_context("spawn")  # TensorFlow does not survive a fork
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_single_threaded) as pool:
        todo = iter(missing)
        running: dict[Future[list[float]], int] = {}
        while True:
            while len(running) < 2 * processes and (place := next(todo, None)) is not None:
                running[pool.submit(train, model_dir, bool(has_canary(np.array(place))))] = place
            if not running:
                return
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(done), done.result()
                progress.one_more()


def _single_threaded() -> None:
    """One thread for each process: they stand side by side."""
    import os

    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = "1"


class _Progress:
    """Says from time to time how many are left, and for how long."""

    def __init__(self, total: int, announce: Announce) -> None:
        self._total, self._announce = total, announce
        self._done, self._first = 0, 0.0
        self._said = time.monotonic()
        if total:
            announce(f"black box: {total} trainings to make")

    def one_more(self) -> None:
        self._done += 1
        now = time.monotonic()
        if self._done == 1:
            self._first = now  # what was before is starting up
        elif now - self._said >= _SECONDS_BETWEEN_LINES and self._done < self._total:
            left = (now - self._first) / (self._done - 1) * (self._total - self._done)
            self._announce(f"black box: {self._done} of {self._total} trainings, {math.ceil(left / 60)} minutes left")
            self._said = now
