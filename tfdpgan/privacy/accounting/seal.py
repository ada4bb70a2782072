# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a checkpoint, a generator or a card remembers of the ledger that it was made beside.

A ledger that fits its checksum is not yet the run's ledger: an older copy fits too, and says less. So whatever a run
writes carries a seal, and whoever opens the run holds the ledger against every seal that is found. The ledger is always
written first, so a seal never knows more than the ledger, whatever moment a process dies in.

A seal is no signature. Who replaces the ledger and everything that carries a seal by older ones of one moment has the
run of that moment; who forges checksums is not stopped.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from tfdpgan.privacy.accounting.ledger_file import HISTORY_DIGITS, LedgerError


@dataclasses.dataclass(frozen=True)
class Seal:
    """The state of a ledger at one moment.

    Attributes:
        run_id: Of the run.
        revision: How often the ledger had been written.
        checksum: Of that revision.
        accesses: Stage -> accesses that had happened for certain, or were lost: what no clean stop gives back.
    """

    run_id: str
    revision: int
    checksum: str
    accesses: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """The seal as plain data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: Any, where: str) -> Seal:
        """The inverse of `to_json`; raises LedgerError, which names `where` it was found, for anything else."""
        try:
            return cls(**{field.name: value[field.name] for field in dataclasses.fields(cls)})
        except (KeyError, TypeError):
            raise LedgerError(f"{where} does not say which ledger it belongs to. {_WAY_OUT}") from None

    @classmethod
    def of(cls, document: dict[str, Any]) -> Seal:
        """The seal of a ledger's file as it is now."""
        accesses = {stage: entry["done_steps"] + entry["lost_steps"] for stage, entry in document["stages"].items()}
        return cls(document["run_id"], document["revision"], document["checksum"], accesses)

    def require_fits(self, document: dict[str, Any], where: str) -> None:
        """Refuses a ledger's file that is not this one or a later one of the same run.

        Args:
            document: The content of the ledger's file.
            where: What carries the seal, for the message.

        Raises:
            LedgerError: They do not belong together.
        """
        if document["run_id"] != self.run_id:
            raise LedgerError(f"The ledger is of another run than {where}. {_WAY_OUT}")
        if document["revision"] < self.revision:
            raise LedgerError(
                f"The ledger is an older copy (revision {document['revision']}) than the one beside which {where} was "
                f"made (revision {self.revision}). {_WAY_OUT}"
            )
        if _checksum_at(document, self.revision) != _digits(self.checksum):
            raise LedgerError(f"The ledger has another past than the one beside which {where} was made. {_WAY_OUT}")
        for stage, count in self.accesses.items():
            booked = document["stages"].get(stage, {"booked_steps": 0})["booked_steps"]
            if booked < count:
                raise LedgerError(
                    f"The ledger has booked {booked} accesses of stage {stage!r}, and {where} holds {count}. {_WAY_OUT}"
                )


_WAY_OUT = "Restore the files of this run from one copy, or train anew in an empty model_dir."


def _checksum_at(document: dict[str, Any], revision: int) -> str:
    if revision == document["revision"]:
        return _digits(document["checksum"])
    return document["history"][revision * HISTORY_DIGITS : (revision + 1) * HISTORY_DIGITS]


def _digits(checksum: str) -> str:
    return checksum.removeprefix("sha256:")[:HISTORY_DIGITS]
