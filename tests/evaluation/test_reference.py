# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Which real images an evaluation may read: never private training images without permission."""

import dataclasses

import numpy as np
import pytest

from tfdpgan import data
from tfdpgan.config import ConfigError
from tfdpgan.evaluation.reference import Split, choose_references


@pytest.fixture(scope="module")
def dataset(digit_images):
    """80 training and 40 test images, private."""
    images, labels = digit_images
    return data.dataset_from_arrays(
        images[:80], labels[:80], tuple("0123456789"), test_images=images[80:], test_labels=labels[80:]
    )


def rows(split):
    return {image.tobytes() for image in split.images}


def all_splits(references):
    return [getattr(references, field.name) for field in dataclasses.fields(references)]


def test_without_permission_no_training_image_is_read(dataset):
    references = choose_references(dataset, allow_private_reference=False)
    training = {image.tobytes() for image in dataset.pixels}
    assert references.train is None
    for split in filter(None, all_splits(references)):
        assert not rows(split) & training and not split.is_private
    assert len(references.compared) == 40
    for first, second in (
        (references.learned, references.compared_after_learning),
        (references.real_fake_train, references.real_fake_test),
    ):
        assert not rows(first) & rows(second) and len(first) + len(second) == 40


def test_with_permission_what_read_training_images_is_marked(dataset):
    references = choose_references(dataset, allow_private_reference=True)
    assert references.train.is_private and references.learned.is_private and references.real_fake_train.is_private
    assert not references.compared.is_private and not references.real_fake_test.is_private
    assert references.compared is references.compared_after_learning and len(references.train) == 80


def test_public_data_needs_no_permission_and_no_mark(dataset):
    references = choose_references(dataclasses.replace(dataset, is_public=True), allow_private_reference=False)
    assert len(references.train) == 80
    assert not any(split.is_private for split in all_splits(references))


def test_what_learns_is_never_compared_with_what_it_learned(dataset):
    without_test = dataclasses.replace(dataset, test_pixels=None, test_labels=None)
    for references in (
        choose_references(without_test, True),
        choose_references(dataset, True, "train"),
        choose_references(dataset, False),
    ):
        assert not rows(references.learned) & rows(references.compared_after_learning)
    assert choose_references(without_test, True).compared.name == "train"


def test_nothing_to_compare_with_is_said(dataset):
    without_test = dataclasses.replace(dataset, test_pixels=None, test_labels=None)
    with pytest.raises(ConfigError, match="--holdout"):
        choose_references(without_test, False)
    with pytest.raises(ConfigError, match="--holdout"):
        choose_references(without_test, True, "test")
    with pytest.raises(ConfigError, match="--allow_private_reference"):
        choose_references(dataset, False, "train")


def test_halves_have_equal_shares_of_each_class():
    labels = np.repeat(np.arange(3, dtype=np.int32), [10, 7, 21])
    images = np.arange(38, dtype=np.uint8).reshape(38, 1, 1, 1)
    first, second = Split("test", images, labels, False).halves()
    counts = np.abs(np.bincount(first.labels, minlength=3) - np.bincount(second.labels, minlength=3))
    assert counts.max() <= 1 and len(first) + len(second) == 38
    np.testing.assert_array_equal(labels[first.images.ravel()], first.labels)
    assert first.name == "test, first half"
    assert len(Split("test", images, None, False).sample(5)) == 5
