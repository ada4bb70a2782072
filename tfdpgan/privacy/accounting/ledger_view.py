# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A ledger as those see it who only read it: what was taken, what that amounts to, and whether it is the run's own."""

import copy
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import dp_accounting

from tfdpgan.privacy import accounting
from tfdpgan.privacy.accounting import ledger_file
from tfdpgan.privacy.accounting.composition import Epsilons, event_of
from tfdpgan.privacy.accounting.ledger_file import LedgerError
from tfdpgan.privacy.accounting.seal import Seal

DEFAULT_DELTAS = (1e-5, 1e-6, 1e-7)


class LedgerView:
    """The entries of a ledger's file.

    Attributes:
        path: The file.
        accountant: The accountant that `epsilon` uses, one of `accounting.ACCOUNTANTS`.
    """

    def __init__(self, path: Path, accountant: str, state: dict[str, Any], checksum: str | None) -> None:
        """Use `Ledger.start` or `Ledger.open`."""
        self.path = path
        self.accountant = accountant
        self._state = state
        self._checksum_on_disk = checksum
        self._epsilons = Epsilons(accountant)

    @property
    def settings(self) -> dict[str, Any]:
        """What the run was begun with and may not change; empty for a ledger of schema version 1."""
        return copy.deepcopy(self._state["settings"])

    @property
    def can_go_on(self) -> bool:
        """Whether more may be booked: not in a ledger of schema version 1, whose noise was another."""
        return self._state["schema_version"] == ledger_file.SCHEMA_VERSION

    def seal(self) -> Seal:
        """What a file that is made beside this ledger, as it is on the disk, has to remember of it."""
        return Seal.of({**self._state, "checksum": self._checksum_on_disk})

    def require_fits(self, seal: Seal, where: str) -> None:
        """Raises LedgerError unless this is the ledger beside which the bearer of the seal, `where`, was made."""
        seal.require_fits({**self._state, "checksum": self._checksum_on_disk}, where)

    def booked(self, stage: str) -> int:
        """Accesses that the accountant counts: done, lost and outstanding."""
        return self._stage(stage)["booked_steps"]

    def done(self, stage: str) -> int:
        """Accesses that are inside a checkpoint."""
        return self._stage(stage)["done_steps"]

    def lost(self, stage: str) -> int:
        """Accesses that were booked and that a crash took from us, whether they ran or not."""
        return self._stage(stage)["lost_steps"]

    def fixed_seeds(self) -> list[str]:
        """What known seeds decided, in this run and in those that it descends from."""
        histories = [self._state, *self._state["ancestors"].values()]
        return list(dict.fromkeys(name for history in histories for name in history.get("fixed_seeds", ())))

    def unreviewed(self) -> list[str]:
        """Parts that nobody has reviewed, in this run and in those that it descends from."""
        histories = [self._state, *self._state["ancestors"].values()]
        return list(dict.fromkeys(name for history in histories for name in history.get("unreviewed", ())))

    @property
    def has_truncated_noise(self) -> bool:
        """Whether a run that this one descends from had noise without tails."""
        return any(history.get("truncated_noise", False) for history in self._state["ancestors"].values())

    def history(self) -> dict[str, Any]:
        """What a run that descends from this one has to know of it."""
        return {
            "event": accounting.event_to_json(self.event()),
            "stages": copy.deepcopy(self._state["stages"]),
            "public_data": list(self._state["public_data"]),
            "nonprivate_accesses": list(self._state["nonprivate_accesses"]),
            "fixed_seeds": self.fixed_seeds(),
            "unreviewed": self.unreviewed(),
            "ancestors": sorted(self._state["ancestors"]),
        }

    def event(self) -> dp_accounting.DpEvent:
        """Everything that is booked, inherited and unaccounted, as one event."""
        return event_of(self._state)

    def epsilon(self, delta: float) -> float:
        """Epsilon of everything in the ledger; `math.inf` if any of it was not private.

        Raises:
            ValueError: A bad delta.
        """
        return self.epsilons([delta])[delta]

    def epsilons(self, deltas: Iterable[float] = DEFAULT_DELTAS) -> dict[float, float]:
        """Epsilon at several deltas, by one composition; results are remembered until the counts change."""
        return self._epsilons.of(self.event(), deltas)

    def to_json(self) -> dict[str, Any]:
        """The file's content, as plain data of one's own."""
        return ledger_file.with_checksum(self._copy())

    def _stage(self, stage: str) -> dict[str, Any]:
        try:
            return self._state["stages"][stage]
        except KeyError:
            known = ", ".join(self._state["stages"]) or "none"
            raise LedgerError(f"Stage {stage!r} is not declared; declared are: {known}.") from None

    def _copy(self) -> dict[str, Any]:
        return copy.deepcopy(self._state)
