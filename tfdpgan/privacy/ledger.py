# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The run's account book of every access to private images, written ahead of the access.

The book holds mechanisms and counts, not epsilons: those compose, epsilons do not. A block of steps is booked
on disk before it runs, so a crash can leave steps in the book that never ran, and never the other way round:
the epsilon in the book is never below the truth.
"""

import copy
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import dp_accounting

from tfdpgan.privacy import accounting, ledger_file
from tfdpgan.privacy.atomic_file import json_number
from tfdpgan.privacy.ledger_file import LedgerError

__all__ = ["DEFAULT_DELTAS", "Ledger", "LedgerError"]

DEFAULT_DELTAS = (1e-5, 1e-6, 1e-7)


class Ledger:
    """Books accesses to private data by stage; a stage is one mechanism, applied n times.

    The life of a stage: `declare` it; after a restart `resume` it with the accesses that the checkpoint
    holds; then for each block of steps `book`, run, write a checkpoint, `settle`; at a clean end
    `close_cleanly`. For each stage booked = done + lost + outstanding, and the accountant sees all that is
    booked.

    The checksum in the file finds damage and careless edits; it is not a signature and stops no forger.

    Attributes:
      path: The file.
      accountant: The accountant that `epsilon` uses, one of `accounting.ACCOUNTANTS`.
    """

    def __init__(self, path: Path, accountant: str, state: dict[str, Any], checksum: str | None) -> None:
        """Use `Ledger.open`."""
        self.path = path
        self.accountant = accountant
        self._state = state
        self._checksum_on_disk = checksum
        self._process = os.getpid()
        # What this process booked itself: only that can be given back. A stage enters here with its first
        # booking, or through `resume` if an earlier process has booked any of it.
        self._booked_here: dict[str, int] = {}
        self._epsilon_cache: dict[tuple[str, float], float] = {}

    @classmethod
    def open(cls, path: str | os.PathLike[str], accountant: str = "pld") -> "Ledger":
        """Loads a ledger, or starts one (the file appears with the first entry).

        Raises:
          LedgerError: The file is damaged, edited, truncated, or written by a later version.
          ValueError: An unknown accountant.
        """
        description = accounting.describe_accountant(accountant)
        file = Path(path)
        state = ledger_file.read(file)
        if state is None:
            return cls(file, accountant, ledger_file.empty_state(description), None)
        checksum = state.pop("checksum")
        return cls(file, accountant, {**state, "accountant": description}, checksum)

    def declare(
        self,
        stage: str,
        step_event: dp_accounting.DpEvent,
        parameters: dict[str, Any],
        description: str,
    ) -> None:
        """Says what one access of a stage is. Declaring the same again changes nothing.

        Args:
          stage: Short name, for example "dp_sgd".
          step_event: The event of one access, sampling and the accounted noise included.
          parameters: Every constant that a resumed run must share (clip, noise, batch, number of images,
            microbatch): plain data.
          description: One sentence for the card.

        Raises:
          LedgerError: The stage was declared with another mechanism or other parameters; the first difference
            is named.
        """
        entry: dict[str, Any] = {
            "description": description,
            "mechanism_of_one_step": accounting.event_to_json(step_event),
            "parameters": ledger_file.plain(parameters),
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
        """Books accesses before they happen; they may happen as soon as this returns, for then they are on
        the disk.

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
          LedgerError: `done` went back or is more than was booked, or the steps were booked by another
            process.
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
          LedgerError: The checkpoint holds more steps than the ledger has booked: they do not belong
            together.
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

    def booked(self, stage: str) -> int:
        """Accesses that the accountant counts: done, lost and outstanding."""
        return self._stage(stage)["booked_steps"]

    def done(self, stage: str) -> int:
        """Accesses that are inside a checkpoint."""
        return self._stage(stage)["done_steps"]

    def lost(self, stage: str) -> int:
        """Accesses that were booked and that a crash took from us, whether they ran or not."""
        return self._stage(stage)["lost_steps"]

    def record_public(self, what: str) -> None:
        """Names data that was declared public: it costs nothing and appears on the card."""
        self._note("public_data", what)

    def record_nonprivate(self, what: str) -> None:
        """Names an access to private data without noise: epsilon is infinite from now on."""
        self._note("nonprivate_accesses", what)

    def inherit(self, parent: "Ledger", name: str) -> None:
        """Descends from another run: what that run did to the private data counts here too.

        The two runs are composed as if both had read the same images, which is never too low.

        Args:
          parent: The ledger of the run whose weights or images this run starts from.
          name: The parent's name on the card.

        Raises:
          LedgerError: An ancestor of this name is recorded already, with another history.
        """
        history = {
            "event": accounting.event_to_json(parent.event()),
            "stages": {stage: copy.deepcopy(entry) for stage, entry in parent._state["stages"].items()},
            "public_data": list(parent._state["public_data"]),
            "nonprivate_accesses": list(parent._state["nonprivate_accesses"]),
            "ancestors": sorted(parent._state["ancestors"]),
        }
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

    def event(self) -> dp_accounting.DpEvent:
        """Everything that is booked, inherited and unaccounted, as one event."""
        events = [
            dp_accounting.SelfComposedDpEvent(
                accounting.event_from_json(entry["mechanism_of_one_step"]), entry["booked_steps"]
            )
            for entry in self._state["stages"].values()
            if entry["booked_steps"] > 0
        ]
        events += [accounting.event_from_json(run["event"]) for run in self._state["ancestors"].values()]
        if self._state["nonprivate_accesses"]:
            events.append(dp_accounting.NonPrivateDpEvent())
        return dp_accounting.ComposedDpEvent(events) if events else dp_accounting.NoOpDpEvent()

    def epsilon(self, delta: float) -> float:
        """Epsilon of everything in the ledger; `math.inf` if any of it was not private.

        Raises:
          ValueError: A bad delta.
        """
        return self.epsilons([delta])[delta]

    def epsilons(self, deltas: Iterable[float] = DEFAULT_DELTAS) -> dict[float, float]:
        """Epsilon at several deltas, by one composition; results are remembered until the counts change."""
        wanted = list(dict.fromkeys(deltas))
        event = self.event()
        key = json.dumps(accounting.event_to_json(event))
        missing = [delta for delta in wanted if (key, delta) not in self._epsilon_cache]
        if missing:
            for delta, value in accounting.epsilons(event, missing, self.accountant).items():
                self._epsilon_cache[key, delta] = value
        return {delta: self._epsilon_cache[key, delta] for delta in wanted}

    def write_epsilons(self, deltas: Sequence[float] = ()) -> dict[float, float]:
        """Writes epsilon at 1e-5, 1e-6, 1e-7 and the deltas given, with the steps that they speak of."""
        values = self.epsilons([*deltas, *DEFAULT_DELTAS])
        state = self._copy()
        state["epsilons"] = {
            "booked_steps": {stage: entry["booked_steps"] for stage, entry in state["stages"].items()},
            "values": [
                {"delta": delta, "epsilon": json_number(value)}
                for delta, value in sorted(values.items(), reverse=True)
            ],
        }
        self._commit(state)
        return values

    def to_json(self) -> dict[str, Any]:
        """The file's content, as plain data of one's own."""
        return ledger_file.with_checksum(self._copy())

    def _stage(self, stage: str) -> dict[str, Any]:
        try:
            return self._state["stages"][stage]
        except KeyError:
            known = ", ".join(self._state["stages"]) or "none"
            raise LedgerError(f"Stage {stage!r} is not declared; declared are: {known}.") from None

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

    def _copy(self) -> dict[str, Any]:
        return copy.deepcopy(self._state)

    def _commit(self, state: dict[str, Any]) -> None:
        """The disk first, then the memory: a write that fails leaves both as they were."""
        on_disk = ledger_file.read(self.path)
        if (on_disk["checksum"] if on_disk else None) != self._checksum_on_disk:
            raise LedgerError(
                f"The ledger {self.path} was changed by someone else since this process read it. Only one "
                "process may train in a model_dir: stop the other one and start again."
            )
        self._checksum_on_disk = ledger_file.write(self.path, state)
        self._state = state
