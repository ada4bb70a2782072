# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The ledger of a run directory, held against everything else that lies there.

What a run writes names the state of the ledger that it was made beside (`tfdpgan.privacy.accounting.seal`), and the
ledger names the settings that the run was begun with. Every tool opens a run through `open_ledger`, and what disagrees
or is missing is refused: no file that a stranger took from an older copy, and no edited setting, can make a run look
cheaper.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tfdpgan.files.atomic import write_json_atomically, write_text_atomically
from tfdpgan.privacy.accounting.ledger import Ledger, LedgerError
from tfdpgan.privacy.accounting.seal import Seal
from tfdpgan.privacy.statement import card, truncated_noise
from tfdpgan.run import RunDirectory, RunError

_SEAL = "ledger_seal.json"  # in folders whose files have no place for it


def begin_ledger(run_dir: RunDirectory, accountant: str, settings: dict[str, Any]) -> Ledger:
    """The ledger of a run that is about to train: a new one where nothing has happened yet.

    Args:
        run_dir: with its config.json.
        accountant: that `epsilon` uses.
        settings: what config.json says, as far as it may not change: "config", "data" and "parent".

    Raises:
        LedgerError, RunError: as `open_ledger`; also for a ledger that cannot go on.
    """
    if not run_dir.ledger.exists() and not run_dir.has_results:
        return Ledger.start(run_dir.ledger, accountant, settings)
    ledger = open_ledger(run_dir, accountant)
    if run_dir.has_earlier_layout and ledger.can_go_on:
        raise LedgerError(
            f"{run_dir.path} was begun by an earlier version of tfdpgan, which kept its training state elsewhere. What "
            "it released can be read; it cannot go on. Train anew in another --model_dir."
        )
    if not ledger.can_go_on:
        raise LedgerError(
            f"{run_dir.path} was begun by an earlier version of tfdpgan, whose noise ended at 5.678 standard "
            "deviations. Its results can be read; it cannot go on. Train anew in another --model_dir."
        )
    return ledger


def open_ledger(run_dir: RunDirectory, accountant: str = "pld") -> Ledger:
    """The ledger of a run, which agrees with the run's settings, checkpoints, cards and released networks.

    Raises:
        RunError: there is no run, or config.json is not what the run was begun with.
        LedgerError: the ledger is missing, damaged, older than what was made beside it, or of another run.
    """
    stored = run_dir.read_config()
    ledger = Ledger.open(run_dir.ledger, accountant)
    if not ledger.can_go_on:
        _require_fits_card(ledger, run_dir)
        _confess_truncated_noise(run_dir)
        return ledger
    _require_settings(ledger.settings, stored, run_dir)
    if run_dir.is_finished and not run_dir.card_json.exists():
        raise LedgerError(f"{run_dir.card_json} is missing beside what this run has released. Restore it from a copy.")
    for where, value in _seals(run_dir):
        ledger.require_fits(Seal.from_json(value, str(where)), str(where))
    return ledger


def write_seal(folder: Path, ledger: Ledger) -> None:
    """Leaves in `folder` what its files have to remember of the ledger.

    Raises:
        RunError: the disk refused.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_json_atomically(folder / _SEAL, ledger.seal().to_json())
    except OSError as error:
        raise RunError(f"{folder / _SEAL} cannot be written ({error.strerror}). Make room and start again.") from None


def _confess_truncated_noise(run_dir: RunDirectory) -> None:
    """Lets the card of an earlier version say what its noise was, where that may be written."""
    content = _read(run_dir.card_json)
    amended = truncated_noise.confessed(content)
    if amended is not content:
        with contextlib.suppress(PermissionError):  # somebody else's folder
            write_json_atomically(run_dir.card_json, amended)
            write_text_atomically(run_dir.card, card.render_markdown(amended))


def _seals(run_dir: RunDirectory) -> Iterator[tuple[Path, Any]]:
    """Every place of the run that has to carry a seal, and what it carries."""
    if run_dir.card_json.exists():
        yield run_dir.card_json, _read(run_dir.card_json).get("ledger")
    beside = [run_dir.discriminator, run_dir.auxiliary_classifier, *run_dir.generator_pair().values()]
    networks = [run_dir.generator, *beside, *(folder for _, folder in run_dir.snapshots())]
    for signature in (folder / "signature.json" for folder in networks if folder.is_dir()):
        yield signature, _read(signature).get("provenance", {}).get("ledger")
    if run_dir.classifier.is_dir():
        yield run_dir.classifier / _SEAL, _read(run_dir.classifier / _SEAL)
    checkpoints = run_dir.path / "checkpoints" if run_dir.has_earlier_layout else run_dir.checkpoints
    # Each folder that holds checkpoints has to have one; that of a phase that died in its first block has nothing else.
    for folder in {path.parent for name in ("checkpoint", _SEAL) for path in checkpoints.rglob(name)}:
        yield folder / _SEAL, _read(folder / _SEAL)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        raise LedgerError(
            f"{path} is missing or damaged: it says which ledger belongs to this run. Restore the files of this run "
            "from one copy, or train anew in an empty model_dir."
        ) from None


def _require_settings(begun_with: dict[str, Any], stored: dict[str, Any], run_dir: RunDirectory) -> None:
    for part, values in begun_with.items():
        present = stored.get(part)
        if not isinstance(values, dict):
            values, present = {part: values}, {part: present}
        for name, value in values.items():
            received = present.get(name) if isinstance(present, dict) else None
            if received != value:
                raise RunError(
                    f"{run_dir.config} was changed: {name} is {received}, and the run was begun with {value}. "
                    "Put it back."
                )


def _require_fits_card(ledger: Ledger, run_dir: RunDirectory) -> None:
    """What an earlier version left to compare: the card's counts of accesses."""
    if not run_dir.card_json.exists():
        raise LedgerError(f"{run_dir.card_json} is missing: without it nobody knows what this run cost. Restore it.")
    known = ledger.to_json()["stages"]
    for row in _read(run_dir.card_json).get("stages", ()):
        booked = known.get(row["name"], {"booked_steps": 0})["booked_steps"]
        if booked < row["booked_steps"]:
            raise LedgerError(
                f"The ledger has booked {booked} accesses of stage {row['name']!r}, and {run_dir.card_json} tells of "
                f"{row['booked_steps']}: the ledger is an older copy. Restore it."
            )
