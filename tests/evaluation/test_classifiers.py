# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The three classifiers: they learn, they choose on held-out images alone, and they take any size of image."""

import numpy as np
import pytest

from tfdpgan import data
from tfdpgan.evaluation import classifiers


@pytest.fixture(scope="module")
def digits():
    return data.load_dataset("digits", image_size=16).with_holdout(0.28)


@pytest.mark.parametrize(
    ("name", "least"), [pytest.param("cnn", 0.95, marks=pytest.mark.slow), ("mlp", 0.93), ("logistic", 0.92)]
)
def test_each_reads_digits(digits, name, least):
    fitted = classifiers.fit(name, digits.pixels, digits.labels, 10, seed=0)
    assert np.mean(fitted.predict(digits.test_pixels) == digits.test_labels) > least
    assert fitted.num_train + fitted.num_held_out == len(digits.pixels)
    assert fitted.num_held_out == round(0.1 * len(digits.pixels))
    # floats in [-1, 1] of the same 256 levels are the same images
    np.testing.assert_array_equal(fitted.predict(digits.test_images[:50]), fitted.predict(digits.test_pixels[:50]))


@pytest.mark.parametrize("name", [pytest.param("cnn", marks=pytest.mark.slow), "mlp", "logistic"])
def test_the_seed_decides(digits, name):
    few = digits.pixels[:200], digits.labels[:200]
    first, again = (classifiers.fit(name, *few, 10, seed=3) for _ in range(2))
    assert first.held_out_accuracy == again.held_out_accuracy and first.selected == again.selected
    np.testing.assert_array_equal(first.predict(digits.test_pixels[:99]), again.predict(digits.test_pixels[:99]))


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("cnn", (32, 32, 3)),
        ("cnn", (20, 30, 1)),
        ("mlp", (32, 32, 3)),
        ("logistic", (20, 30, 3)),
    ],
)
def test_any_size_and_missing_classes(name, shape):
    labels = np.tile([0, 2], 15)  # of four
    images = np.where(labels[:, None, None, None] == 2, 200, 30) * np.ones(shape)
    fitted = classifiers.fit(name, images.astype(np.uint8), labels, 4, seed=0)
    np.testing.assert_array_equal(fitted.predict(images.astype(np.uint8)), labels)


@pytest.mark.parametrize("name", classifiers.CLASSIFIERS)
def test_a_single_class(name):
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype=np.uint8)
    fitted = classifiers.fit(name, images, np.full(40, 3), 5, seed=0)
    assert (fitted.predict(images) == 3).all()


def test_the_best_epoch_is_kept(digits, monkeypatch):
    """With one epoch and with the usual number: what is kept is at least as good on the held-out images."""
    few = digits.pixels[:300], digits.labels[:300]
    usual = classifiers.fit("mlp", *few, 10, seed=0)
    monkeypatch.setattr(classifiers, "_num_epochs", lambda _: 1)
    short = classifiers.fit("mlp", *few, 10, seed=0)
    assert short.selected == "epoch 1 of 1"
    assert usual.held_out_accuracy > short.held_out_accuracy


def test_few_images_get_more_epochs():
    assert classifiers._num_epochs(20_000) == 6
    assert classifiers._num_epochs(1_000) == 60
    assert classifiers._num_epochs(9_000) * np.ceil(9_000 / 256) >= 420


@pytest.mark.parametrize(
    ("name", "shape", "labels", "num_classes", "words"),
    [
        ("tree", (20, 8, 8, 1), [0] * 20, 2, "tree"),
        ("cnn", (20, 8, 8), [0] * 20, 2, "height"),
        ("cnn", (5, 8, 8, 1), [0] * 5, 2, "10 images"),
        ("mlp", (20, 8, 8, 1), [0] * 20, 1, "2 classes"),
        ("mlp", (20, 8, 8, 1), [2] * 20, 2, "from 0 to 1"),
        ("mlp", (20, 8, 8, 1), [0] * 19, 2, "as many labels"),
    ],
)
def test_what_cannot_be_fitted_is_refused(name, shape, labels, num_classes, words):
    with pytest.raises(ValueError, match=words):
        classifiers.fit(name, np.zeros(shape, np.uint8), np.array(labels), num_classes, seed=0)
