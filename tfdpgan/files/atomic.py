# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Files that are either the old whole or the new whole, whatever happens in between."""

import contextlib
import io
import json
import math
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np


def write_bytes_atomically(path: str | os.PathLike[str], data: bytes, must_be_new: bool = False) -> None:
    """Replaces a file's content in one step that survives a crash, a kill and a full disk.

    The bytes go to a temporary file in the same folder (a rename is atomic only within one file system), are
    flushed to the disk, and take the name `path` by `os.replace`; then the folder is flushed, so that the new
    name too is on the disk when this function returns. A reader sees the old content or the new, never a
    mixture.

    Args:
        path: The file; its folder must exist. A symbolic link is followed, so the link stays a link.
        data: The whole new content.
        must_be_new: Refuse to replace a file that exists, also one that another process makes at this moment.

    Raises:
        FileExistsError: With `must_be_new`, there is such a file.
        OSError: The write failed. The temporary file is gone; unless the very last flush (of the folder)
            failed, the old file is as it was.
    """
    target = Path(os.path.realpath(path))
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fchmod(stream.fileno(), _permissions(target))
            os.fsync(stream.fileno())
        if must_be_new:
            os.link(temporary, target)
            os.unlink(temporary)
        else:
            os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _flush_folder(target.parent)


def write_text_atomically(path: str | os.PathLike[str], text: str, must_be_new: bool = False) -> None:
    """Like `write_bytes_atomically`, for text in UTF-8."""
    write_bytes_atomically(path, text.encode("utf-8"), must_be_new)


def write_json_atomically(path: str | os.PathLike[str], value: Any, must_be_new: bool = False) -> None:
    """Like `write_bytes_atomically`, for a value as indented standard JSON (keys keep their order).

    Raises:
        ValueError: The value holds NaN or an infinity, which standard JSON cannot carry.
        TypeError: The value holds something that JSON does not know.
        OSError: As `write_bytes_atomically`.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_text_atomically(path, text, must_be_new)


def write_arrays_atomically(path: str | os.PathLike[str], **arrays: np.ndarray) -> None:
    """Like `write_bytes_atomically`, for arrays by name, in NumPy's `.npz`."""
    content = io.BytesIO()
    np.savez(content, **arrays)
    write_bytes_atomically(path, content.getvalue())


def json_number(value: float) -> float | str:
    """A number that may be infinite as our files hold it: "infinite" where standard JSON has no word for it."""
    return value if math.isfinite(value) else "infinite"


def _permissions(target: Path) -> int:
    """The old file's permissions; for a new file those that `open` would give (mkstemp's are owner-only)."""
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder, and its rename needs no second flush
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
