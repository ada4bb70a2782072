# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The images that are evaluated: drawn from a run, or read from files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tfdpgan import data
from tfdpgan.config import ConfigError
from tfdpgan.data.arrays import read_npz
from tfdpgan.data.dataset import Dataset
from tfdpgan.data.pixels import to_uint8
from tfdpgan.evaluation.soft_labels import read_soft_labels
from tfdpgan.generation import samplers

_FEWEST_IMAGES = 20


@dataclass(frozen=True, eq=False)
class EvaluatedImages:
    """Images under evaluation.

    Attributes:
        images: `[n, h, w, c]` uint8.
        labels: `[n]` int32, the class that each was drawn for; None without classes.
        source: where they come from, in words.
        provenance: what the generator says of itself and the sampler of its work; {} for files.
        soft_labels: `[n, num_classes]` float32, probabilities of each class beside `labels`; None without.
    """

    images: np.ndarray
    labels: np.ndarray | None
    source: str
    provenance: dict[str, Any]
    soft_labels: np.ndarray | None = None


def draw_images(
    drawn_from: samplers.Source,
    num_images: int,
    seed: int,
    source: str,
    reference: Dataset | None = None,
    sampler: str = "plain",
) -> EvaluatedImages:
    """Images of a run, every class equally often; labels are brought to those of the reference.

    Args:
        drawn_from: the run, or the file, and the samplers' settings.
        num_images: how many.
        seed: of all that is random.
        source: where they come from, in words.
        reference: the real data, for the names of the classes.
        sampler: a key of `tfdpgan.generation.samplers.SAMPLERS`.
    """
    drawn = samplers.draw(sampler, drawn_from, num_images, seed=seed)
    labels, soft_labels = drawn.labels, drawn.soft_labels
    if labels is not None and reference is not None and reference.labels is not None:
        labels = _as_reference_labels(labels, drawn.class_names, reference.class_names)
        if soft_labels is not None:
            soft_labels = _soft_as_reference(soft_labels, drawn.class_names, reference.class_names)
    return EvaluatedImages(to_uint8(drawn.images), labels, source, drawn.mark, soft_labels)


def read_images(path: str, reference: Dataset, most_images: int) -> EvaluatedImages:
    """Images of a file or a folder, brought to the labels of the reference.

    Args:
        path: `.npz` (images and labels, or Keras' x_train and y_train) or a folder of PNGs or JPEGs, flat or one
            folder a class; a folder's images are resized to the reference.
        reference: the real data, for size, colour and names of the classes.
        most_images: of more, this many are taken at random (always the same ones).

    Returns:
        The images.

    Raises:
        ConfigError, DataError: for files that cannot be read or do not fit.
    """
    found = _read(Path(path).expanduser(), reference)
    if len(found.pixels) < _FEWEST_IMAGES:
        raise ConfigError(f"An evaluation needs {_FEWEST_IMAGES} images or more. {path} holds {len(found.pixels)}.")
    rows = np.arange(len(found.pixels))
    if len(rows) > most_images:
        rows = np.sort(np.random.default_rng(0).choice(rows, most_images, replace=False))
    labels = soft_labels = None
    if found.labels is not None and reference.labels is not None:
        labels = _as_reference_labels(found.labels[rows], found.class_names, reference.class_names)
        soft = read_soft_labels(Path(path).expanduser(), found)
        if soft is not None:
            soft_labels = _soft_as_reference(soft.probabilities[rows], soft.class_names, reference.class_names)
    return EvaluatedImages(to_uint8(found.pixels[rows]), labels, str(path), {}, soft_labels)


def check_shape(evaluated: EvaluatedImages, reference: Dataset) -> None:
    """Raises ConfigError unless images under evaluation and real ones have one size and one number of channels."""
    if evaluated.images.shape[1:] != reference.image_shape:
        own, real = ("x".join(map(str, shape)) for shape in (evaluated.images.shape[1:], reference.image_shape))
        raise ConfigError(
            f"The images of {evaluated.source} are {own} and those of {reference.name} {real}: bring the real ones to "
            f"the same by --image_size={evaluated.images.shape[1]} (or --color_mode)."
        )


def _read(path: Path, reference: Dataset) -> Dataset:
    suffix = path.suffix.lower()
    if not path.exists():
        raise ConfigError(f"--images={path}: there is no such file or folder.")
    if suffix == ".npz":
        return read_npz(path, path.stem)
    if path.is_dir():
        color_mode = "grayscale" if reference.image_shape[-1] == 1 else "rgb"
        return data.load_dataset("folder", path, reference.image_shape[0], color_mode)
    raise ConfigError(
        f"--images={path}: only .npz files, folders of images and .tflite files can be read. Draw images first, for "
        f"example by generate.py --output=images.npz. Received: {suffix or 'no suffix'}."
    )


def _soft_as_reference(probabilities: np.ndarray, names: Sequence[str], reference_names: Sequence[str]) -> np.ndarray:
    """Soft labels by the reference's classes; classes that the images do not know have probability 0."""
    places = _as_reference_labels(np.arange(len(names)), names, reference_names)
    soft = np.zeros([len(probabilities), len(reference_names)], np.float32)
    soft[:, places] = probabilities
    return soft


def _as_reference_labels(labels: np.ndarray, names: Sequence[str], reference_names: Sequence[str]) -> np.ndarray:
    """Labels by name where names agree; numbers stand for themselves."""
    positions = {_plain(name): index for index, name in enumerate(reference_names)}
    if all(_plain(name) in positions for name in names):
        return np.array([positions[_plain(name)] for name in names], np.int32)[labels]
    if all(name.isdigit() and int(name) < len(reference_names) for name in names):
        return np.array([int(name) for name in names], np.int32)[labels]
    unknown = next(name for name in names if _plain(name) not in positions)
    raise ConfigError(f"The class {unknown!r} of the images is none of the reference's: {', '.join(reference_names)}.")


def _plain(name: str) -> str:
    """A class name as files spell it: folders have "_" for what is unsafe in their names."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
