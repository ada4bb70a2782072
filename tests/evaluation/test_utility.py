# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""gen2real and real2gen: good images near the best, noise near chance, and each figure from the right images."""

import numpy as np
import pytest

from tfdpgan import data
from tfdpgan.evaluation.utility import Spread, gen2real, over_seeds, real2gen


@pytest.fixture(scope="module")
def digits():
    return data.load_dataset("digits", image_size=16).with_holdout(500)


def test_real_images_are_near_the_best_and_noise_near_chance(digits):
    test = digits.test_pixels, digits.test_labels, 10
    best = gen2real(digits.pixels, digits.labels, *test, classifier="mlp")
    noise = np.random.default_rng(0).integers(0, 256, digits.pixels.shape, dtype=np.uint8)
    worst = gen2real(noise, digits.labels, *test, classifier="mlp")
    assert best.accuracy > 0.93
    assert worst.accuracy < 0.25
    assert (best.num_train, best.num_held_out, best.num_test) == (1167, 130, 500)
    assert best.classifier == "mlp" and best.seed == 0 and best.selected.startswith("epoch")


def test_the_two_directions_tell_one_image_of_each_class_from_many(digits):
    """A generator that repeats one image of each class: read with ease, and nothing to learn from."""
    ones = [np.flatnonzero(digits.labels == label)[0] for label in range(10)]
    images, labels = np.repeat(digits.pixels[ones], 60, axis=0), np.repeat(digits.labels[ones], 60)
    there = gen2real(images, labels, digits.test_pixels, digits.test_labels, 10, "logistic")
    back = real2gen(digits.pixels, digits.labels, images, labels, 10, "logistic")
    assert back.accuracy >= 0.9  # one of the ten may be misread
    assert there.accuracy < 0.8


def test_test_images_choose_nothing(digits):
    """Other test labels give another accuracy of the very same classifier."""
    few = digits.pixels[:300], digits.labels[:300], digits.test_pixels
    right = gen2real(*few, digits.test_labels, 10, "mlp", seed=1)
    wrong = gen2real(*few, (digits.test_labels + 1) % 10, 10, "mlp", seed=1)
    assert wrong.accuracy < 0.2 < right.accuracy
    assert (right.held_out_accuracy, right.selected) == (wrong.held_out_accuracy, wrong.selected)


def test_over_seeds(digits):
    few = digits.pixels[:200], digits.labels[:200], digits.test_pixels, digits.test_labels, 10, "logistic"
    spread = over_seeds(lambda seed: gen2real(*few, seed=seed), [0, 1, 2])
    assert spread.values == tuple(gen2real(*few, seed=seed).accuracy for seed in range(3))
    assert len(set(spread.values)) > 1


def test_spread():
    assert Spread.of([1.0, 2.0, 3.0]) == Spread(2.0, 1.0, (1.0, 2.0, 3.0))
    assert Spread.of([0.5]) == Spread(0.5, 0.0, (0.5,))


def test_images_of_other_shapes_are_refused(digits):
    with pytest.raises(ValueError, match="--image_size"):
        gen2real(digits.pixels, digits.labels, digits.test_pixels[:, :8], digits.test_labels, 10)
    with pytest.raises(ValueError, match="499 labels"):
        gen2real(digits.pixels, digits.labels, digits.test_pixels, digits.test_labels[1:], 10)


@pytest.mark.slow
def test_mnist_reads_itself(real_data_dir):
    if real_data_dir is None:
        pytest.skip("needs mnist.npz in TFDPGAN_TEST_DATA")
    mnist = data.load_dataset("mnist", data_dir=real_data_dir / "mnist.npz")
    found = gen2real(mnist.pixels, mnist.labels, mnist.test_pixels, mnist.test_labels, 10, "cnn")
    assert found.accuracy >= 0.985
