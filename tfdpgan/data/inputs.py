# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What `DPGAN.fit` may be given: arrays, lists of Pillow images, `tf.data`, a path, or a `Dataset`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from tfdpgan import data
from tfdpgan.data.dataset import Dataset
from tfdpgan.data.image_file import opaque
from tfdpgan.data.image_folder import DEFAULT_IMAGE_SIZE
from tfdpgan.data.pixels import DataError, check_color_mode, check_image_size, fit_square, grey_for_rgb
from tfdpgan.data.public_facts import facts_of_format

_KEYS = (("image", "label"), ("images", "labels"))  # of the elements of TFDS


def source_of(images: Any) -> tuple[str, str | None]:
    """What a run on `images` calls its data: the row of DATASETS that reads a path, and the path; else "arrays"."""
    if isinstance(images, (str, os.PathLike)):
        path = os.fspath(images)
        return ("npz" if Path(path).suffix.lower() == ".npz" else "folder"), path
    return "arrays", None


def dataset_in_memory(
    images: Any,
    labels: Any,
    class_names: Sequence[str],
    config: Any,
    value_range: tuple[float, float] | None,
) -> Dataset:
    """The data set of images that are in memory, or come from `tf.data`.

    Args:
        images: an array `[n, h, w]` or `[n, h, w, 1 or 3]`; a list of arrays or of Pillow images, of any sizes; a
            `tf.data.Dataset` of images or of pairs (image, label), in batches or not; or a `Dataset`.
        labels: `[n]` integers, or None.
        class_names: one for each label, or ().
        config: with the fields of `DataConfig`: size, colour, classes, held-out share and declaration are honoured.
        value_range: of floating-point images.

    Returns:
        The `Dataset`. Pillow images are cropped and resized as files are: to `image_size`, 32 without a wish, so that
        no image decides on the size of others.

    Raises:
        DataError: for what is no image, or settings that images in memory do not have.
    """
    unused = [name for name in ("data_dir", "cache_dir", "label_attribute") if getattr(config, name) is not None]
    unused += ["skip_bad_images"] * config.skip_bad_images
    if unused:
        raise DataError(f'{unused[0]} is for files, and these images are in memory: leave it out, or fit("a_folder").')
    if isinstance(images, Dataset):
        if labels is not None or class_names or config.image_size or config.color_mode != "auto":
            raise DataError("A Dataset brings labels, classes, size and colour along: give none of them beside it.")
        return data.as_declared(images, config.conditional, config.holdout, config.public_data or images.is_public)
    if hasattr(images, "element_spec"):
        images, labels = _from_tf_data(images, labels)
    facts = None
    if _are_pillow(images):
        images = _from_pillow(images, config.image_size, config.color_mode)
        stated = config.image_size or DEFAULT_IMAGE_SIZE
        facts = facts_of_format(
            stated,
            config.color_mode,
            "read off the images",
            None if labels is None else "as stated" if class_names else "read off the labels",
        )
    dataset = data.dataset_from_arrays(
        images,
        labels,
        class_names or None,
        value_range=value_range,
        image_size=config.image_size,
        color_mode=config.color_mode,
        public_facts=facts,
    )
    return data.as_declared(dataset, config.conditional, config.holdout, config.public_data)


def _are_pillow(images: Any) -> bool:
    return isinstance(images, (list, tuple)) and bool(images) and all(isinstance(each, Image.Image) for each in images)


def _from_pillow(images: Sequence[Image.Image], image_size: int | None, color_mode: str) -> np.ndarray:
    """`[n, size, size, 1 or 3]` uint8; colour by the same rule as for a folder."""
    check_image_size(image_size)
    check_color_mode(color_mode)
    size = image_size or DEFAULT_IMAGE_SIZE
    grey = [each.mode in ("1", "L", "LA") or each.mode.startswith("I") for each in images]
    if color_mode == "rgb" and all(grey):
        raise grey_for_rgb("these")
    mode = "L" if color_mode == "grayscale" or (color_mode == "auto" and all(grey)) else "RGB"
    pixels = np.empty((len(images), size, size, 1 if mode == "L" else 3), np.uint8)
    for image, target in zip(images, pixels, strict=True):
        fitted = fit_square(opaque(ImageOps.exif_transpose(image)).convert(mode), size)
        target[...] = np.asarray(fitted).reshape(target.shape)
    return pixels


def _from_tf_data(images: Any, labels: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Everything that a `tf.data.Dataset` yields, as arrays."""
    if int(images.cardinality()) == -1:
        raise DataError("This tf.data.Dataset never ends: leave out repeat(); training draws its own batches.")
    spec = images.element_spec
    if isinstance(spec, dict):
        keys = next((pair for pair in _KEYS if pair[0] in spec), None)
        if keys is None:
            raise DataError(f"The elements of this tf.data.Dataset have {', '.join(spec)}, and no image.")
        images = images.map(lambda element: tuple(element[key] for key in keys if key in spec))
        spec = images.element_spec
    parts = spec if isinstance(spec, tuple) else (spec,)
    if len(parts) > 2:
        raise DataError(f"Elements must be an image, or an image and a label. Received {len(parts)} parts.")
    if len(parts) == 2 and labels is not None:
        raise DataError("This tf.data.Dataset brings labels: leave out the argument labels.")
    if parts[0].shape.rank == 4:
        images = images.unbatch()
    found = [element if isinstance(element, tuple) else (element,) for element in images.as_numpy_iterator()]
    if not found:
        raise DataError("This tf.data.Dataset is empty.")
    if len({element[0].shape for element in found}) > 1:
        raise DataError("The images of this tf.data.Dataset differ in size: resize them in a map() first.")
    return np.stack([element[0] for element in found]), (
        np.array([element[1] for element in found]) if len(parts) == 2 else labels
    )
