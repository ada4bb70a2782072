# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The run's account book of every access to private images, written ahead of the access.

The book holds mechanisms and counts, not epsilons: those compose, epsilons do not. A block of steps is booked
on disk before it runs, so a crash can leave steps in the book that never ran, and never the other way round:
the epsilon in the book is never below the truth.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfdpgan.files.atomic import json_number
from tfdpgan.privacy import accounting
from tfdpgan.privacy.accounting import ledger_file
from tfdpgan.privacy.accounting.composition import described
from tfdpgan.privacy.accounting.ledger_file import LedgerError
from tfdpgan.privacy.accounting.ledger_view import DEFAULT_DELTAS, LedgerView

if TYPE_CHECKING:
    from tfdpgan.privacy.mechanisms import Mechanism

__all__ = ["DEFAULT_DELTAS", "Ledger", "LedgerError"]


class Ledger(LedgerView):
    """Books accesses to private data by stage; a stage is one mechanism, applied n times.

    The life of a stage: `declare` it; after a restart `resume` it with the accesses that the checkpoint holds; then for
    each block of steps `book`, run, write a checkpoint, `settle`; at a clean end `close_cleanly`. For each stage booked
    = done + lost + outstanding, and the accountant sees all that is booked.

    The checksum in the file finds damage and careless edits and stops no forger. That the file is the run's newest is
    told by the seals that the run's other files carry (`tfdpgan.privacy.accounting.seal`).
    """

    def __init__(self, path: Path, accountant: str, state: dict[str, Any], checksum: str | None) -> None:
        """Use `Ledger.start` or `Ledger.open`."""
        super().__init__(path, accountant, state, checksum)
        self._process = os.getpid()
        # What this process booked itself: only that can be given back. A stage enters here with its first
        # booking, or through `resume` if an earlier process has booked any of it.
        self._booked_here: dict[str, int] = {}

    @classmethod
    def start(
        cls, path: str | os.PathLike[str], accountant: str = "pld", settings: dict[str, Any] | None = None
    ) -> "Ledger":
        """Starts the ledger of a new run; the file is on the disk when this returns.

        Args:
            path: The file, which must not exist yet.
            accountant: One of `accounting.ACCOUNTANTS`.
            settings: What the run was begun with and may not change, plain data; `settings` gives it back.

        Raises:
            LedgerError: There is such a file, or the disk refused.
            ValueError: An unknown accountant.
        """
        state = ledger_file.empty_state(accounting.describe_accountant(accountant))
        ledger = cls(Path(path), accountant, {**state, "settings": ledger_file.plain(settings or {})}, None)
        ledger._commit(ledger._copy())
        return ledger

    @classmethod
    def open(cls, path: str | os.PathLike[str], accountant: str = "pld") -> "Ledger":
        """Loads a ledger.

        Raises:
            LedgerError: There is none, so nobody knows what was taken; or it is damaged, edited, truncated, or written
                by a later version.
            ValueError: An unknown accountant.
        """
        accounting.describe_accountant(accountant)  # refuses an unknown one
        file = Path(path)
        state = ledger_file.read(file)
        if state is None:
            raise LedgerError(
                f"The ledger {file} is missing: without it nobody knows what this run has taken from the private "
                "images. Restore it from a copy, or train anew in an empty model_dir."
            )
        checksum = state.pop("checksum")
        return cls(file, accountant, {**state, "accountant": described(accountant, state)}, checksum)

    def declare(self, stage: str, mechanism: "Mechanism") -> None:
        """Says what one access of a stage is. Declaring the same again changes nothing.

        Event, constants and sentence are the mechanism's own, so that they cannot disagree. A mechanism that is not one
        of the package's is noted as not reviewed.

        Args:
            stage: Short name, for example "dp_sgd".
            mechanism: What one access is.

        Raises:
            LedgerError: The stage was declared with another mechanism or other parameters; the first difference
                is named.
        """
        from tfdpgan.privacy.mechanisms import REVIEWED  # which is made of events

        if type(mechanism) not in REVIEWED:
            self.record_unreviewed(f"mechanism {type(mechanism).__name__}")
        entry: dict[str, Any] = {
            "description": mechanism.sentence,
            "mechanism_of_one_step": accounting.event_to_json(mechanism.event),
            "parameters": ledger_file.plain(mechanism.parameters),
            "booked_steps": 0,
            "done_steps": 0,
            "lost_steps": 0,
        }
        known = self._state["stages"].get(stage)
        if known is None:
            state = self._copy()
            state["stages"][stage] = entry
            self._commit(state)
            return
        ledger_file.require_same(stage, known["parameters"], entry["parameters"])
        ledger_file.require_same(
            stage,
            {"mechanism of one step": known["mechanism_of_one_step"]},
            {"mechanism of one step": entry["mechanism_of_one_step"]},
        )

    def book(self, stage: str, num_steps: int) -> None:
        """Books accesses before they happen; they may happen as soon as this returns: then they are on the disk.

        Args:
            stage: A declared stage.
            num_steps: Number of accesses about to happen, >= 1.

        Raises:
            LedgerError: The stage is not declared, an earlier process booked part of it and `resume` was not
                called, or the disk refused. Then none of the steps may run.
        """
        entry = self._stage(stage)
        if num_steps != int(num_steps) or num_steps < 1:
            raise LedgerError(f"num_steps is {num_steps}; it must be a whole number, 1 or more.")
        if entry["booked_steps"] > 0 and stage not in self._booked_here:
            raise LedgerError(
                f"An earlier process booked {entry['booked_steps']} steps of stage {stage!r}. Call resume "
                "with the number of steps in the checkpoint before booking more."
            )
        state = self._copy()
        state["stages"][stage]["booked_steps"] += int(num_steps)
        self._commit(state)
        self._booked_here[stage] = self._booked_here.get(stage, 0) + int(num_steps)

    def settle(self, stage: str, done: int) -> None:
        """Notes that `done` accesses of this stage are inside a checkpoint that is on the disk.

        Raises:
            LedgerError: `done` went back, or is more than was booked.
        """
        self._require_done(stage, done)
        if done == self._stage(stage)["done_steps"]:
            return
        state = self._copy()
        state["stages"][stage]["done_steps"] = int(done)
        self._commit(state)

    def close_cleanly(self, stage: str, done: int) -> None:
        """Gives back, at a clean stop, the steps that were booked and certainly did not run.

        Only the process that booked a step knows that it did not run; after a crash nobody does, so nothing
        is given back then.

        Args:
            stage: A declared stage.
            done: All accesses of this stage that happened and are inside the checkpoint.

        Raises:
            LedgerError: `done` went back or is more than was booked, or another process booked the steps.
        """
        self._require_done(stage, done)
        entry = self._stage(stage)
        given_back = entry["booked_steps"] - entry["lost_steps"] - int(done)
        if given_back > 0 and (given_back > self._booked_here.get(stage, 0) or os.getpid() != self._process):
            raise LedgerError(
                f"{given_back} booked steps of stage {stage!r} cannot be given back: another process booked "
                "them, and they may have run. Call resume with the number of steps in the checkpoint."
            )
        state = self._copy()
        state["stages"][stage]["booked_steps"] -= given_back
        state["stages"][stage]["done_steps"] = int(done)
        self._commit(state)
        self._booked_here[stage] = self._booked_here.get(stage, 0) - given_back

    def resume(self, stage: str, done: int) -> int:
        """Takes up a stage after a restart; steps booked beyond the checkpoint stay booked for ever, as lost.

        Args:
            stage: A declared stage.
            done: Accesses that the checkpoint holds. It may lie behind what was settled (an older checkpoint).

        Returns:
            How many steps this restart added to `lost(stage)`.

        Raises:
            LedgerError: The checkpoint holds more steps than the ledger has booked: they do not belong together.
        """
        entry = self._stage(stage)
        if done != int(done) or done < 0:
            raise LedgerError(f"done is {done}; it must be a whole number, 0 or more.")
        newly_lost = entry["booked_steps"] - entry["lost_steps"] - int(done)
        if newly_lost < 0:
            raise LedgerError(
                f"The checkpoint holds {done} steps of stage {stage!r}, but the ledger {self.path} has "
                f"booked only {entry['booked_steps'] - entry['lost_steps']}. They do not belong together: "
                "the ledger was deleted or replaced by an older copy. Restore it, or train anew in an "
                "empty model_dir."
            )
        if newly_lost > 0 or entry["done_steps"] != done:
            state = self._copy()
            state["stages"][stage]["lost_steps"] += newly_lost
            state["stages"][stage]["done_steps"] = int(done)
            self._commit(state)
        self._booked_here[stage] = 0
        return newly_lost

    def record_public(self, what: str) -> None:
        """Names data that was declared public: it costs nothing and appears on the card."""
        self._note("public_data", what)

    def record_nonprivate(self, what: str) -> None:
        """Names an access to private data without noise: epsilon is infinite from now on."""
        self._note("nonprivate_accesses", what)

    def record_fixed_seed(self, of: str) -> None:
        """Names what a known seed decided ("noise", "sampling"): whoever knows it undoes the guarantee."""
        self._note("fixed_seeds", of)

    def record_unreviewed(self, what: str) -> None:
        """Names a part of which nobody but its author says that it takes from private images what it books."""
        self._note("unreviewed", what)

    def inherit(self, parent: LedgerView, name: str, truncated_noise: bool = False) -> None:
        """Descends from another run: what that run did to the private data counts here too.

        The two runs are composed as if both had read the same images, which is never too low.

        Args:
            parent: The ledger of the run whose weights or images this run starts from.
            name: The parent's name on the card.
            truncated_noise: Whether the parent's noise had no tails (`tfdpgan.privacy.statement.truncated_noise`).

        Raises:
            LedgerError: An ancestor of this name is recorded already, with another history.
        """
        history = parent.history() | {"truncated_noise": truncated_noise or parent.has_truncated_noise}
        known = self._state["ancestors"].get(name)
        if known is None:
            state = self._copy()
            state["ancestors"][name] = history
            self._commit(state)
        elif known["event"] != history["event"]:
            raise LedgerError(
                f"The parent run {name!r} has read private data since this run started from it. Start again "
                "from it in a new model_dir."
            )

    def write_epsilons(self, deltas: Sequence[float] = ()) -> dict[float, float]:
        """Writes epsilon at 1e-5, 1e-6, 1e-7 and the deltas given, with the steps that they speak of."""
        values = self.epsilons([*deltas, *DEFAULT_DELTAS])
        state = self._copy()
        state["epsilons"] = {
            "booked_steps": {stage: entry["booked_steps"] for stage, entry in state["stages"].items()},
            "values": [
                {"delta": delta, "epsilon": json_number(value)} for delta, value in sorted(values.items(), reverse=True)
            ],
        }
        self._commit(state)
        return values

    def _require_done(self, stage: str, done: int) -> None:
        entry = self._stage(stage)
        bookable = entry["booked_steps"] - entry["lost_steps"]
        if done != int(done) or not entry["done_steps"] <= done <= bookable:
            raise LedgerError(
                f"done is {done} for stage {stage!r}; it must be a whole number between the "
                f"{entry['done_steps']} steps settled before and the {bookable} booked."
            )

    def _note(self, kind: str, what: str) -> None:
        if what not in self._state[kind]:
            state = self._copy()
            state[kind].append(what)
            self._commit(state)

    def _commit(self, state: dict[str, Any]) -> None:
        """The disk first, then the memory: a write that fails leaves both as they were."""
        if not self.can_go_on:
            raise LedgerError(
                f"The ledger {self.path} is of an earlier version of tfdpgan, whose noise ended at 5.678 standard "
                "deviations: the run can be read and cannot go on. Train anew in an empty model_dir."
            )
        stated = state | {"accountant": described(self.accountant, state)}
        self._state = ledger_file.replace(self.path, stated, self._checksum_on_disk)
        self._checksum_on_disk = self._state.pop("checksum")
