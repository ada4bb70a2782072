# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The ledger's file: its layout, its checksum, what is refused on reading it, and how it is replaced."""

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tfdpgan.files.atomic import write_json_atomically

SCHEMA = "tfdpgan privacy ledger"
SCHEMA_VERSION = 2
# Version 1 named no run and counted no revisions. It is read, so that what it says of a finished run stays known.
READABLE_VERSIONS = (1, SCHEMA_VERSION)
HISTORY_DIGITS = 16  # hexadecimal digits of each earlier checksum

_SOMEONE_ELSE = (
    "The ledger {path} was changed by someone else since this process read it. Only one process may train in a "
    "model_dir: stop the other one and start again."
)
_WAY_OUT = "Restore it from a copy, or train anew in an empty model_dir."


class LedgerError(ValueError):
    """The ledger is damaged, contradicts the run, or cannot be written."""


def empty_state(accountant: dict[str, str]) -> dict[str, Any]:
    """A ledger in which nothing has happened. Its keys are the file's layout.

    `run_id` names the run, `revision` counts how often the file was written, `history` holds the first digits of the
    checksum of each revision before this one: what was made beside a revision can be told from a later file.
    """
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "run_id": os.urandom(16).hex(),
        "revision": 0,
        "history": "",
        "settings": {},
        "unit_of_privacy": "one image",
        "accountant": accountant,
        "stages": {},
        "public_data": [],
        "nonprivate_accesses": [],
        "fixed_seeds": [],
        "unreviewed": [],
        "ancestors": {},
        "epsilons": {"booked_steps": {}, "values": []},
    }


def with_checksum(state: dict[str, Any]) -> dict[str, Any]:
    """The state with the checksum that `read` will look for."""
    return {**state, "checksum": _checksum(state)}


def read(path: Path) -> dict[str, Any] | None:
    """The verified content of a ledger's file, checksum included; None where there is no file.

    Raises:
        LedgerError: The file cannot be read, is damaged or edited, or was written by another version.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise LedgerError(f"The ledger {path} is damaged ({error}). {_WAY_OUT}") from error
    except OSError as error:
        raise LedgerError(f"Cannot read the ledger {path}: {error.strerror or error}.") from error
    return _verified(text, path)


def replace(path: Path, state: dict[str, Any], expected_checksum: str | None) -> dict[str, Any]:
    """Writes the next revision of a ledger, whole or not at all.

    Args:
        path: The file.
        state: What is to stand in it; its revision and history are those of the revision before.
        expected_checksum: Of the file as this process knows it; None where there must be none yet.

    Returns:
        What is in the file now, with its new revision and checksum.

    Raises:
        LedgerError: The file is not the one that was expected, or the disk refused.
    """
    try:
        with _held(path):
            on_disk = read(path)
            if (on_disk["checksum"] if on_disk else None) != expected_checksum:
                raise LedgerError(_SOMEONE_ELSE.format(path=path))
            if on_disk is not None:
                earlier = on_disk["checksum"].removeprefix("sha256:")[:HISTORY_DIGITS]
                state = {**state, "revision": on_disk["revision"] + 1, "history": on_disk["history"] + earlier}
            document = with_checksum(state)
            write_json_atomically(path, document, must_be_new=on_disk is None)
    except FileExistsError:
        raise LedgerError(_SOMEONE_ELSE.format(path=path)) from None
    except OSError as error:
        raise LedgerError(
            f"Cannot write the ledger {path}: {error.strerror or error}. No private step may run until it "
            "can be written: make room or choose another model_dir, then start again."
        ) from error
    return document


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """Keeps other processes from replacing the file between a look at it and its replacement.

    The lock is on the file itself, as it is now: whoever waited for it looks whether the name still means that file. A
    file that does not exist yet cannot be held; its first writer wins (`replace` asks for a new name then).
    """
    while True:
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            yield
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_still(path, descriptor):
                yield
                return
        finally:
            os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters as they come back from the file, so that a tuple equals the list that it became."""
    try:
        return json.loads(json.dumps(parameters, allow_nan=False, default=lambda value: value.item()))
    except (TypeError, ValueError, AttributeError) as error:
        raise LedgerError(f"Parameters must be plain finite data, but: {error}.") from error


def require_same(stage: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Refuses to go on with a stage under other constants; the first that differs is named.

    Raises:
        LedgerError: Two values differ, or one side lacks a name.
    """
    for name in [*old, *(key for key in new if key not in old)]:
        before, now = (json.dumps(values[name]) if name in values else "not set" for values in (old, new))
        if before != now:
            raise LedgerError(
                f"Stage {stage!r} was begun with {name} = {before} and cannot go on with {now}: the "
                "guarantee would not hold. Use the old value, or train anew in an empty model_dir."
            )


def _verified(text: str, path: Path) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise LedgerError(f"The ledger {path} is damaged or truncated ({error}). {_WAY_OUT}") from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise LedgerError(f"{path} is not a privacy ledger of this program. {_WAY_OUT}")
    if document.get("schema_version") not in READABLE_VERSIONS:
        raise LedgerError(
            f"The ledger {path} has schema version {document.get('schema_version')!r}; this program reads "
            f"versions {' and '.join(map(str, READABLE_VERSIONS))}. Use the version of tfdpgan that wrote it."
        )
    body = {key: value for key, value in document.items() if key != "checksum"}
    if document.get("checksum") != _checksum(body):
        raise LedgerError(f"The ledger {path} was edited or damaged: its checksum does not fit. {_WAY_OUT}")
    for stage, entry in document["stages"].items():
        booked, done, lost = (entry[key] for key in ("booked_steps", "done_steps", "lost_steps"))
        if min(done, lost) < 0 or done + lost > booked:
            raise LedgerError(f"The ledger {path} contradicts itself in stage {stage!r}. {_WAY_OUT}")
    return {**_ABSENT_IN_EARLIER_FILES, **document}


_ABSENT_IN_EARLIER_FILES: dict[str, Any] = {
    "run_id": "",
    "revision": 0,
    "history": "",
    "settings": {},
    "fixed_seeds": [],
    "unreviewed": [],
}


def _checksum(state: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON: sorted keys, no spaces, without the checksum itself."""
    canonical = json.dumps(state, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return "sha256:" + hashlib.sha256(canonical.encode("utf-8")).hexdigest()
