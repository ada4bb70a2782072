# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""CIFAR-10: from Keras' .npz, the Python version's folder, a folder of images, or TensorFlow Datasets."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from tfdpgan.data.arrays import dataset_from_arrays, read_npz
from tfdpgan.data.dataset import Dataset
from tfdpgan.data.image_folder import find_splits, read_splits
from tfdpgan.data.options import LoadOptions
from tfdpgan.data.pixels import DataError
from tfdpgan.data.tfds import read_tfds

_CLASS_NAMES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
_IMAGE_SHAPE = (3, 32, 32)  # the files store channels first
_LOCAL_HINT = (
    "--data_dir=FILE.npz (x_train, y_train, x_test, y_test), the folder cifar-10-batches-py, a folder with "
    "train/CLASS/ and test/CLASS/ images, or a TFDS directory"
)
# Everything that the published pickles need. A pickle may call any function by name; these two make arrays.
_ALLOWED_GLOBALS = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
}


def load_cifar10(options: LoadOptions) -> Dataset:
    """CIFAR-10: 50 000 + 10 000 colour photographs of ten things, 32x32 (Krizhevsky 2009)."""
    path = options.data_dir
    if path is not None and path.suffix.lower() == ".npz":
        return read_npz(path, "cifar10", _CLASS_NAMES)
    if path is not None and path.is_file():
        raise DataError(f"{path} is no source of cifar10: give {_LOCAL_HINT}.")
    if path is not None and (path / "data_batch_1").is_file():
        return _read_batches(path)
    if path is not None and (path / "train").is_dir():
        train, test = find_splits(path)
        if train.class_names != _CLASS_NAMES:
            raise DataError(
                f"{path / 'train'} must hold the class folders {', '.join(_CLASS_NAMES)}. For other images "
                "use --dataset=folder."
            )
        return read_splits("cifar10", train, test, options)
    return read_tfds("cifar10", options, _CLASS_NAMES, _LOCAL_HINT)


def _read_batches(folder: Path) -> Dataset:
    batches = [_read_batch(path) for path in sorted(folder.glob("data_batch_[0-9]"))]
    test_images, test_labels = None, None
    if (folder / "test_batch").is_file():
        test_images, test_labels = _read_batch(folder / "test_batch")
    return dataset_from_arrays(
        np.concatenate([images for images, _ in batches]),
        np.concatenate([labels for _, labels in batches]),
        _CLASS_NAMES,
        name="cifar10",
        test_images=test_images,
        test_labels=test_labels,
    )


def _read_batch(path: Path) -> tuple[np.ndarray, np.ndarray]:
    try:
        with path.open("rb") as file:
            batch = _ArrayUnpickler(file, encoding="bytes").load()
        images = np.asarray(batch[b"data"], np.uint8).reshape(-1, *_IMAGE_SHAPE).transpose(0, 2, 3, 1)
        return np.ascontiguousarray(images), np.asarray(batch[b"labels"], np.int32)
    except Exception as error:  # a damaged pickle may raise nearly anything
        raise DataError(f"{path} is no batch of CIFAR-10's Python version ({error}): fetch it again.") from error


class _ArrayUnpickler(pickle.Unpickler):
    """Unpickles arrays and plain values; a file that asks for anything else is refused before it runs."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED_GLOBALS:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return super().find_class(module, name)
