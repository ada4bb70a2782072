# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What is public of a data set."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tfdpgan.data.dataset import Dataset


@dataclasses.dataclass(frozen=True)
class DataFacts:
    """Name, number, shape and classes of images, without the images.

    Attributes:
        name: of the data set.
        num_examples: number of training images.
        image_shape: (height, width, channels).
        class_names: one for each label, or () without labels.
        is_public: whether the owner declared the images public.
    """

    name: str
    num_examples: int
    image_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    is_public: bool = False

    @classmethod
    def of(cls, dataset: Dataset) -> DataFacts:
        """Those of a data set that is there."""
        return cls(
            dataset.name, dataset.num_examples, dataset.image_shape, tuple(dataset.class_names), dataset.is_public
        )

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> DataFacts:
        """Those that a run's config.json holds."""
        return cls(data["name"], data["num_examples"], tuple(data["image_shape"]), tuple(data["class_names"]))

    def made_up(self) -> Dataset:
        """A data set of that form with one image of noise in every place, in no memory; none of it is private."""
        from tfdpgan.data.dataset import Dataset

        image = np.random.default_rng(0).integers(0, 256, (1, *self.image_shape), np.uint8)
        pixels = np.broadcast_to(image, (self.num_examples, *self.image_shape))
        if not self.class_names:
            return Dataset(self.name, pixels, is_public=self.is_public)
        labels = (np.arange(self.num_examples) % len(self.class_names)).astype(np.int32)
        return Dataset(self.name, pixels, labels, tuple(self.class_names), self.is_public)

    def to_json(self) -> dict[str, Any]:
        """What a run's config.json holds."""
        return {
            "name": self.name,
            "num_examples": self.num_examples,
            "image_shape": list(self.image_shape),
            "class_names": list(self.class_names),
        }
