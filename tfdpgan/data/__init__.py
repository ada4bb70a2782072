# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Data sets: one file and one line in `DATASETS` each.

To add one: a module with a loader, and one line in DATASETS that names both. A loader takes `LoadOptions` and returns a
`Dataset` in the data's own format; `load_dataset` then applies what every data set has in common: colour, size, labels,
held-out split and the owner's declaration.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from tfdpgan.config import Row
from tfdpgan.data.arrays import dataset_from_arrays
from tfdpgan.data.dataset import Dataset
from tfdpgan.data.options import LoadOptions
from tfdpgan.data.pixels import (
    DataError,
    check_color_mode,
    check_image_size,
    convert_color,
    resize_images,
    to_float,
    to_uint8,
)
from tfdpgan.data.public_facts import AS_PUBLISHED, NUMBER, facts_of_format

DATASETS = {
    "digits": Row("tfdpgan.data.digits:load_digits"),
    "mnist": Row("tfdpgan.data.mnist:load_mnist"),
    "fashion_mnist": Row("tfdpgan.data.mnist:load_fashion_mnist"),
    "cifar10": Row("tfdpgan.data.cifar10:load_cifar10"),
    "celeb_a": Row("tfdpgan.data.celeb_a:load_celeb_a"),
    "folder": Row("tfdpgan.data.image_folder:load_image_folder"),
    "npz": Row("tfdpgan.data.arrays:load_npz"),
}


def load_dataset(
    name: str,
    data_dir: str | Path | None = None,
    image_size: int | None = None,
    color_mode: str = "auto",
    conditional: bool | None = None,
    is_public: bool = False,
    skip_bad_images: bool = False,
    *,
    holdout: float = 0,
    value_range: tuple[float, float] | None = None,
    cache_dir: str | Path | None = None,
    label_attribute: str | None = None,
) -> Dataset:
    """Loads a data set by name.

    Reads every image of the source, and releases nothing: what a program does with the `Dataset` is what the
    ledger books.

    Args:
        name: a key of `DATASETS`.
        data_dir: a .npz file, a folder of images or of the data set's original files, or a TFDS directory,
            whichever the data set knows; None for embedded data and the usual places.
        image_size: side length in pixels; None for the data set's own (32 for a folder, 64 for celeb_a).
        color_mode: "auto", "grayscale" or "rgb".
        conditional: None keeps labels where there are some, True insists on them, False drops them.
        is_public: the owner's declaration that these images are public.
        skip_bad_images: leave unreadable files of a folder out, each with a line in the log.
        holdout: share of the training images, in (0, 1), to hold out as the test split; 0 for none.
        value_range: (0, 1), (-1, 1) or (0, 255), for a .npz file of floating-point images.
        cache_dir: folder for decoded images, for data larger than memory (folders and TFDS); the file there
            holds the images in the clear.
        label_attribute: for celeb_a, the attribute that is the label ("Male").

    Returns:
        The `Dataset`.

    Raises:
        DataError: one line that says what was wrong, what is allowed and what to try.
    """
    if name not in DATASETS:
        raise DataError(f"--dataset={name} is unknown: choose one of {', '.join(DATASETS)}.")
    check_image_size(image_size)
    check_color_mode(color_mode)
    options = LoadOptions(
        data_dir=_path(data_dir),
        image_size=image_size,
        color_mode=color_mode,
        skip_bad_images=skip_bad_images,
        cache_dir=_path(cache_dir),
        label_attribute=label_attribute,
        value_range=value_range,
    )
    if options.cache_dir and options.data_dir and _is_inside(options.cache_dir, options.data_dir):
        raise DataError(f"--cache_dir={cache_dir} lies inside --data_dir: choose a folder outside the data.")
    dataset = _in_format(DATASETS[name](options), image_size, color_mode)
    return as_declared(dataset, conditional, holdout, is_public)


def as_declared(dataset: Dataset, conditional: bool | None, holdout: float, is_public: bool) -> Dataset:
    """With or without labels, a held-out split and the owner's declaration, as `load_dataset` says of them."""
    if conditional and dataset.labels is None:
        raise DataError(
            f"{dataset.name} has no labels and --conditional asks for them: sort the images into one folder "
            "per class, or train with --noconditional."
        )
    if conditional is False:
        dataset = dataset.without_labels()
    if holdout:
        dataset = dataset.with_holdout(holdout)
    return dataclasses.replace(dataset, is_public=is_public)


def _in_format(dataset: Dataset, image_size: int | None, color_mode: str) -> Dataset:
    """Colour and size as asked for; arrays that have both already stay as they are, also when in a file."""
    pixels = resize_images(convert_color(dataset.name, dataset.pixels, color_mode), image_size)
    test_pixels = dataset.test_pixels
    if test_pixels is not None:
        test_pixels = resize_images(convert_color(dataset.name, test_pixels, color_mode), image_size)
    facts = dataset.public_facts
    if facts == (NUMBER,):  # a published data set: its loader reads nothing off the images
        classes = AS_PUBLISHED if dataset.class_names else None
        facts = facts_of_format(image_size, color_mode, AS_PUBLISHED, classes)
    elif image_size is not None or color_mode != "auto":
        stated = {"the size of the images": image_size is not None, "grey or colour": color_mode != "auto"}
        facts = tuple(f"{fact.split(',')[0]}, as stated" if stated.get(fact.split(",")[0]) else fact for fact in facts)
    return dataclasses.replace(dataset, pixels=pixels, test_pixels=test_pixels, public_facts=facts)


def _is_inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _path(path: str | Path | None) -> Path | None:
    return None if path is None or not str(path) else Path(path).expanduser()


__all__ = [
    "DATASETS",
    "DataError",
    "Dataset",
    "LoadOptions",
    "as_declared",
    "dataset_from_arrays",
    "load_dataset",
    "to_float",
    "to_uint8",
]
