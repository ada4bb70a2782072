# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""real2gen beside gen2real: what is read with ease may be nothing to learn from."""

import numpy as np
import pytest

from tfdpgan import data
from tfdpgan.evaluation.measures.gen2real import gen2real
from tfdpgan.evaluation.measures.real2gen import real2gen


@pytest.fixture(scope="module")
def digits():
    return data.load_dataset("digits", image_size=16).with_holdout(0.28)


def test_the_two_directions_tell_one_image_of_each_class_from_many(digits):
    """A generator that repeats one image of each class: read with ease, and nothing to learn from."""
    ones = [np.flatnonzero(digits.labels == label)[0] for label in range(10)]
    images, labels = np.repeat(digits.pixels[ones], 60, axis=0), np.repeat(digits.labels[ones], 60)
    there = gen2real(images, labels, digits.test_pixels, digits.test_labels, 10, "logistic")
    back = real2gen(digits.pixels, digits.labels, images, labels, 10, "logistic")
    assert back.accuracy >= 0.9  # one of the ten may be misread
    assert there.accuracy < 0.8


def test_noise_shows_no_class(digits):
    noise = np.random.default_rng(0).integers(0, 256, digits.pixels.shape, dtype=np.uint8)
    found = real2gen(digits.pixels, digits.labels, noise, digits.labels, 10, "logistic")
    assert found.accuracy < 0.25 and found.num_test == len(noise)
    assert found.num_train + found.num_held_out == len(digits.pixels)


def test_images_of_other_shapes_are_refused(digits):
    with pytest.raises(ValueError, match="--image_size"):
        real2gen(digits.pixels, digits.labels, digits.test_pixels[:, :8], digits.test_labels, 10)
