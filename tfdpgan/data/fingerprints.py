# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Which images a run was trained on, in a form that tells nothing without the key beside it.

Figures that claim to have read no training image need more than another path: a copy of the training data has one. So
a private run keeps a keyed hash of each of its training images, and what is about to be read is looked up there. Hashes
are of the pixels in the run's format, so the same image is found again in a copy, an archive or a folder. An image that
was resized or compressed anew is another image to them.

The file belongs into a folder that never leaves the trainer: whoever has it can ask whether an image was trained on.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from tfdpgan.data.dataset import Dataset
from tfdpgan.data.pixels import DataError, to_uint8
from tfdpgan.files import atomic

_FILES = {False: "training_images.npz", True: "public_training_images.npz"}  # by whether the images are public
_KEY_BYTES, _HASH_BYTES = 32, 16
MOST_LEFT_OUT = 0.05  # share of a test split that may be copies of training images, as in some published data sets


class Fingerprints:
    """Keyed hashes of images.

    Args:
        key: 32 random bytes.
        hashes: of the images that are known.
    """

    def __init__(self, key: bytes, hashes: frozenset[bytes]) -> None:
        self._key, self._hashes = key, hashes

    @classmethod
    def of(cls, images: np.ndarray) -> Fingerprints:
        """Those of images `[n, h, w, c]`, uint8 or float32 in [-1, 1], under a new key of the operating system."""
        key = os.urandom(_KEY_BYTES)
        return cls(key, frozenset(_hash(image, key) for image in images))

    @classmethod
    def load(cls, folder: Path, is_public: bool = False) -> Fingerprints | None:
        """What `save` left in a folder; None where there is nothing; DataError where that is damaged."""
        path = folder / _FILES[is_public]
        try:
            with np.load(path, allow_pickle=False) as archive:
                key, hashes = archive["key"].tobytes(), archive["hashes"]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise DataError(f"{path} is damaged ({error}): restore it from a copy.") from None
        return cls(key, frozenset(bytes(each) for each in hashes))

    def save(self, folder: Path, is_public: bool = False) -> None:
        """Writes key and hashes, sorted, into an existing folder that never leaves the trainer.

        Those of public images have a file of their own: nothing keeps such images out of figures.
        """
        hashes = np.array([np.frombuffer(each, np.uint8) for each in sorted(self._hashes)])
        atomic.write_arrays_atomically(
            folder / _FILES[is_public], key=np.frombuffer(self._key, np.uint8), hashes=hashes
        )

    def are_of(self, images: np.ndarray) -> bool:
        """Whether these images `[n, h, w, c]`, in any order, are the known ones: all of them and no other."""
        return {_hash(image, self._key) for image in images} == self._hashes

    def contain(self, images: np.ndarray) -> np.ndarray:
        """For each image `[n, h, w, c]` whether it is known: `[n]` bool."""
        return np.array([_hash(image, self._key) in self._hashes for image in images], bool)


def without_training_images(dataset: Dataset, folder: Path | None) -> tuple[Dataset, dict[str, Any]]:
    """Leaves copies of training images out of the test split.

    Args:
        dataset: what is about to be read.
        folder: where a run keeps the fingerprints of its training images; None for images that come from no run.

    Returns:
        The data set, and for evaluation.json whether it was `compared`, and how many were `left_out_of_test_images`.

    Raises:
        DataError: more than 5 % of the test images are training images, or images declared public are.
    """
    known = Fingerprints.load(folder) if folder else None
    if known is None:
        return dataset, {"compared": False, "left_out_of_test_images": 0}
    if dataset.is_public and (count := int(known.contain(dataset.pixels).sum())):
        raise DataError(
            f"{count} images of {dataset.name} are private training images of this run, whatever --public_data says. "
            "Leave it out; --allow_private_reference marks figures that read them."
        )
    if dataset.test_pixels is None:
        return dataset, {"compared": True, "left_out_of_test_images": 0}
    is_known = known.contain(dataset.test_pixels)
    count = int(is_known.sum())
    if count > MOST_LEFT_OUT * len(is_known):
        raise DataError(
            f"{count} of {len(is_known)} test images of {dataset.name} are training images of this run: they are a "
            "test split by name alone. Give images that it was not trained on."
        )
    return dataset.without_test_images(is_known), {"compared": True, "left_out_of_test_images": count}


def _hash(image: np.ndarray, key: bytes) -> bytes:
    pixels = np.ascontiguousarray(to_uint8(image))
    return hashlib.blake2b(pixels.tobytes(), digest_size=_HASH_BYTES, key=key).digest()
