# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Data sets from NumPy arrays: in memory, or in a .npz file."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from absl import logging

from tfdpgan.data.dataset import Dataset
from tfdpgan.data.options import LoadOptions
from tfdpgan.data.pixels import DataError, check_image_size, convert_color, resize_images
from tfdpgan.data.public_facts import facts_of_format

_RANGES = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0))


def dataset_from_arrays(
    images: np.ndarray,
    labels: np.ndarray | None = None,
    class_names: Sequence[str] | None = None,
    *,
    name: str = "arrays",
    is_public: bool = False,
    test_images: np.ndarray | None = None,
    test_labels: np.ndarray | None = None,
    value_range: tuple[float, float] | None = None,
    image_size: int | None = None,
    color_mode: str = "auto",
    public_facts: tuple[str, ...] | None = None,
) -> Dataset:
    """Makes a data set of arrays.

    The range of the values is declared, never read off them: one image could otherwise rescale all the others.
    Integers lie in [0, 255] and booleans in [0, 1] by their dtype; floating-point images need `value_range`. Each
    image is held to the range on its own: values outside are clipped, and an image with a value that is not finite
    becomes mid-grey. A warning in the log counts such images.

    Args:
        images: [N, height, width], [N, height, width, 1] or [N, height, width, 3]; integers or floats.
        labels: [N] or [N, 1] integers, or None: in [0, number of classes) where class names are given. Without them
            the numbers that occur are the classes, in their order: labels 3 and 8 make two classes, "3" and "8".
        class_names: one name per class; by default the labels as text.
        name: what the data set is called.
        is_public: True when the images are declared public.
        test_images: held-out images of the same form and range, never trained on.
        test_labels: their labels.
        value_range: (0, 1), (-1, 1) or (0, 255): what black and white are. Needed for floating-point images.
        image_size: side length to crop and resize to (the values are then rounded to 256 levels).
        color_mode: "auto", "grayscale" or "rgb".
        public_facts: what is taken to be public; default: as it was found here.

    Returns:
        A `Dataset` that shares memory with uint8 input.

    Raises:
        DataError: for a range that is missing or unknown, shapes that are no images, labels that do not fit.
    """
    check_image_size(image_size)
    images = _as_images(images, "images")
    if value_range is not None and tuple(value_range) not in _RANGES:
        raise DataError(f"value_range={value_range} is unknown: choose one of (0, 1), (-1, 1), (0, 255).")

    def prepare(array: np.ndarray, what: str) -> np.ndarray:
        pixels = _normalise(array, value_range or _range_of(array, what), what)
        return resize_images(convert_color(name, pixels, color_mode), image_size)

    facts = facts_of_format(
        image_size,
        color_mode,
        "read off the images",
        None if labels is None else "as stated" if class_names is not None else "read off the labels",
    )
    names: tuple[str, ...] = ()
    if labels is not None:
        labels = _as_labels(labels, len(images), "labels")
        found = np.unique(labels)
        names = tuple(map(str, class_names or found))
        if not class_names:
            labels = _positions(labels, found)
    elif class_names:
        raise DataError(f"{name}: class names without labels: give both or neither.")
    test_pixels = None
    if test_images is not None:
        test_pixels = prepare(_as_images(test_images, "test images"), "test images")
        if test_labels is not None:
            test_labels = _as_labels(test_labels, len(test_pixels), "test labels")
            test_labels = test_labels if class_names or labels is None else _positions(test_labels, found)
    pixels = prepare(images, "images")
    return Dataset(name, pixels, labels, names, is_public, test_pixels, test_labels, public_facts or facts)


