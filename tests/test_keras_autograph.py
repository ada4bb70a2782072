# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Keras is left as it is by autograph, and layers of a user's own are converted as ever."""

import subprocess
import sys

import pytest
import tensorflow as tf
import tf_keras as keras
from tensorflow.python.autograph.core import config
from tensorflow.python.autograph.impl import conversion

from tfdpgan.keras_autograph import leave_keras_unconverted


@pytest.mark.parametrize("module", ["tfdpgan.privacy.optimizers.dp_optimizer", "tfdpgan.models.network"])
def test_what_traces_keras_leaves_it_unconverted(module):
    code = (
        f"import {module}, tf_keras\n"
        "from tensorflow.python.autograph.impl import conversion\n"
        "assert conversion.is_allowlisted(tf_keras.layers.Layer.__call__)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_once_is_enough():
    leave_keras_unconverted()
    rules = config.CONVERSION_RULES
    leave_keras_unconverted()
    assert config.CONVERSION_RULES is rules
    assert conversion.is_allowlisted(keras.layers.Dense.call)


class Signed(keras.layers.Layer):
    """A layer with control flow on a tensor, as a user writes it."""

    def call(self, inputs):
        if tf.reduce_sum(inputs) > 0:
            return inputs
        return -inputs


@pytest.mark.parametrize("inside", ["functional", "subclassed"])
def test_a_layer_of_a_user_s_own_is_converted(inside):
    leave_keras_unconverted()
    if inside == "functional":
        inputs = keras.Input([2])
        model = keras.Model(inputs, Signed()(inputs))
    else:
        model = keras.Sequential([Signed()])
    step = tf.function(lambda x: model(x, training=True))
    assert step(tf.constant([[-1.0, -2.0]])).numpy().tolist() == [[1.0, 2.0]]
    assert step(tf.constant([[1.0, 2.0]])).numpy().tolist() == [[1.0, 2.0]]
