# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The run that a training starts from: what it cost, and whether its images are public. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import dp_accounting

from tfdpgan.config import ConfigError
from tfdpgan.privacy import accounting
from tfdpgan.privacy.accounting.epsilon_text import epsilon_text
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.privacy.statement import truncated_noise
from tfdpgan.run import RunDirectory
from tfdpgan.run_ledger import open_ledger

_NOT_STATED = "NOT STATED"


@dataclasses.dataclass(frozen=True)
class Ancestor:
    """A finished run, its ledger read and held against everything else that lies there.

    Attributes:
        run_dir: where it is.
        ledger: what it took.
        dataset_name: of its images.
        has_classifier: whether it kept the classifier that its generator learned from.
        has_truncated_noise: whether its noise had no tails (`tfdpgan.privacy.statement.truncated_noise`).
        is_public: whether its images are public, by its own ledger or by the statement of whoever starts from it.
        sentence: the same in words, for ledger and card.
    """

    run_dir: RunDirectory
    ledger: Ledger
    dataset_name: str
    has_classifier: bool
    has_truncated_noise: bool
    is_public: bool
    sentence: str

    @classmethod
    def open(cls, config: Any) -> Ancestor:
        """The run that `config.pretrained` names.

        Args:
            config: with the fields of `PretrainedConfig`, `delta`, `accountant` and `non_private`.

        Raises:
            ValueError: there is no finished run, its ledger or card is missing, changed or of another run, or it was
                trained without privacy on images that nobody states to be public.
        """
        run_dir = RunDirectory(config.pretrained)
        stored = run_dir.read_config()
        ledger = open_ledger(run_dir, config.accountant)
        if not run_dir.generator.is_dir():
            raise ConfigError(
                f"--pretrained={config.pretrained} has released no generator. Give a finished run of train_dpgan.py."
            )
        epsilon = accounting.epsilon(ledger.event(), 1e-5, "rdp")  # tells nothing and infinity from the rest, quickly
        declared = epsilon == 0 and _declares_itself_public(ledger)
        is_public = declared or config.pretrained_is_public
        if not (is_public or config.non_private) and math.isinf(epsilon):
            raise ConfigError(
                f"--pretrained={config.pretrained} was trained without privacy, and nothing says that its images are "
                "public: state so with --pretrained_is_public, or start from a run under DP or with --public_data."
            )
        has_classifier = run_dir.auxiliary_classifier.is_dir()
        what = "a generator and a classifier" if has_classifier else "a generator"
        name = stored["data"]["name"]
        origin = f"starts from {what} trained on {name} (run {run_dir.path.resolve().name}, {_how(ledger, epsilon)})"
        statement = (
            "which was declared public by its owner when that was trained"
            if declared
            else "which the owner of this run states to be public"
        )
        licence = f"licence: {config.pretrained_licence or _NOT_STATED}"
        return cls(
            run_dir,
            ledger,
            name,
            has_classifier,
            truncated_noise.is_truncated(json.loads(run_dir.card_json.read_text("utf-8"))),
            is_public,
            f"{origin}, {statement}; {licence}" if is_public else origin,
        )

    @property
    def name(self) -> str:
        """On the card."""
        return self.run_dir.path.resolve().name

    @property
    def event(self) -> dp_accounting.DpEvent:
        """What a run that starts from it has to compose with its own: nothing of what is public."""
        return dp_accounting.NoOpDpEvent() if self.is_public else self.ledger.event()

    def note(self, ledger: Ledger) -> None:
        """Tells the ledger of a run that starts from it: public data, or everything that it did."""
        if not self.is_public:
            ledger.inherit(self.ledger, self.name, self.has_truncated_noise)
        for what in [*([self.sentence] if self.is_public else []), *self.ledger.to_json()["public_data"]]:
            ledger.record_public(what)


def _declares_itself_public(ledger: Ledger) -> bool:
    """Whether a run read public images alone, and was told so when it was trained."""
    state = ledger.to_json()
    runs = [state, *state["ancestors"].values()]
    is_free = not any(
        run["nonprivate_accesses"] or any(entry["booked_steps"] for entry in run["stages"].values()) for run in runs
    )
    return is_free and bool(state["public_data"])


def _how(ledger: Ledger, epsilon: float) -> str:
    if math.isinf(epsilon):
        return "without privacy"
    if epsilon == 0:
        return "as public data"
    return f"with epsilon = {epsilon_text(ledger.epsilon(1e-5))} at delta = 1e-05"
