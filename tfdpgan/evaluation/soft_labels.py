# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Soft labels beside images in files: the probabilities of all classes, as generate.py writes them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tfdpgan.config import ConfigError
from tfdpgan.data import image_folder
from tfdpgan.data.dataset import Dataset


@dataclass(frozen=True, eq=False)
class SoftLabels:
    """Probabilities of classes.

    Attributes:
        probabilities: `[n, num_classes]` float32, a row for each image, of sum 1.
        class_names: of the columns.
    """

    probabilities: np.ndarray
    class_names: tuple[str, ...]


def read_soft_labels(path: Path, found: Dataset) -> SoftLabels | None:
    """Soft labels of a `.npz` (`soft_labels`) or a folder (`soft_labels.csv`); None where there are none.

    Args:
        path: of the file or the folder.
        found: the images that were read from it.

    Raises:
        ConfigError: for what is no row of probabilities for each image.
    """
    if path.is_dir():
        path = path / "soft_labels.csv"
        return _read_table(path, found) if path.exists() else None
    with np.load(path) as file:
        return _checked(path, file["soft_labels"], found.class_names, found) if "soft_labels" in file.files else None


def _read_table(path: Path, found: Dataset) -> SoftLabels:
    """A row for each file, in any order; classes of which there is no image have a column all the same."""
    with path.open(newline="") as file:
        header, *rows = list(csv.reader(file)) or [[]]
    try:
        of_file = {row[0]: np.array(row[1:], np.float32) for row in rows if row}
        ordered = [of_file[name] for name in image_folder.relative_names(path.parent)]
        probabilities = np.stack(ordered)
    except (KeyError, ValueError) as error:
        raise ConfigError(
            f"{path}: needs a row for each image, its file and then the probability of each class. Received: "
            f"{error}. Remove the table to use the folders alone."
        ) from error
    return _checked(path, probabilities, tuple(header[1:]), found)


def _checked(path: Path, probabilities: np.ndarray, names: tuple[str, ...], found: Dataset) -> SoftLabels:
    expected = (len(found.pixels), len(names))
    is_probability = probabilities.shape == expected and probabilities.dtype.kind == "f" and np.all(probabilities >= 0)
    if not is_probability or not np.allclose(probabilities.sum(axis=1), 1, atol=1e-3):
        raise ConfigError(
            f"{path}: soft_labels must be probabilities of shape {expected}, each row of sum 1. Received: "
            f"{probabilities.dtype} of shape {probabilities.shape}. Leave them out to use the hard labels."
        )
    return SoftLabels(probabilities.astype(np.float32), names)
