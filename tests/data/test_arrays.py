# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Data sets from arrays and .npz files: the range of values is declared, everything else is each image's own."""

import numpy as np
import pytest

from tfdpgan.data import DataError, dataset_from_arrays, load_dataset
from tfdpgan.generation.image_writers import save_images


@pytest.fixture(scope="module")
def bytes_and_labels(digit_images):
    return digit_images


def test_every_allowed_range_means_the_same_images(bytes_and_labels):
    pixels, labels = bytes_and_labels
    expected = dataset_from_arrays(pixels, labels)
    assert expected.image_shape == (28, 28, 1) and expected.num_classes == 10
    assert np.shares_memory(expected.pixels, pixels)
    unit = pixels / 255.0
    for images, value_range in (
        (pixels.astype(np.int64), None),
        (unit, (0, 1)),
        ((unit * 2 - 1).astype(np.float32), (-1, 1)),
        (unit.astype(np.float16), (0, 1)),
        (pixels.astype(np.float32), (0, 255)),
    ):
        dataset = dataset_from_arrays(images, labels[:, np.newaxis], value_range=value_range)
        np.testing.assert_allclose(dataset.images, expected.images, atol=2e-3)
        assert dataset.batch(np.array([0])).dtype == np.float32
    black_and_white = dataset_from_arrays(pixels > 99).images[..., 0]
    np.testing.assert_array_equal(black_and_white, np.where(pixels > 99, 1, -1))


def test_the_stated_range_decides_and_nothing_else():
    images = np.full((2, 4, 4), 0.5)
    assert (dataset_from_arrays(images, value_range=(0, 1)).images == 0.0).all()
    assert (dataset_from_arrays(images, value_range=(-1, 1)).images == 0.5).all()
    assert (dataset_from_arrays((images > 0.2).astype(np.uint8)).images < -0.99).all()  # 1 of 255
    assert (dataset_from_arrays(np.ones((2, 4, 4), int), value_range=(0, 1)).images == 1.0).all()


_GOOD = np.linspace(0, 1, 2 * 4 * 4).reshape(2, 4, 4)


@pytest.mark.parametrize("extreme", [-1e-6, 1.0001, 255.0, -1e30, np.nan, np.inf, -np.inf])
def test_one_pixel_of_one_image_changes_no_other_image(bytes_and_labels, extreme):
    """500 images in [0, 1] and one more with a pixel of -1e-6 moved the class sums by 334, not by 1."""
    unit = bytes_and_labels[0] / 255.0
    added = unit[:1].copy()
    added[0, 3, 3] = extreme
    before = dataset_from_arrays(unit, value_range=(0, 1))
    after = dataset_from_arrays(np.concatenate([unit, added]), value_range=(0, 1))
    np.testing.assert_array_equal(after.images[:-1], before.images)
    assert np.isfinite(after.images).all() and np.abs(after.images).max() <= 1.0
    if not np.isfinite(extreme):
        assert (after.images[-1] == 0.0).all()


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (_GOOD, r"floating-point, and their range is not stated: say value_range=\(0, 1\)"),
        (_GOOD.astype(np.float16), "range is not stated"),
        (_GOOD[0], "must have the shape"),
        (np.zeros((2, 3, 8, 8)), "np.moveaxis"),
        (np.zeros((2, 8, 8, 4)), "must have the shape"),
        (np.zeros((0, 8, 8)), "empty"),
        ([[[0.0]], [[0.0, 1.0]]], "differ in size"),
        (np.array([[["a"]]]), "must be numbers"),
    ],
)
def test_images_that_could_mean_anything_are_refused(images, message):
    with pytest.raises(DataError, match=message) as caught:
        dataset_from_arrays(images)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0.0, 1.0], "must be integers"),
        (["cat", "dog"], "np.unique"),
        ([0, -1], "from 0"),
        ([0, 1, 1], r"labels of shape \(2,\)"),
        ([[0, 1], [1, 0]], "argmax"),
    ],
)
def test_labels_that_are_no_class_numbers_are_refused(labels, message):
    with pytest.raises(DataError, match=message):
        dataset_from_arrays(_GOOD, np.array(labels))


def test_arrays_are_resized_and_coloured_on_request(bytes_and_labels):
    pixels, labels = bytes_and_labels
    colour = pixels[..., np.newaxis].repeat(3, axis=3)
    dataset = dataset_from_arrays(
        colour, labels, color_mode="grayscale", image_size=16, test_images=colour[:5], test_labels=labels[:5]
    )
    assert dataset.image_shape == (16, 16, 1) and dataset.test_pixels.shape == (5, 16, 16, 1)


def test_npz_in_keras_layout_and_in_ours(tmp_path, bytes_and_labels):
    pixels, labels = bytes_and_labels
    train, test = slice(0, 80), slice(80, None)
    np.savez(
        tmp_path / "keras.npz",
        x_train=pixels[train],
        y_train=labels[train],
        x_test=pixels[test],
        y_test=labels[test],
    )
    keras_layout = load_dataset("npz", tmp_path / "keras.npz")
    assert keras_layout.name == "keras" and keras_layout.num_examples == 80
    np.testing.assert_array_equal(keras_layout.test_labels, labels[80:])
    names = [f"digit {label}" for label in range(10)]
    save_images(tmp_path / "ours.npz", pixels[..., np.newaxis], labels, names)
    ours = load_dataset("npz", tmp_path / "ours.npz")
    np.testing.assert_array_equal(ours.pixels[..., 0], pixels)
    assert ours.class_names == tuple(names)


def test_npz_that_cannot_be_used(tmp_path):
    with pytest.raises(DataError, match="needs --data_dir=FILE.npz"):
        load_dataset("npz")
    with pytest.raises(DataError, match="There is no file"):
        load_dataset("npz", tmp_path / "missing.npz")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(DataError, match="cannot be read"):
        load_dataset("npz", tmp_path / "text.npz")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(DataError, match="holds a: expected Keras' layout"):
        load_dataset("npz", tmp_path / "other.npz")
    np.savez(tmp_path / "pickled.npz", x_train=np.array([{}, {}], dtype=object))
    with pytest.raises(DataError, match="cannot be read"):
        load_dataset("npz", tmp_path / "pickled.npz")


def test_labels_with_gaps_make_the_classes_that_occur():
    images = np.zeros((4, 8, 8), np.uint8)
    found = dataset_from_arrays(images, [3, 8, 3, 8])
    assert found.class_names == ("3", "8") and found.labels.tolist() == [0, 1, 0, 1]
    assert dataset_from_arrays(images, [1, 2, 3, 10]).num_classes == 4
    split = dataset_from_arrays(images, [3, 8, 3, 8], test_images=images[:2], test_labels=[[8], [3]])
    assert split.test_labels.tolist() == [1, 0]
    with pytest.raises(DataError, match="test labels hold 5"):
        dataset_from_arrays(images, [3, 8, 3, 8], test_images=images[:1], test_labels=[5])
    named = dataset_from_arrays(images, [0, 2, 0, 2], ["a", "b", "c"])
    assert named.num_classes == 3 and named.labels.tolist() == [0, 2, 0, 2]
