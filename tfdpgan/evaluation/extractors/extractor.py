# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What every feature extractor is."""

from __future__ import annotations

import abc
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special


@dataclass(frozen=True)
class ExtractorOptions:
    """What a row of the table may need to make its extractor.

    Attributes:
        images: `[n, h, w, c]` uint8 that a classifier may learn from; None where there are none.
        labels: `[n]` int32, or None.
        num_classes: of the labels; 1 for none.
        data_name: what these images are called, such as "mnist".
        cache_dir: folder in which learned weights are kept, or None.
        inception_path: a folder with TF-GAN's Inception as a SavedModel, or None to download it.
        vgg16_path: a `.h5` file with the weights of keras.applications.VGG16 without its top, or None to download them.
        vgg16_preprocessing: "caffe" (Keras' own weights) or "torch".
        vgg16_size: side in pixels of the images that VGG16 sees.
    """

    images: np.ndarray | None = None
    labels: np.ndarray | None = None
    num_classes: int = 1
    data_name: str = "data"
    cache_dir: Path | None = None
    inception_path: str | None = None
    vgg16_path: str | None = None
    vgg16_preprocessing: str = "caffe"
    vgg16_size: int = 64


class Extractor(abc.ABC):
    """Turns images into features.

    Attributes:
        name: what it is called beside a figure, such as "classifier[mnist]".
        key: everything that its features depend on, the images apart: 64 hexadecimal digits.
        learned_from_data: whether it was fitted to the evaluation's own images.
        has_logits: whether it has a classifier's head.
        is_costly: whether features of the same images are worth keeping from one evaluation to the next.
        own_names: what a measure is called on this network alone, by the measure's title.
    """

    name: str
    key: str
    learned_from_data = False
    has_logits = False
    is_costly = False
    own_names: Mapping[str, str] = {}

    def name_of(self, title: str) -> str:
        """What a measure is called on these features: "FID" on Inception, else "Frechet distance (pixels)"."""
        return self.own_names.get(title, f"{title} ({self.name})")

    def features(self, images: np.ndarray, batch_size: int = 256) -> np.ndarray:
        """`[n, d]` float32 features of images `[n, h, w, c]` uint8."""
        return self.activations(images, batch_size)[0]

    def probabilities(self, images: np.ndarray, batch_size: int = 256) -> np.ndarray | None:
        """`[n, k]` float32 probabilities of the classes, or None where there is no classifier's head."""
        logits = self.activations(images, batch_size)[1]
        return None if logits is None else special.softmax(logits.astype(np.float64), axis=1).astype(np.float32)

    def activations(self, images: np.ndarray, batch_size: int = 256) -> tuple[np.ndarray, np.ndarray | None]:
        """Features `[n, d]` and logits `[n, k]` (or None), both float32, in one pass over the images."""
        parts = [self._of_batch(batch) for batch in _batches(images, batch_size)]
        features = np.concatenate([part[0] for part in parts])
        return features, None if parts[0][1] is None else np.concatenate([part[1] for part in parts])

    @abc.abstractmethod
    def _of_batch(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Features and logits of one batch `[n, h, w, c]` uint8, as float32 arrays."""


@dataclass(frozen=True)
class ExtractorRow:
    """An extractor before it is made: one row of EXTRACTORS.

    Attributes:
        features: what they are, in words.
        paper: who defined the network.
        make: makes the extractor; raises ConfigError where what it needs is missing.
        needs_labels: needs images with labels of 2 classes or more to learn from.
    """

    features: str
    paper: str
    make: Callable[[ExtractorOptions], Extractor]
    needs_labels: bool = False


def make_key(**parts: Any) -> str:
    """A checksum of JSON values."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def arrays_checksum(*arrays: np.ndarray | None) -> str:
    """A checksum of arrays: shapes, dtypes and values."""
    digest = hashlib.sha256()
    for array in arrays:
        if array is not None:
            array = np.ascontiguousarray(array)
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(array.data.cast("B"))
        digest.update(b"|")
    return digest.hexdigest()


def as_rgb(images: np.ndarray) -> np.ndarray:
    """Images with three channels: grey ones have it three times."""
    return np.repeat(images, 3, axis=-1) if images.shape[-1] == 1 else images


def _batches(images: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    if images.ndim != 4 or not len(images) or images.dtype != np.uint8:
        raise ValueError(
            f"Extractors take uint8 images [n, height, width, channels], n at least 1. Received: {images.dtype} "
            f"{images.shape}."
        )
    for start in range(0, len(images), batch_size):
        yield images[start : start + batch_size]
