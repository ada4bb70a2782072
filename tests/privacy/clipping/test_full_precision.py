# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Tests that a private step refuses to run where products of float32 are rounded to fewer bits."""

import os
import subprocess
import sys

import numpy as np
import pytest

import tfdpgan  # noqa: F401  (chooses the Keras before TensorFlow is imported)

# isort: split
import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.clipping import clipped_gradient_sum, full_precision

STEP = """
import tfdpgan
import numpy as np
import tf_keras as keras
from tfdpgan.privacy.clipping import clipped_gradient_sum
model = keras.Sequential([keras.layers.Dense(1, input_shape=[4])])
clipped_gradient_sum(lambda x: model(x)[:, 0], (np.ones((2, 4), np.float32),), model, 1.0)
print("stepped")
"""


def step():
    model = keras.Sequential([keras.layers.Dense(1, input_shape=[4])])
    return clipped_gradient_sum(lambda x: model(x)[:, 0], (np.ones((2, 4), np.float32),), model, 1.0)


@pytest.mark.parametrize("value", ["BF16", "TF32", "ANY", "STRICT"])
def test_a_private_step_refuses_the_variable_that_lets_onednn_round_products(value):
    environment = {**os.environ, "ONEDNN_DEFAULT_FPMATH_MODE": value}
    done = subprocess.run([sys.executable, "-c", STEP], env=environment, capture_output=True, text=True, check=False)
    if value == "STRICT":
        assert done.stdout == "stepped\n"
    else:
        assert done.stdout == ""
        assert f"Received: ONEDNN_DEFAULT_FPMATH_MODE={value}" in done.stderr.splitlines()[-1]


def rounded_to(dtype):
    def product(first, second):
        return tf.matmul(*(tf.cast(tf.cast(matrix, dtype), tf.float32) for matrix in (first, second)))

    return product


def without_the_low_parts(first, second):
    """What oneDNN calls bf16x3: high and low halves, and no product of two low ones."""
    high = [tf.cast(tf.cast(matrix, tf.bfloat16), tf.float32) for matrix in (first, second)]
    low = [matrix - part for matrix, part in zip((first, second), high, strict=True)]
    return tf.matmul(high[0], high[1]) + tf.matmul(high[0], low[1]) + tf.matmul(low[0], high[1])


@pytest.mark.parametrize("product", [rounded_to(tf.bfloat16), rounded_to(tf.float16), without_the_low_parts])
def test_the_probe_refuses_a_product_of_fewer_bits(product):
    with pytest.raises(ValueError, match="full precision.*matrix product that is off by"):
        full_precision.refuse_rounded("matrix product", product)


def test_a_private_step_runs_the_probe_on_every_kind_of_product(monkeypatch):
    full_precision._probe.cache_clear()
    step()
    for name in full_precision._PRODUCTS:
        full_precision._probe.cache_clear()
        with monkeypatch.context() as patch:
            patch.setitem(full_precision._PRODUCTS, name, rounded_to(tf.bfloat16))
            with pytest.raises(ValueError, match=f"a {name} that is off"):
                step()
    full_precision._probe.cache_clear()


def test_a_private_step_switches_tf32_off():
    tf.config.experimental.enable_tensor_float_32_execution(True)
    step()
    assert not tf.config.experimental.tensor_float_32_execution_enabled()


def test_a_private_step_refuses_graphs_that_are_rewritten_in_lower_precision():
    tf.config.optimizer.set_experimental_options({"auto_mixed_precision": True})
    try:
        with pytest.raises(ValueError, match="Received: the graph option 'auto_mixed_precision'"):
            step()
    finally:
        tf.config.optimizer.set_experimental_options({"auto_mixed_precision": False})
    step()
