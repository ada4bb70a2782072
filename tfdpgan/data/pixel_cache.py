# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Decoded images in memory, or in a file that is read row by row: data larger than memory."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from absl import logging

from tfdpgan.data.pixels import DataError
from tfdpgan.files.complete import complete_folder

_PIXELS, _LABELS = "pixels.npy", "labels.npy"


def cached_pixels(
    cache_dir: Path | None,
    key: Any,
    shape: tuple[int, int, int, int],
    fill: Callable[[np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Decodes images once.

    With `cache_dir` the rows go to an uncompressed .npy file that is opened with `np.load(mmap_mode="r")`:
    any draw of indices, an exact Poisson sample too, reads its own rows and no others. The next run with the
    same key finds the file and decodes nothing. The file holds the private images in the clear, in a folder
    that only its owner may read: keep it as safe as the images themselves.

    Args:
        cache_dir: folder for cache files, or None to keep the images in memory.
        key: whatever decides the content (files with sizes and times, image size ...), as JSON values.
        shape: (largest number of rows, height, width, channels).
        fill: writes uint8 rows from the top of the array that it is given and returns their integer labels;
            fewer labels than rows mean that the rest was left out.

    Returns:
        pixels [num_rows, height, width, channels] uint8 and labels [num_rows] int32.

    Raises:
        DataError: when the cache cannot be written.
    """
    if cache_dir is None:
        rows = np.empty(shape, np.uint8)
        labels = fill(rows)
        return rows[: len(labels)], labels.astype(np.int32)
    digest = hashlib.sha256(json.dumps([key, shape]).encode()).hexdigest()[:24]
    entry = cache_dir / f"pixels-{digest}"
    if not entry.is_dir():
        try:
            _write_entry(entry, shape, fill)
        except OSError as error:
            raise DataError(
                f"The image cache {cache_dir} cannot be written ({error.strerror or error}): it needs "
                f"{np.prod(shape) / 1e6:.0f} MB in a folder of yours; choose another --cache_dir."
            ) from error
    try:
        labels = np.load(entry / _LABELS)
        return np.load(entry / _PIXELS, mmap_mode="r")[: len(labels)], labels
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"The image cache {entry} is damaged ({error}): remove it.") from error


def _write_entry(entry: Path, shape: tuple[int, int, int, int], fill: Callable[[np.ndarray], np.ndarray]) -> None:
    try:
        with complete_folder(entry, mode=0o700) as partial:
            rows = np.lib.format.open_memmap(partial / _PIXELS, mode="w+", dtype=np.uint8, shape=shape)
            _reserve(partial / _PIXELS)
            labels = fill(rows)
            rows.flush()
            np.save(partial / _LABELS, labels.astype(np.int32))
    except OSError:
        if not entry.is_dir():  # else another process was faster with the same images
            raise
    logging.info("Decoded images are kept in %s", entry)


def _reserve(path: Path) -> None:
    """Gives the file all its blocks: a disk that is too full must say so now.

    A sparse file is granted at once, and the process would die of SIGBUS when one of its pages finds no room.
    """
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
