# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The integer form of a layer says the same as the layer."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfdpgan.export.integer_graph import integer_layers, rewritten


@pytest.mark.parametrize("shape", [(5, 3, 12), (12,)])
@pytest.mark.parametrize(("scale", "center"), [(True, True), (False, False)])
def test_group_normalisation(shape, scale, center):
    rng = np.random.default_rng(0)
    layer = keras.layers.GroupNormalization(4, epsilon=1e-3, scale=scale, center=center)
    inputs = keras.Input(shape)
    model = keras.Model([inputs, keras.Input([])], layer(inputs))
    for weight in layer.weights:
        weight.assign(rng.normal(size=weight.shape))
    spreads = 10.0 ** rng.integers(-3, 3, shape[-1])
    images = tf.constant(rng.normal(3, 1, (6, *shape)) * spreads, tf.float32)
    labels = tf.zeros([6])
    expected = model((images, labels)).numpy()
    with integer_layers(model, images[:2], labels[:2]):
        replaced = model((images, labels)).numpy()
    np.testing.assert_allclose(replaced, expected, atol=3e-4)
    assert np.abs(replaced - expected).max() > 0, "it was the layer itself"
    np.testing.assert_array_equal(model((images, labels)), expected)


def test_one_hot_becomes_a_table():
    function = tf.function(lambda labels: 2 * tf.one_hot(labels, 5), [tf.TensorSpec([3], tf.int32)])
    table = rewritten(function.get_concrete_function(), 5, in_8_bits=False)
    assert "OneHot" not in {operation.type for operation in table.graph.get_operations()}
    result = np.squeeze(table(tf.constant([4, 0, 2])))
    np.testing.assert_array_equal(result, 2 * np.eye(5)[[4, 0, 2]])


@pytest.mark.parametrize(("bits", "keeps", "stays"), [(8, True, True), (8, False, False), (16, True, False)])
def test_learned_ranges_stay_where_they_fit(bits, keeps, stays):
    def rounded(values):
        return tf.quantization.fake_quant_with_min_max_vars(values, -1.0, 1.0, bits)

    function = tf.function(rounded, [tf.TensorSpec([2], tf.float32)]).get_concrete_function()
    operations = rewritten(function, 1, keeps).graph.get_operations()
    assert any(operation.type.startswith("FakeQuant") for operation in operations) == stays


def test_a_kernel_is_rounded_before_the_conversion():
    kernel = np.float32([[0.1, -0.33], [1.0, 0.777]])

    def layer(values):
        return values @ tf.quantization.fake_quant_with_min_max_vars(kernel, -1.0, 1.0, 4, narrow_range=True)

    function = tf.function(layer, [tf.TensorSpec([1, 2], tf.float32)]).get_concrete_function()
    rounded = rewritten(function, 1, in_8_bits=False)
    values = tf.constant([[1.0, 2.0]])
    np.testing.assert_array_equal(np.squeeze(rounded(values)), np.squeeze(values @ kernel))
    eight = tf.function(
        lambda values: values @ tf.quantization.fake_quant_with_min_max_vars(kernel, -1.0, 1.0, narrow_range=True),
        [tf.TensorSpec([1, 2], tf.float32)],
    ).get_concrete_function()
    kept = rewritten(eight, 1, in_8_bits=True)
    assert not any(operation.type.startswith("FakeQuant") for operation in kept.graph.get_operations())
    np.testing.assert_array_equal(np.squeeze(kept(values)), np.squeeze(eight(values)))
    assert np.any(np.squeeze(kept(values)) != np.squeeze(values @ kernel))


@pytest.mark.parametrize(("largest", "is_cut"), [(20.0, True), (3.0, False)])
def test_what_tanh_cannot_show_gets_no_steps(largest, is_cut):
    function = tf.function(lambda values: tf.tanh(largest * values), [tf.TensorSpec([2], tf.float32)])
    concrete, examples = function.get_concrete_function(), [[np.float32([-1, 0.1])], [np.float32([0.5, 0])]]
    for in_8_bits in (True, False):
        changed = rewritten(concrete, 1, in_8_bits, examples)
        types = [operation.type for operation in changed.graph.get_operations()]
        assert ("FakeQuantWithMinMaxVars" in types) == (is_cut and in_8_bits)
        values = tf.constant([0.05, -1.0])
        np.testing.assert_allclose(np.squeeze(changed(values)), function(values), atol=0.03)
        if is_cut and in_8_bits:
            assert np.squeeze(changed(values))[1] == pytest.approx(np.tanh(-4.0), abs=1e-4)


def test_fixed_ranges_become_clamps():
    def rounded(values):
        return tf.quantization.fake_quant_with_min_max_args(values, 0, 4)

    function = tf.function(rounded, [tf.TensorSpec([4], tf.float32)]).get_concrete_function()
    result = np.squeeze(rewritten(function, 1, in_8_bits=True)(tf.constant([-1, 0.1, 3.3333, 9])))
    np.testing.assert_array_equal(result, np.float32([0, 0.1, 3.3333, 4]))
