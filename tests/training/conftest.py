# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A finished run with the settings of `small`, trained once."""

import shutil

import pytest

from tests.training.small import small_config, small_dataset
from tfdpgan import api
from tfdpgan.methods.planning import make_plan


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory, digit_images):
    """Its folder, which tests leave as it is, and what training returned."""
    folder, dataset = tmp_path_factory.mktemp("trained") / "run", small_dataset(digit_images)
    return folder, api.train(make_plan(small_config(folder), dataset.num_examples), dataset, show_progress=False)


@pytest.fixture
def trained(trained_once, tmp_path):
    """A copy for one test."""
    return shutil.copytree(trained_once[0], tmp_path / "run")
