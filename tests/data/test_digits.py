# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The embedded digits."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from tfdpgan.data import load_dataset


def test_all_digits_are_there_for_training():
    digits = load_dataset("digits")
    assert digits.num_examples == 1797 and digits.image_shape == (28, 28, 1) and digits.num_classes == 10
    assert digits.test_pixels is None and not digits.is_public
    assert load_dataset("digits", is_public=True).is_public


@pytest.mark.parametrize("image_size", [8, 16, 28, 32, 64])
def test_every_size_has_a_black_frame_around_a_centred_digit(image_size):
    pixels = load_dataset("digits", image_size=image_size).pixels
    assert pixels.shape == (1797, image_size, image_size, 1)
    frame = pixels.copy()
    margin = round(image_size / 7)
    frame[:, margin : image_size - margin, margin : image_size - margin] = 0
    assert frame.max() == 0
    assert pixels.max() == 255


def test_digits_stay_readable():
    digits = load_dataset("digits", holdout=0.165)
    classifier = KNeighborsClassifier(3).fit(digits.images.reshape(len(digits.images), -1), digits.labels)
    assert classifier.score(digits.test_images.reshape(len(digits.test_images), -1), digits.test_labels) > 0.97


def test_background_is_as_black_as_mnist():
    # Half of MNIST's pixels and more are exactly 0; a frame without margin would leave a third.
    assert 0.55 < np.mean(load_dataset("digits").pixels == 0) < 0.85
