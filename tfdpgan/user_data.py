# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a caller of `DPGAN` hands over - images, labels, names of classes - as the rest of the code knows it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfdpgan import api
from tfdpgan.config import ConfigError, DataConfig
from tfdpgan.data.dataset import Dataset
from tfdpgan.data.inputs import dataset_in_memory, source_of
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.methods.train_config import TrainConfig

IN_MEMORY = "arrays"  # what the settings of a run on images in memory call their data

Range = tuple[float, float] | None


def to_fit(
    config: TrainConfig, images: Any, labels: Any, class_names: Sequence[str], value_range: Range
) -> tuple[TrainConfig, Dataset]:
    """The data set of what `DPGAN.fit` was given, and the settings with where it comes from.

    Raises:
        ValueError: for images that cannot be used, or settings that name other data.
    """
    if images is None:
        if config.dataset == IN_MEMORY:
            raise ConfigError('There are no images: fit(images), or DPGAN(dataset="digits") for a data set by name.')
        if labels is not None or class_names:
            raise ConfigError(f"{config.dataset} brings its own labels: leave out labels and class_names.")
        return config, api.load_data(_with_range(config, value_range))
    name, path = source_of(images)
    if config.dataset not in (IN_MEMORY, name) or (path and config.data_dir not in (None, path)):
        raise ConfigError(
            f"The settings name data, dataset={config.dataset} and data_dir={config.data_dir}, and fit was given "
            "others. Leave out one of them."
        )
    if path is None:
        return config, dataset_in_memory(images, labels, class_names, config, value_range or _range_of(config))
    if labels is not None or class_names:
        raise ConfigError(f"{path} says itself which classes there are: leave out labels and class_names.")
    config = _with_range(dataclasses.replace(config, dataset=name, data_dir=path), value_range)
    return config, api.load_data(config)


def with_test_images(
    dataset: Dataset | None, generator: ReleasedGenerator, images: Any, labels: Any, value_range: Range
) -> Dataset:
    """The run's data with these test images, in the generator's format.

    Args:
        dataset: what was trained on; None where that is not at hand: the test images then stand in for it, and nothing
            may read them as training images.
        generator: of the run.
        images: as for `DPGAN.fit`.
        labels: as for `DPGAN.fit`: names of classes where they all are, else places in the list of names.
        value_range: as for `DPGAN.fit`.
    """
    shape, names = generator.shape, generator.class_names
    as_in_run = DataConfig(
        image_size=shape.height if shape.height == shape.width else None,
        color_mode="grayscale" if shape.channels == 1 else "rgb",
    )
    if labels is not None:
        labels = np.asarray(labels).ravel()
        if {str(label) for label in labels} <= set(names):
            labels = np.array([names.index(str(label)) for label in labels], np.int32)
    test = dataset_in_memory(images, labels, names if labels is not None else (), as_in_run, value_range)
    train = test if dataset is None else dataset if labels is not None else dataset.without_labels()
    return dataclasses.replace(train, test_pixels=test.pixels, test_labels=test.labels)


def labels_to_draw(
    generator: ReleasedGenerator, num_images: int, labels: Any, classes: str | Sequence[str] | None
) -> np.ndarray | None:
    """The label of each image that is to be drawn; None: every class equally often.

    Args:
        generator: that will draw.
        num_images: how many.
        labels: one for each image, or one for all; or None.
        classes: names instead, drawn equally often, in this order; or None.

    Raises:
        ConfigError: for both, for a class that there is not, or labels that are no whole numbers.
    """
    if classes is None:
        if labels is None:
            return None
        rows = np.full(num_images, labels) if np.ndim(labels) == 0 else np.asarray(labels)
        if rows.dtype.kind not in "iu":
            raise ConfigError(f"labels must be whole numbers. Received: {labels!r}. classes takes names.")
        return rows
    if labels is not None:
        raise ConfigError("Give labels or classes, not both.")
    chosen = [str(name) for name in ([classes] if isinstance(classes, (str, int)) else classes)]
    unknown = [name for name in chosen if name not in generator.class_names]
    if unknown or not chosen:
        known = ", ".join(generator.class_names) or "none: this generator draws without classes"
        raise ConfigError(f"classes must be among: {known}. Received: {', '.join(unknown) or 'none'}.")
    places = np.array([generator.label_of(name) for name in chosen], np.int32)
    return places[np.arange(num_images) * len(places) // max(num_images, 1)]


def _with_range(config: TrainConfig, value_range: Range) -> TrainConfig:
    if value_range is None:
        return config
    return dataclasses.replace(config, value_range=",".join(f"{bound:g}" for bound in value_range))


def _range_of(config: TrainConfig) -> Range:
    if config.value_range is None:
        return None
    black, white = map(float, config.value_range.split(","))
    return black, white


def count_of(name: str, value: Any) -> int:
    """A number of images; ConfigError for what is no whole number from 1."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ConfigError(f"{name} must be a whole number, 1 or more. Received: {value!r}.")
    return int(value)
