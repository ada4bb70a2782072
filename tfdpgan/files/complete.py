# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Files and folders that something else fills, and that take their name whole or not at all.

They are filled beside their place, under a hidden name: renaming is atomic only within one file system. Errors are
OSErrors, for callers to put into words.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def complete_file(target: Path) -> Iterator[Path]:
    """A path beside `target` for a library to write to; it takes the target's name when the block ends well.

    Whatever ends the block early (an error, Ctrl-C) removes it again and leaves an older target as it was.

    Args:
        target: the file; folders that lead to it are made.

    Raises:
        OSError: where it cannot be written.
    """
    with _partial(target) as partial:
        yield partial
        os.replace(partial, target)


@contextlib.contextmanager
def complete_folder(target: Path, replace: bool = False, mode: int = 0o777) -> Iterator[Path]:
    """A new folder to fill; it takes the target's name when the block ends well, and is removed otherwise.

    Args:
        target: the folder; folders that lead to it are made.
        replace: takes the place of a target that holds something; else only that of an empty one.
        mode: permissions, less the umask.

    Raises:
        OSError: where it cannot be written, or the target holds something that is not to be replaced.
    """
    with _partial(target) as partial:
        partial.mkdir(mode=mode)
        yield partial
        if replace and target.exists():
            _swap(partial, target)
        else:
            with contextlib.suppress(FileNotFoundError):
                target.rmdir()  # fails unless it is empty; not every system renames over a folder
            os.replace(partial, target)


def _swap(fresh: Path, target: Path) -> None:
    """The old folder leaves its name before it is removed: half of it is never seen."""
    old = target.with_name(f".{target.name}.{os.getpid()}.old")
    _remove(old)
    os.replace(target, old)
    try:
        os.replace(fresh, target)
    except OSError:
        os.replace(old, target)
        raise
    _remove(old)


@contextlib.contextmanager
def _partial(target: Path) -> Iterator[Path]:
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove(partial)  # of a killed process that had the same id
    try:
        yield partial
    finally:
        _remove(partial)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()
