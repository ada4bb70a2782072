# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What is public of a data set."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

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

    def to_json(self) -> dict[str, Any]:
        """What a run's config.json holds."""
        return {
            "name": self.name,
            "num_examples": self.num_examples,
            "image_shape": list(self.image_shape),
            "class_names": list(self.class_names),
        }
