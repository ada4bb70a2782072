# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The contract that every row of DATASETS keeps, on small real files of each (sources/)."""

import numpy as np
import pytest

from tests.data import sources
from tfdpgan.data import DATASETS, DataError, load_dataset


@pytest.fixture(scope="module")
def data_dir_of(tmp_path_factory, digit_images):
    """Where a row's loader finds its images without a network; None where it needs no place."""
    return lambda name: sources.write(name, tmp_path_factory.mktemp(name), *digit_images)


@pytest.mark.parametrize("name", DATASETS)
def test_every_row_keeps_the_contract(data_dir_of, name):
    data_dir = data_dir_of(name)
    try:
        dataset = load_dataset(name, data_dir)
    except DataError as error:  # what must be given, and cannot be here: its own words say so
        assert data_dir is None and name in str(error) and "--data_dir" in str(error) and "\n" not in str(error)
        return
    images, labels = dataset.images, dataset.labels
    assert images.dtype == np.float32 and images.shape == (dataset.num_examples, *dataset.image_shape)
    assert images.min() >= -1 and images.max() <= 1 and images.std() > 0.1
    if labels is not None:
        assert labels.dtype == np.int32 and labels.shape == (dataset.num_examples,)
        assert dataset.num_classes == len(dataset.class_names) == len(set(dataset.class_names))
        assert labels.min() >= 0 and labels.max() < dataset.num_classes
    assert not dataset.is_public and dataset.name
    again = load_dataset(name, data_dir, is_public=True, conditional=None if labels is None else True)
    assert again.is_public
    np.testing.assert_array_equal(again.pixels, dataset.pixels)  # an index always means the same image
    np.testing.assert_array_equal(again.labels, labels)
    small = load_dataset(name, data_dir, image_size=16, color_mode="grayscale", conditional=False)
    assert small.image_shape == (16, 16, 1) and small.labels is None
    assert small.num_examples == dataset.num_examples
    assert (small.test_pixels is None) == (dataset.test_pixels is None)
    if dataset.image_shape[-1] == 1:
        with pytest.raises(DataError, match="grey and --color_mode=rgb"):
            load_dataset(name, data_dir, color_mode="rgb")
    else:
        assert load_dataset(name, data_dir, color_mode="rgb").image_shape == dataset.image_shape


@pytest.mark.parametrize("name", ["digits", "mnist", "fashion_mnist", "cifar10", "celeb_a", "folder", "npz"])
def test_the_first_seven_are_read_with_their_labels(data_dir_of, name):
    """So that none of them keeps the contract by an error."""
    assert (data_dir_of(name) is None) == (name == "digits")
    assert load_dataset(name, data_dir_of(name), conditional=True).num_examples >= 4


@pytest.mark.parametrize("name", DATASETS)
def test_every_row_refuses_a_file_that_is_no_data(tmp_path, name):
    (tmp_path / "table.csv").write_text("1,2,3")
    with pytest.raises(DataError, match="table.csv") as caught:
        load_dataset(name, tmp_path / "table.csv")
    assert "\n" not in str(caught.value)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(DataError, match="--dataset=minst is unknown: choose one of digits, mnist"):
        load_dataset("minst")
