# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A folder that one process works in at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


class LockedError(OSError):
    """Somebody else holds the lock."""


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds a folder for the block; whoever comes second is refused, not kept waiting.

    The lock is on the folder itself: a lock file can be deleted, and then two processes hold two of them. It ends with
    the process, however that ends.

    Raises:
        LockedError: another process, or another block of this one, holds it.
        OSError: there is no such folder.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LockedError(error.errno, error.strerror, str(folder)) from error
        yield
    finally:
        os.close(descriptor)