def read_npz(
    path: Path, name: str, class_names: Sequence[str] | None = None, value_range: tuple[float, float] | None = None
) -> Dataset:
    """Reads a .npz file in Keras' layout: x_train, y_train, and x_test, y_test if they are there.

    The layout that `save_images` writes (images, labels, class_names) is read as well. Pickled objects are
    refused, since they could run code.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except FileNotFoundError:
        raise DataError(f"There is no file {path}: check --data_dir.") from None
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise DataError(f"{path} cannot be read as a .npz file of plain arrays: {error}") from error
    images = arrays.get("x_train", arrays.get("images"))
    labels = arrays.get("y_train", arrays.get("labels"))
    if images is None:
        raise DataError(
            f"{path} holds {', '.join(sorted(arrays)) or 'nothing'}: expected Keras' layout with x_train, "
            "y_train and, if there is a test split, x_test, y_test; or images and labels."
        )
    if class_names is None and labels is not None and "class_names" in arrays:
        class_names = [str(class_name) for class_name in arrays["class_names"]]
    return dataset_from_arrays(
        images,
        labels,
        class_names if labels is not None else None,
        name=name,
        value_range=value_range,
        test_images=arrays.get("x_test"),
        test_labels=arrays.get("y_test") if labels is not None else None,
    )


def load_npz(options: LoadOptions) -> Dataset:
    """Your own .npz file (`data_dir`), named after the file."""
    if options.data_dir is None or options.data_dir.suffix.lower() != ".npz":
        received = options.data_dir or "no --data_dir"
        raise DataError(f"--dataset=npz needs --data_dir=FILE.npz. Received {received}.")
    return read_npz(options.data_dir, options.data_dir.stem, value_range=options.value_range)


def _as_images(images: np.ndarray, what: str) -> np.ndarray:
    try:
        images = np.asarray(images)
    except ValueError:
        raise DataError(f"The {what} differ in size: bring them to one height and width first.") from None
    if images.dtype.kind not in "biuf":
        raise DataError(f"The {what} must be numbers. Received {images.dtype}, shape {images.shape}.")
    if images.ndim == 3:
        images = images[..., np.newaxis]
    if images.ndim != 4 or images.shape[-1] not in (1, 3):
        channels_first = images.ndim == 4 and images.shape[1] in (1, 3)
        hint = " (channels come last: use np.moveaxis(images, 1, -1))" if channels_first else ""
        raise DataError(
            f"The {what} must have the shape [N, height, width] or [N, height, width, 1 or 3]. Received "
            f"{images.shape}{hint}."
        )
    if images.size == 0:
        raise DataError(f"The {what} are empty: shape {images.shape}.")
    return images


def _range_of(images: np.ndarray, what: str) -> tuple[float, float]:
    """What the dtype says of the range."""
    if images.dtype.kind == "f":
        raise DataError(
            f"The {what} are floating-point, and their range is not stated: say value_range=(0, 1), (-1, 1) or "
            "(0, 255); --value_range=0,1 for a file. It is not read off the values: one image could then change all."
        )
    return (0.0, 1.0) if images.dtype.kind == "b" else (0.0, 255.0)


def _normalise(images: np.ndarray, value_range: tuple[float, float], what: str) -> np.ndarray:
    """Holds each image to the range on its own; returns uint8 (of 0..255 integers) or float32 in [-1, 1]."""
    low, high = value_range
    if images.dtype.kind == "f":
        rows = images.reshape(len(images), -1)
        is_finite = np.isfinite(rows).all(axis=1)
        if not is_finite.all():
            _warn(~is_finite, what, "hold values that are not finite, and were made mid-grey")
            images = images.copy()
            images[~is_finite] = (low + high) / 2
    is_outside = ((images < low) | (images > high)).reshape(len(images), -1).any(axis=1)
    if is_outside.any():
        _warn(is_outside, what, f"hold values outside of [{low:g}, {high:g}], which were clipped")
        images = np.clip(images, low, high)
    if high == 255.0 and images.dtype.kind in "iu":
        return images.astype(np.uint8, copy=False)
    unit = (images.astype(np.float32) - low) / (high - low)
    return np.clip(unit * 2.0 - 1.0, -1.0, 1.0).astype(np.float32, copy=False)


def _warn(concerned: np.ndarray, what: str, message: str) -> None:
    logging.warning("%d of %d %s %s.", int(concerned.sum()), len(concerned), what, message)


def _positions(labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Where each label stands among the sorted classes; DataError for one that is not among them."""
    unknown = np.setdiff1d(labels, classes)
    if len(unknown):
        raise DataError(
            f"The test labels hold {unknown[0]}, and the training labels do not: give class_names, or leave such test "
            "images out."
        )
    return np.searchsorted(classes, labels).astype(np.int32)


def _as_labels(labels: np.ndarray, num_images: int, what: str) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.shape == (num_images, 1):  # as Keras stores CIFAR-10
        labels = labels[:, 0]
    if labels.shape != (num_images,):
        hint = " (one-hot labels: use labels.argmax(axis=1))" if labels.ndim == 2 else ""
        raise DataError(f"{num_images} images need {what} of shape ({num_images},). Received {labels.shape}{hint}.")
    if labels.dtype.kind not in "iu":
        raise DataError(
            f"The {what} must be integers from 0. Received {labels.dtype}: "
            "class_names, labels = np.unique(labels, return_inverse=True) makes them so."
        )
    if labels.min() < 0 or labels.max() >= 2**31:
        raise DataError(f"The {what} must be integers from 0. Received {labels.min()} to {labels.max()}.")
    return labels.astype(np.int32)
