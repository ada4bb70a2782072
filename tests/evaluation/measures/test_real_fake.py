# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The secondary network: half right on real against real, right on noise, and in between in order."""

import numpy as np
import pytest

from tfdpgan import data
from tfdpgan.evaluation.measures.real_fake import real_fake


@pytest.fixture(scope="module")
def many_digits():
    """8000 digits of [16, 16, 1], drawn with replacement and each moved and made noisy: independent of each other."""
    digits, rng = data.load_dataset("digits", image_size=16), np.random.default_rng(0)
    images = digits.pixels[rng.integers(0, len(digits.pixels), 8000)]
    shifts = rng.integers(-2, 3, (8000, 2))
    moved = np.stack([np.roll(image, shift, (0, 1)) for image, shift in zip(images, shifts, strict=True)])
    return np.clip(moved + rng.normal(0, 8, moved.shape), 0, 255).astype(np.uint8)


def test_real_against_real_is_half_and_noise_is_told_apart(many_digits):
    parts = np.split(many_digits, [2000, 4000, 6000])
    same = real_fake(*parts)
    assert same.accuracy == pytest.approx(0.5, abs=0.035)  # three standard deviations of 4000 test images
    noise = np.random.default_rng(1).integers(0, 256, (2, *parts[0].shape), dtype=np.uint8)
    apart = real_fake(parts[0], noise[0], parts[2], noise[1])
    assert apart.accuracy > 0.99
    assert apart.frechet_distance > 100 * same.frechet_distance >= 0
    assert (apart.num_train, apart.num_test) == (2000, 2000)


def test_the_more_an_image_is_blurred_the_better_it_is_told_apart(many_digits):
    parts = np.split(many_digits, [2000, 4000, 6000])

    def accuracy(share):
        blurred = [(1 - share) * part + share * np.roll(part, 3, axis=1) for part in parts[1::2]]
        return real_fake(parts[0], blurred[0].astype(np.uint8), parts[2], blurred[1].astype(np.uint8)).accuracy

    assert accuracy(0.02) < accuracy(0.1) < accuracy(0.3)


def test_numbers_are_made_equal_and_the_seed_decides(many_digits):
    noise = np.full((300, *many_digits.shape[1:]), 7, np.uint8)
    first, again = (
        real_fake(many_digits[:900], noise[:200], many_digits[900:1000], noise[200:], seed=4) for _ in range(2)
    )
    assert first == again
    assert (first.num_train, first.num_test) == (200, 100)


def test_other_shapes_are_refused(many_digits):
    with pytest.raises(ValueError, match="height"):
        real_fake(many_digits, many_digits[:, :8], many_digits, many_digits)
    with pytest.raises(ValueError, match="2 or more"):
        real_fake(many_digits, many_digits, many_digits[:1], many_digits)


@pytest.mark.slow
def test_mnist_against_itself(real_data_dir):
    if real_data_dir is None:
        pytest.skip("needs mnist.npz in TFDPGAN_TEST_DATA")
    mnist = data.load_dataset("mnist", data_dir=real_data_dir / "mnist.npz")
    order = np.random.default_rng(0).permutation(60_000)
    parts = np.split(mnist.pixels[order], [25_000, 50_000, 55_000])
    assert real_fake(*parts).accuracy == pytest.approx(0.5, abs=0.02)
