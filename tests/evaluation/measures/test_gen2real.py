# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""gen2real: good images near the best, noise near chance, and the figure from the right images."""

import numpy as np
import pytest

from tfdpgan import data
from tfdpgan.evaluation.measures.gen2real import gen2real


@pytest.fixture(scope="module")
def digits():
    return data.load_dataset("digits", image_size=16).with_holdout(0.28)


def test_real_images_are_near_the_best_and_noise_near_chance(digits):
    test = digits.test_pixels, digits.test_labels, 10
    best = gen2real(digits.pixels, digits.labels, *test, classifier="mlp")
    noise = np.random.default_rng(0).integers(0, 256, digits.pixels.shape, dtype=np.uint8)
    worst = gen2real(noise, digits.labels, *test, classifier="mlp")
    assert best.accuracy > 0.93
    assert worst.accuracy < 0.25
    assert best.num_train + best.num_held_out == len(digits.pixels) and best.num_test == len(digits.test_pixels)
    assert best.num_held_out == pytest.approx(len(digits.pixels) / 10, abs=1)
    assert best.classifier == "mlp" and best.seed == 0 and best.selected.startswith("epoch")


def test_test_images_choose_nothing(digits):
    """Other test labels give another accuracy of the very same classifier."""
    few = digits.pixels[:300], digits.labels[:300], digits.test_pixels
    right = gen2real(*few, digits.test_labels, 10, "mlp", seed=1)
    wrong = gen2real(*few, (digits.test_labels + 1) % 10, 10, "mlp", seed=1)
    assert wrong.accuracy < 0.2 < right.accuracy
    assert (right.held_out_accuracy, right.selected) == (wrong.held_out_accuracy, wrong.selected)


def test_each_seed_gives_another_accuracy(digits):
    few = digits.pixels[:200], digits.labels[:200], digits.test_pixels, digits.test_labels, 10, "logistic"
    values = [gen2real(*few, seed=seed).accuracy for seed in range(3)]
    assert len(set(values)) > 1 and values[0] == gen2real(*few, seed=0).accuracy


def test_images_of_other_shapes_are_refused(digits):
    with pytest.raises(ValueError, match="--image_size"):
        gen2real(digits.pixels, digits.labels, digits.test_pixels[:, :8], digits.test_labels, 10)
    with pytest.raises(ValueError, match=f"{len(digits.test_labels) - 1} labels"):
        gen2real(digits.pixels, digits.labels, digits.test_pixels, digits.test_labels[1:], 10)


@pytest.mark.slow
def test_mnist_reads_itself(real_data_dir):
    if real_data_dir is None:
        pytest.skip("needs mnist.npz in TFDPGAN_TEST_DATA")
    mnist = data.load_dataset("mnist", data_dir=real_data_dir / "mnist.npz")
    found = gen2real(mnist.pixels, mnist.labels, mnist.test_pixels, mnist.test_labels, 10, "cnn")
    assert found.accuracy >= 0.985
