# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Shared by all tests: where real data is, and small real images."""

import os
import zlib
from pathlib import Path

import numpy as np
import pytest

import tfdpgan  # noqa: F401  (chooses the Keras before TensorFlow is imported)


@pytest.fixture(autouse=True)
def _same_draws_in_every_run(request) -> None:
    """Weights and random inputs go by the test's name: what fails once fails again. Private draws take no seed."""
    import tf_keras as keras

    keras.utils.set_random_seed(zlib.crc32(request.node.nodeid.encode()))


@pytest.fixture(scope="session")
def real_data_dir() -> Path | None:
    """The folder of real data sets, where there is one; tests fall back on the embedded digits."""
    folder = os.environ.get("TFDPGAN_TEST_DATA")
    return Path(folder) if folder else None


@pytest.fixture(scope="session")
def digit_images() -> tuple[np.ndarray, np.ndarray]:
    """120 real digits: images [120, 28, 28] uint8 and labels [120]."""
    from tfdpgan.data import load_dataset

    digits = load_dataset("digits")
    return digits.pixels[:120, ..., 0], digits.labels[:120]
