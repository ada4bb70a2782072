# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The Dataset value: what a batch holds, what is refused, what is held out."""

import dataclasses
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfdpgan.data import DataError, Dataset, load_dataset


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_dataset("digits")


@given(shape=st.lists(st.integers(0, 3), max_size=3), data=st.data())
def test_batch_reads_the_rows_asked_for_in_any_shape(digits, shape, data):
    count = int(np.prod(shape))
    flat = data.draw(st.lists(st.integers(0, digits.num_examples - 1), min_size=count, max_size=count))
    indices = np.array(flat, np.int64).reshape(shape)
    images, labels = digits.batch(indices), digits.label_batch(indices)
    assert images.dtype == np.float32 and images.shape == (*indices.shape, 28, 28, 1)
    assert labels.dtype == np.int32 and labels.shape == indices.shape
    np.testing.assert_array_equal(images.reshape(-1, 28, 28, 1), digits.images[indices.ravel()])
    np.testing.assert_array_equal(labels.ravel(), digits.labels[indices.ravel()])


@pytest.mark.parametrize("indices", [[-1], [1797], [0.5], [True]])
def test_batch_refuses_indices_that_numpy_would_bend(digits, indices):
    with pytest.raises(IndexError, match="Image indices"):
        digits.batch(np.array(indices))


def test_values_span_minus_one_to_one_exactly(digits):
    assert digits.images.min() == -1.0 and digits.images.max() == 1.0


def test_unlabelled_data_is_one_class_of_zeros(digits):
    unlabelled = digits.without_labels()
    assert unlabelled.num_classes == 1 and unlabelled.class_names == ()
    np.testing.assert_array_equal(unlabelled.label_batch(np.array([[3, 5]])), [[0, 0]])


def test_holdout_is_about_the_share_fixed_and_disjoint(digits):
    first, second = digits.with_holdout(0.2), digits.with_holdout(0.2)
    np.testing.assert_array_equal(first.test_pixels, second.test_pixels)
    assert first.num_examples + len(first.test_images) == 1797
    assert 0.15 * 1797 < len(first.test_images) < 0.25 * 1797
    assert np.bincount(first.test_labels).min() > 0.1 * 179
    together = np.concatenate([first.pixels, first.test_pixels]).reshape(1797, -1)
    np.testing.assert_array_equal(np.sort(together, axis=0), np.sort(digits.pixels.reshape(1797, -1), axis=0))


@pytest.mark.parametrize("extreme", [0, 255, "noise", "copy"])
def test_one_image_more_changes_the_side_of_no_other(digits, extreme):
    """It moved 136 others before, when the classes took turns in a permutation of all."""
    if extreme == "noise":
        added = np.random.default_rng(0).integers(0, 256, (28, 28, 1), np.uint8)
    else:
        added = digits.pixels[5] if extreme == "copy" else np.full((28, 28, 1), extreme, np.uint8)
    place = 1000
    more = dataclasses.replace(
        digits, pixels=np.insert(digits.pixels, place, added, axis=0), labels=np.insert(digits.labels, place, 3)
    )
    before, after = digits.with_holdout(0.1), more.with_holdout(0.1)
    gained = len(after.pixels) - len(before.pixels)
    assert gained in (0, 1) and len(after.test_pixels) - len(before.test_pixels) == 1 - gained
    for images, labels in (("pixels", "labels"), ("test_pixels", "test_labels")):
        old, new = (
            Counter(
                (image.tobytes(), int(label))
                for image, label in zip(getattr(split, images), getattr(split, labels), strict=True)
            )
            for split in (before, after)
        )
        assert not old - new, "an image changed its side or its label"


@pytest.mark.parametrize("fraction", [-0.1, 1.0, 300, 5000])
def test_impossible_holdout_is_refused(digits, fraction):
    with pytest.raises(DataError, match="holdout="):
        digits.with_holdout(fraction)
    with pytest.raises(DataError, match="300 images are --holdout=0.167"):
        digits.with_holdout(300)


def test_a_second_test_split_is_refused(digits):
    with pytest.raises(DataError, match="of its own"):
        digits.with_holdout(0.1).with_holdout(0.1)


def test_repr_shows_no_pixel(digits):
    assert "array" not in repr(digits)


_PIXELS = np.zeros((2, 4, 4, 1), np.uint8)
_LABELS = np.array([0, 1], np.int32)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"pixels": _PIXELS[..., 0]}, "must have the shape"),
        ({"pixels": _PIXELS[:0]}, "must have the shape"),
        ({"pixels": _PIXELS.astype(np.float64)}, "uint8 or float32"),
        ({"labels": _LABELS}, "together or not at all"),
        ({"labels": _LABELS, "class_names": ("a",)}, r"labels must lie in \[0, 1\)"),
        ({"labels": _LABELS[:1], "class_names": ("a", "b")}, "2 images need int32 labels"),
        ({"test_labels": _LABELS}, "no test images"),
        ({"test_pixels": _PIXELS[:, :3]}, "must be the same"),
        ({"labels": _LABELS, "class_names": ("a", "b"), "test_pixels": _PIXELS}, "either both splits"),
    ],
)
def test_parts_that_do_not_fit_are_refused(fields, message):
    with pytest.raises(DataError, match=message):
        Dataset(**{"name": "x", "pixels": _PIXELS, **fields})
