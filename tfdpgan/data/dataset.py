# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The one value that training, evaluation and slimming know of a data set."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field

import numpy as np

from tfdpgan.data.pixels import DataError, to_float, to_uint8
from tfdpgan.data.public_facts import NUMBER

_MOST_NAMED = 12
_HOLDOUT_KEY = b"tfdpgan holdout"  # a public constant: the same images are held out on every machine


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled or unlabelled images, with the split that training may read and the one that it may not.

    Images are kept as they came (uint8 needs a quarter of the memory, and may live in a file) and turned into
    float32 in [-1, 1] when a batch is read. One row of `pixels` is one unit of privacy. The format of the
    data (image size, channels, class names) is taken as public knowledge, since it shapes the network: where
    it is read off the images instead of being stated, one image could change it.

    Attributes:
        name: what the data set is called in tables and on the privacy card.
        pixels: [num_examples, height, width, channels], uint8 in [0, 255] or float32 in [-1, 1]; one channel
            (grey) or three (RGB); an array in memory or a memory-mapped file.
        labels: [num_examples] int32 in [0, num_classes), or None.
        class_names: one name per class; () when there are no labels.
        is_public: True when the owner has declared the images public: reading them costs no privacy.
        test_pixels: [num_test_examples, height, width, channels] held-out images, never trained on, or None.
        test_labels: [num_test_examples] int32, or None.
        public_facts: what is taken to be public of these images, in sentences for the privacy card.

    Raises:
        DataError: when the arrays do not fit each other.
    """

    name: str
    pixels: np.ndarray = field(repr=False)
    labels: np.ndarray | None = field(default=None, repr=False)
    class_names: tuple[str, ...] = ()
    is_public: bool = False
    test_pixels: np.ndarray | None = field(default=None, repr=False)
    test_labels: np.ndarray | None = field(default=None, repr=False)
    public_facts: tuple[str, ...] = (NUMBER,)

    def __post_init__(self) -> None:
        if (self.labels is None) != (not self.class_names):
            raise DataError(f"{self.name}: labels and class names come together or not at all.")
        _check_split(self.name, self.pixels, self.labels, self.class_names)
        if self.test_pixels is None:
            if self.test_labels is not None:
                raise DataError(f"{self.name}: there are test labels but no test images.")
            return
        _check_split(f"{self.name} (test split)", self.test_pixels, self.test_labels, self.class_names)
        if self.test_pixels.shape[1:] != self.pixels.shape[1:]:
            raise DataError(
                f"{self.name}: test images of shape {self.test_pixels.shape[1:]} beside training images of "
                f"shape {self.image_shape}: both must be the same; resize one of them."
            )
        if (self.test_labels is None) != (self.labels is None):
            raise DataError(f"{self.name}: either both splits have labels or neither: drop them or add them.")

    @property
    def num_examples(self) -> int:
        """Number of training images: N in the privacy accounting."""
        return len(self.pixels)

    def summary(self) -> str:
        """One line on what there is, for whoever trains."""
        height, width, channels = self.image_shape
        parts = [
            f"{self.name}, {self.num_examples} images of {height}x{width}, {'grey' if channels == 1 else 'colour'}"
        ]
        if self.class_names:
            shown = ", ".join(self.class_names[:_MOST_NAMED]) + ", ..." * (len(self.class_names) > _MOST_NAMED)
            parts.append(f"{self.num_classes} classes: {shown}")
        else:
            parts.append("no classes")
        none = "no test images: evaluate.py will need some, --holdout=0.1 sets them aside"
        parts.append(none if self.test_pixels is None else f"{len(self.test_pixels)} test images")
        return "; ".join(parts)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        height, width, channels = self.pixels.shape[1:]
        return height, width, channels

    @property
    def num_classes(self) -> int:
        """Number of classes; 1 for unlabelled data, whose every label is 0."""
        return max(1, len(self.class_names))

    @property
    def images(self) -> np.ndarray:
        """All training images, float32 in [-1, 1]. Needs 4 bytes a value: training reads `batch` instead."""
        return to_float(self.pixels)

    @property
    def test_images(self) -> np.ndarray | None:
        """All held-out images, float32 in [-1, 1], or None."""
        return None if self.test_pixels is None else to_float(self.test_pixels)

    def batch(self, indices: np.ndarray) -> np.ndarray:
        """Reads the images at `indices`, and no others.

        Args:
            indices: integers in [0, num_examples), of any shape.

        Returns:
            float32 in [-1, 1] of shape indices.shape + (height, width, channels).
        """
        return to_float(np.asarray(self.pixels[self._checked(indices)]))

    def label_batch(self, indices: np.ndarray) -> np.ndarray:
        """Reads the labels at `indices`: int32 of the shape of `indices`; zeros for unlabelled data."""
        indices = self._checked(indices)
        if self.labels is None:
            return np.zeros(indices.shape, np.int32)
        return self.labels[indices]

    def without_labels(self) -> Dataset:
        """The same images as one unlabelled class."""
        return dataclasses.replace(self, labels=None, class_names=(), test_labels=None)

    def with_holdout(self, fraction: float) -> Dataset:
        """Moves about this share of the training images into the test split.

        Each image's side is decided by a keyed hash of its own pixels, and by nothing else: one image more or less
        changes no other's side, so the guarantee speaks of the images that are left for training. Sizes, and the
        shares of the classes, are therefore approximate; equal images go to the same side.

        Args:
            fraction: in (0, 1).
        """
        if self.test_pixels is not None:
            raise DataError(f"{self.name} brings {len(self.test_pixels)} test images of its own: leave holdout at 0.")
        if not 0 < fraction < 1:
            hint = (
                f" {fraction:g} images are --holdout={fraction / self.num_examples:.3g} of these."
                if (1 <= fraction < self.num_examples)
                else ""
            )
            raise DataError(f"holdout={fraction:g}: give the share of the images to set aside, between 0 and 1.{hint}")
        threshold = int(fraction * 2**64)
        held_out = np.array([_hash_of(image) < threshold for image in self.pixels])
        if held_out.all() or not held_out.any():
            raise DataError(f"holdout={fraction:g} leaves one side of {self.num_examples} images empty: try 0.2.")
        labels = self.labels
        return dataclasses.replace(
            self,
            pixels=self.pixels[~held_out],
            labels=None if labels is None else labels[~held_out],
            test_pixels=self.pixels[held_out],
            test_labels=None if labels is None else labels[held_out],
        )

    def without_test_images(self, left_out: np.ndarray) -> Dataset:
        """The same data without some of its test images, given as `[num_test_examples]` bool."""
        labels = self.test_labels
        return dataclasses.replace(
            self, test_pixels=self.test_pixels[~left_out], test_labels=None if labels is None else labels[~left_out]
        )

    def _checked(self, indices: np.ndarray) -> np.ndarray:
        indices = np.asarray(indices)
        if indices.size == 0:
            return indices.astype(np.int64)
        # NumPy would read index -1 as the last image, and one person's image would stand in for padding.
        if indices.dtype.kind not in "iu" or indices.min() < 0 or indices.max() >= self.num_examples:
            raise IndexError(
                f"Image indices must be integers in [0, {self.num_examples}). Received {indices.dtype} from "
                f"{indices.min()} to {indices.max()}."
            )
        return indices


def _hash_of(image: np.ndarray) -> int:
    """64 bits that the image alone decides."""
    digest = hashlib.blake2b(np.ascontiguousarray(to_uint8(image)).tobytes(), digest_size=8, key=_HOLDOUT_KEY)
    return int.from_bytes(digest.digest(), "big")


def _check_split(name: str, pixels: np.ndarray, labels: np.ndarray | None, class_names: tuple[str, ...]) -> None:
    if pixels.ndim != 4 or pixels.shape[-1] not in (1, 3) or 0 in pixels.shape:
        raise DataError(
            f"{name}: images must have the shape [number, height, width, 1 or 3] with at least one image "
            f"and one pixel. Received {pixels.shape}."
        )
    if pixels.dtype not in (np.uint8, np.float32):
        raise DataError(f"{name}: images must be uint8 or float32. Received {pixels.dtype}.")
    if labels is None:
        return
    if labels.shape != (len(pixels),) or labels.dtype != np.int32:
        raise DataError(
            f"{name}: {len(pixels)} images need int32 labels of shape ({len(pixels)},). Received "
            f"{labels.dtype} of shape {labels.shape}."
        )
    if labels.min() < 0 or labels.max() >= len(class_names):
        raise DataError(
            f"{name}: labels must lie in [0, {len(class_names)}), the number of class names. Received "
            f"{labels.min()} to {labels.max()}."
        )
