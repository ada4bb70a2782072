# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Images from files: what is read, how labels find their classes, what is refused."""

import numpy as np
import pytest

from tfdpgan import data
from tfdpgan.config import ConfigError
from tfdpgan.evaluation.evaluated_images import EvaluatedImages, check_shape, read_images
from tfdpgan.generation.image_writers import save_images

NAMES = ("T-shirt/top", "Trouser", "Bag")


@pytest.fixture(scope="module")
def reference():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (30, 28, 28, 1), dtype=np.uint8)
    return data.dataset_from_arrays(images, np.arange(30) % 3, NAMES)


@pytest.mark.parametrize("name", ["x.npz", "folder"])
def test_what_generate_writes_is_read_back(tmp_path, reference, name):
    labels = np.sort(np.arange(30) % 3).astype(np.int32)
    save_images(tmp_path / name, reference.pixels, labels, NAMES)
    found = read_images(str(tmp_path / name), reference, 100)
    assert found.images.dtype == np.uint8 and found.images.shape == (30, 28, 28, 1)
    written = {(image.tobytes(), int(label)) for image, label in zip(reference.pixels, labels, strict=True)}
    read = {(image.tobytes(), int(label)) for image, label in zip(found.images, found.labels, strict=True)}
    assert read == written


def test_of_many_images_the_same_few_are_taken(tmp_path, reference):
    save_images(tmp_path / "x.npz", reference.pixels, reference.labels, NAMES)
    first, second = (read_images(str(tmp_path / "x.npz"), reference, 21) for _ in range(2))
    assert len(first.images) == 21
    np.testing.assert_array_equal(first.images, second.images)


def test_numbers_stand_for_themselves_and_labels_may_be_missing(tmp_path, reference):
    np.savez(tmp_path / "numbers.npz", images=reference.pixels, labels=reference.labels)
    np.testing.assert_array_equal(read_images(str(tmp_path / "numbers.npz"), reference, 30).labels, reference.labels)
    np.savez(tmp_path / "none.npz", images=reference.pixels)
    assert read_images(str(tmp_path / "none.npz"), reference, 30).labels is None


def test_what_cannot_be_evaluated_is_refused(tmp_path, reference):
    np.savez(tmp_path / "few.npz", images=reference.pixels[:19])
    np.savez(tmp_path / "names.npz", images=reference.pixels, labels=reference.labels, class_names=["a", "b", "c"])
    (tmp_path / "model.tflite").write_bytes(b"TFL3")
    for name, words in (("few.npz", "20 images"), ("names.npz", "'a'"), ("model.tflite", "tflite"), ("no", "no such")):
        with pytest.raises(ConfigError, match=words):
            read_images(str(tmp_path / name), reference, 100)
    with pytest.raises(ConfigError, match="--image_size=32"):
        check_shape(EvaluatedImages(np.zeros((20, 32, 32, 1), np.uint8), None, "x", {}), reference)
