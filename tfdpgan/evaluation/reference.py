# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Which real images an evaluation reads, and what for.

Private training images are read only by permission. Without it everything real comes from the test split, which is
taken to be public: measures compare with all of it, and whatever has to learn from real images first (the classifier
extractor, the real/fake network) learns from one half and is used on the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tfdpgan.config import ConfigError
from tfdpgan.data.dataset import Dataset
from tfdpgan.data.pixels import to_uint8

_MOST_IMAGES = 60_000  # of one split: bounds memory and time
_SEED = 2020  # a public constant: halves and samples are the same on every machine


@dataclass(frozen=True, eq=False)
class Split:
    """Real images of one source.

    Attributes:
        name: such as "test" or "test, first half".
        images: `[n, h, w, c]` uint8.
        labels: `[n]` int32, or None.
        is_private: whether they are training images that nobody declared public.
    """

    name: str
    images: np.ndarray
    labels: np.ndarray | None
    is_private: bool

    def __len__(self) -> int:
        return len(self.images)

    def halves(self) -> tuple[Split, Split]:
        """Two disjoint halves with the classes in equal shares."""
        order = np.random.default_rng(_SEED).permutation(len(self))
        if self.labels is not None:
            order = order[np.argsort(self.labels[order], kind="stable")]
        return self._part("first half", np.sort(order[::2])), self._part("second half", np.sort(order[1::2]))

    def sample(self, num_images: int) -> Split:
        """So many of the images at random, always the same ones; all of them where there are fewer."""
        if num_images >= len(self):
            return self
        rows = np.sort(np.random.default_rng(_SEED).choice(len(self), num_images, replace=False))
        return Split(self.name, self.images[rows], None if self.labels is None else self.labels[rows], self.is_private)

    def _part(self, name: str, rows: np.ndarray) -> Split:
        labels = None if self.labels is None else self.labels[rows]
        return Split(f"{self.name}, {name}", self.images[rows], labels, self.is_private)


@dataclass(frozen=True, eq=False)
class References:
    """The splits by their use.

    Attributes:
        compared: what generated images are compared with, and what gen2real is tested on.
        learned: what the classifier extractor learns from.
        compared_after_learning: `compared`, without what the extractor has learned from.
        train: training images, where they may be read.
        real_fake_train: what the real/fake network is trained on.
        real_fake_test: what it is tested on.
    """

    compared: Split
    learned: Split
    compared_after_learning: Split
    train: Split | None
    real_fake_train: Split
    real_fake_test: Split

    @property
    def reads_private(self) -> bool:
        """Whether any of them holds private training images."""
        splits = (
            self.compared,
            self.learned,
            self.compared_after_learning,
            self.train,
            self.real_fake_train,
            self.real_fake_test,
        )
        return any(split.is_private for split in splits if split is not None)


def choose_references(dataset: Dataset, allow_private_reference: bool, reference: str = "auto") -> References:
    """Assigns the splits of a data set to their uses.

    Args:
        dataset: the real data.
        allow_private_reference: whether private training images may be read.
        reference: "test", "train", or "auto": test, or train where there is no test split.

    Raises:
        ConfigError: where there is nothing that may be read.
    """
    may_read_train = allow_private_reference or dataset.is_public
    if reference == "train" and not may_read_train:
        raise ConfigError(
            f"--reference=train reads the training images of {dataset.name}, which are private: add "
            "--allow_private_reference (figures are then outside the guarantee)."
        )
    if dataset.test_pixels is None and (reference == "test" or not may_read_train):
        raise ConfigError(
            f"{dataset.name} has no test split to compare with. Train with --holdout=0.1 (a folder: with test/ beside "
            "train/); or compare with the training images, outside the guarantee, by --allow_private_reference."
        )
    test = public_test_split(dataset)
    train = _split("train", dataset.pixels, dataset.labels, not dataset.is_public) if may_read_train else None
    compared = train if test is None or reference == "train" else test
    learned_from = train or test
    learned, rest = learned_from.halves() if learned_from is compared else (learned_from, compared)
    both = train is not None and test is not None
    real_fake = (train, test) if both else learned_from.halves()
    return References(compared, learned, rest, train, *real_fake)


def public_test_split(dataset: Dataset) -> Split | None:
    """The test images, which are taken to be public; at most 60 000 of them. None where there are none."""
    if dataset.test_pixels is None:
        return None
    return _split("test", dataset.test_pixels, dataset.test_labels, False)


def _split(name: str, pixels: np.ndarray, labels: np.ndarray | None, is_private: bool) -> Split:
    if len(pixels) > _MOST_IMAGES:
        rows = np.sort(np.random.default_rng(_SEED).choice(len(pixels), _MOST_IMAGES, replace=False))
        pixels, labels = pixels[rows], None if labels is None else labels[rows]
    return Split(name, to_uint8(np.asarray(pixels)), labels, is_private)
