# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""DiffAugment against loops over pixels; and each image's own, with a gradient."""

import numpy as np
import pytest
import tensorflow as tf

from tfdpgan.training.augmentation.diff_augment import NUM_DRAWS, diff_augment


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(-1, 1, (40, 8, 10, 3)).astype(np.float32)


@pytest.fixture
def draws():
    return np.random.default_rng(1).random((40, NUM_DRAWS), dtype=np.float32)


def slow_color(image, draws):
    image = image + draws[0] - 0.5
    grey = image.mean(-1, keepdims=True)
    image = grey + (image - grey) * 2 * draws[1]
    return image.mean() + (image - image.mean()) * (draws[2] + 0.5)


def slow_translation(image, draws):
    moved, (height, width) = np.zeros_like(image), image.shape[:2]
    down = int(draws[3] * 3) - 1  # an eighth of 8 and of 10, rounded, is 1
    right = int(draws[4] * 3) - 1
    for y in range(height):
        for x in range(width):
            if 0 <= y - down < height and 0 <= x - right < width:
                moved[y, x] = image[y - down, x - right]
    return moved


def slow_cutout(image, draws):
    image = image.copy()
    top = int(draws[5] * 9) - 2  # four pixels of 8, from {0 .. 8} - 2
    left = int(draws[6] * 10) - 2  # five of 10, from {0 .. 9} - 2
    image[max(top, 0) : max(top + 4, 0), max(left, 0) : max(left + 5, 0)] = 0
    return image


@pytest.mark.parametrize(
    ("policy", "slow"), [("color", slow_color), ("translation", slow_translation), ("cutout", slow_cutout)]
)
def test_each_operation_equals_a_loop(images, draws, policy, slow):
    expected = [slow(image, own) for image, own in zip(images, draws, strict=True)]
    np.testing.assert_allclose(diff_augment(images, draws, policy), expected, rtol=1e-4, atol=1e-5)


def test_an_image_is_augmented_by_itself_alone_and_gradients_pass(images, draws):
    policy = "color_translation_cutout"
    with tf.GradientTape() as tape:
        variable = tf.Variable(images)
        together = diff_augment(variable, draws, policy)
    np.testing.assert_allclose(together[3:4], diff_augment(images[3:4], draws[3:4], policy), atol=1e-5)
    assert np.abs(tape.gradient(together, variable)).max() > 0
    np.testing.assert_array_equal(diff_augment(images, draws, "none"), images)


def test_shifts_and_holes_have_their_published_range():
    draws = np.zeros([2, NUM_DRAWS], np.float32)
    draws[1] = 1 - 1e-6
    for side, most in ((32, 4), (256, 32)):
        moved = diff_augment(tf.ones([2, side, side, 1]), draws, "translation").numpy()
        assert [int((image[side // 2] == 0).sum()) for image in moved] == [most, most]
        holes = diff_augment(tf.ones([2, side, side, 1]), draws, "cutout").numpy()
        assert [int((image == 0).sum()) for image in holes] == [(side // 4) ** 2] * 2
