# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What the entries of a ledger amount to: one event, and its epsilons."""

import json
from collections.abc import Iterable
from typing import Any

import dp_accounting

from tfdpgan.privacy import accounting


def event_of(state: dict[str, Any]) -> dp_accounting.DpEvent:
    """Everything that a ledger has booked, inherited and noted as unaccounted, as one event."""
    events = [
        dp_accounting.SelfComposedDpEvent(
            accounting.event_from_json(entry["mechanism_of_one_step"]), entry["booked_steps"]
        )
        for entry in state["stages"].values()
        if entry["booked_steps"] > 0
    ]
    events += [accounting.event_from_json(run["event"]) for run in state["ancestors"].values()]
    if state["nonprivate_accesses"]:
        events.append(dp_accounting.NonPrivateDpEvent())
    return dp_accounting.ComposedDpEvent(events) if events else dp_accounting.NoOpDpEvent()


def described(accountant: str, state: dict[str, Any]) -> dict[str, str]:
    """The accountant in words, with the neighbouring relation of what a ledger has booked."""
    return accounting.describe_accountant(accountant, event_of(state))


class Epsilons:
    """Epsilons by event and delta, computed once each: a composition takes a second, and the bar asks at every step.

    Args:
        accountant: One of `accounting.ACCOUNTANTS`.
    """

    def __init__(self, accountant: str) -> None:
        self._accountant = accountant
        self._known: dict[tuple[str, float], float] = {}

    def of(self, event: dp_accounting.DpEvent, deltas: Iterable[float]) -> dict[float, float]:
        """Epsilon at each delta, by one composition for those that are new; raises ValueError for a bad delta."""
        wanted = list(dict.fromkeys(deltas))
        key = json.dumps(accounting.event_to_json(event))
        missing = [delta for delta in wanted if (key, delta) not in self._known]
        if missing:
            for delta, value in accounting.epsilons(event, missing, self._accountant).items():
                self._known[key, delta] = value
        return {delta: self._known[key, delta] for delta in wanted}
