# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Everything that may be fitted becomes the same images."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfdpgan.config import DataConfig
from tfdpgan.data import DataError
from tfdpgan.data.inputs import dataset_in_memory, source_of

PLAIN = DataConfig()


def read(images, labels=None, value_range=None, **settings):
    return dataset_in_memory(images, labels, (), DataConfig(**settings), value_range)


def test_arrays_lists_and_tf_data_are_the_same_images(digit_images):
    images, labels = digit_images
    whole = read(images, labels)
    pairs = tf.data.Dataset.from_tensor_slices((images, labels))
    as_dicts = tf.data.Dataset.from_tensor_slices({"image": images[..., None], "label": labels})
    pictures = [Image.fromarray(image) for image in images]
    for found in (
        read(list(images), list(labels)),
        read(pairs),
        read(tf.data.Dataset.from_tensor_slices((images[..., None], labels)).batch(50)),
        read(as_dicts),
        read(pictures, labels, image_size=28),
    ):
        np.testing.assert_array_equal(found.pixels, whole.pixels)
        np.testing.assert_array_equal(found.labels, whole.labels)
        assert found.class_names == whole.class_names


def test_pillow_images_of_any_size_are_cropped_to_a_constant_size_and_no_image_changes_another():
    pictures = [Image.new("L", (40, 30), 10 * count) for count in range(5)]
    few, more = read(pictures), read([*pictures, Image.new("L", (300, 500), 7)])
    assert few.image_shape == more.image_shape == (32, 32, 1)
    np.testing.assert_array_equal(few.pixels, more.pixels[:5])
    assert read(pictures, image_size=16).image_shape == (16, 16, 1)
    transparent = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    assert read([transparent]).pixels.min() == 255


def test_size_colour_classes_and_holdout_are_honoured(digit_images):
    images, labels = digit_images
    found = read(images, labels, image_size=16, conditional=False, holdout=0.2, public_data=True)
    assert found.image_shape == (16, 16, 1) and found.labels is None and found.is_public
    assert 5 < len(found.test_pixels) < 50 and len(found.test_pixels) + found.num_examples == 120
    colour = np.repeat(images[..., None], 3, axis=-1)
    assert read(colour, color_mode="grayscale").image_shape == (28, 28, 1)
    for settings, words in [
        (dict(color_mode="rgb"), "grey"),
        (dict(holdout=0.0001), "empty"),
        (dict(data_dir="x"), "data_dir is for files"),
        (dict(cache_dir="x"), "cache_dir is for files"),
        (dict(skip_bad_images=True), "skip_bad_images is for files"),
    ]:
        with pytest.raises(DataError, match=words):
            read(images, **settings)
    with pytest.raises(DataError, match="no labels"):
        read(images, conditional=True)


def test_what_is_no_set_of_images_is_refused(digit_images):
    images, labels = digit_images
    endless = tf.data.Dataset.from_tensor_slices(images).repeat()
    pairs = tf.data.Dataset.from_tensor_slices((images, labels))
    for given, words in [
        (endless, "never ends"),
        (pairs.take(0), "empty"),
        ([np.zeros((3, 3)), np.zeros((4, 4))], "differ in size"),
    ]:
        with pytest.raises(DataError, match=words):
            read(given)
    with pytest.raises(DataError, match="brings labels"):
        read(pairs, labels)


def test_a_path_is_a_folder_or_an_archive():
    assert source_of("photos") == ("folder", "photos") and source_of("a/b.NPZ") == ("npz", "a/b.NPZ")
    assert source_of(np.zeros(3)) == ("arrays", None)
