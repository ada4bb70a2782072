# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Statistics of real images, kept between evaluations: computing Inception's takes minutes, reading them milliseconds.

A key is made of everything that the content depends on, so an entry never gets stale; a file that is damaged counts as
absent. The folder is readable by its owner alone: statistics of private images are computed without noise.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tfdpgan.files import atomic


def default_cache_dir() -> Path:
    """`tfdpgan/statistics` in the user's cache folder (XDG_CACHE_HOME, or ~/.cache)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tfdpgan" / "statistics"


class StatisticsCache:
    """Named arrays under keys, one `.npz` file each.

    Args:
        folder: made when the first entry is written; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def read(self, key: str) -> dict[str, np.ndarray] | None:
        """The arrays under `key`, or None."""
        if self._folder is None:
            return None
        try:
            with np.load(self._path(key), allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
            return None

    def write(self, key: str, arrays: dict[str, np.ndarray]) -> None:
        """Keeps arrays, whole or not at all.

        Raises:
            OSError: when the folder cannot be written.
        """
        if self._folder is None:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        atomic.write_arrays_atomically(self._path(key), **arrays)

    def get(self, key: str, compute: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """The arrays under `key`; computed and kept where they are not there."""
        found = self.read(key)
        if found is None:
            found = compute()
            self.write(key, found)
        return found

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.npz"
