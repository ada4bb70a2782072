# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Weights that the extractors of these tests are made of."""

import pytest
import tensorflow as tf
import tf_keras as keras

from tests.evaluation.tiny_inception import TinyInception


@pytest.fixture(scope="session")
def inception_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("inception")
    tf.saved_model.save(TinyInception(), str(path))
    return str(path)


@pytest.fixture(scope="session")
def vgg16_path(tmp_path_factory, real_data_dir):
    """Real weights where there are some."""
    if real_data_dir and (real_data_dir / "vgg16_notop.h5").exists():
        return str(real_data_dir / "vgg16_notop.h5")
    path = str(tmp_path_factory.mktemp("vgg16") / "random.h5")
    keras.applications.VGG16(include_top=False, weights=None).save_weights(path)
    return path
