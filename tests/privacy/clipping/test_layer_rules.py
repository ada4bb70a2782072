# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Tests of each layer rule against a loop over batches of one, over the layers' settings."""

import numpy as np
import pytest

import tfdpgan  # noqa: F401  (chooses the Keras before TensorFlow is imported)

# isort: split
import tensorflow as tf
import tf_keras as keras
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.privacy.clipping.batch_of_one import assert_equal_sums, clipped_sum, global_norm
from tfdpgan.privacy.clipping import clipped_gradient_sum
from tfdpgan.privacy.clipping.layer_rules import RULES, filter_gradients, rounding

QUICK = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
DEEP = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


# By how much a norm by Gram matrices may overstate an ordinary example: the proven bound on its rounding, which is
# n T u / 2 for T positions and n roundings. Never may it understate one.
GRAM_MARGIN = 3e-4


def check(model, inputs, mask=None) -> None:
    """Book-keeping on a random linear functional of the model's output equals the loop.

    Up to 1e-5 of the sum and 2e-5 of a norm; up to GRAM_MARGIN where a norm comes from Gram matrices in float32.
    """
    rng = np.random.default_rng(0)
    weights = rng.normal(size=model(inputs[:1]).shape[1:]).astype(np.float32)

    def loss(values):
        outputs = model(values)
        return tf.reduce_sum(outputs * weights, axis=list(range(1, outputs.shape.rank)))

    _, norms = clipped_sum(loss, (inputs,), model, 1.0)
    clip = float(np.median(norms)) or 1.0
    expected, _ = clipped_sum(loss, (inputs,), model, clip, mask)
    with pytest.MonkeyPatch.context() as patch:
        from_grams, grams = rounding.squared_norm_from_grams, []
        patch.setattr(
            rounding, "squared_norm_from_grams", lambda gram, *rest: grams.append(gram) or from_grams(gram, *rest)
        )
        result = clipped_gradient_sum(loss, (inputs,), model, clip, mask, "book_keeping")
    margin = GRAM_MARGIN if any(gram.dtype == tf.float32 for gram in grams) else 0
    expected_norms = norms if mask is None else np.where(mask, norms, 0)
    assert (result.norms.numpy() >= expected_norms * (1 - 1e-6)).all()
    np.testing.assert_allclose(result.norms, expected_norms, rtol=max(2e-5, margin))
    assert_equal_sums(result.gradients, expected, max(1e-5, margin))


def images(batch, height, width, channels, seed=0):
    return np.random.default_rng(seed).normal(size=(batch, height, width, channels)).astype(np.float32)


LAYERS = {
    "dense": (lambda: keras.layers.Dense(5, activation="tanh"), (7,)),
    "dense_without_bias": (lambda: keras.layers.Dense(5, use_bias=False), (7,)),
    "dense_on_tokens_by_gram": (lambda: keras.layers.Dense(64), (3, 64)),
    "dense_on_tokens_instantiated": (lambda: keras.layers.Dense(3, activation="relu"), (20, 4)),
    "dense_on_images": (lambda: keras.layers.Dense(3), (4, 5, 6)),
    "conv": (lambda: keras.layers.Conv2D(5, 3, activation="relu"), (8, 7, 2)),
    "conv_by_gram": (lambda: keras.layers.Conv2D(64, 4, strides=2, padding="same"), (6, 8, 32)),
    "conv_dilated": (lambda: keras.layers.Conv2D(5, 3, dilation_rate=2, padding="same"), (8, 7, 2)),
    "conv_dilated_by_gram": (lambda: keras.layers.Conv2D(96, 3, dilation_rate=2), (7, 7, 48)),
    "conv_of_depth_beyond_identity": (lambda: keras.layers.Conv2D(3, 3), (7, 7, 9)),
    "conv_to_a_point": (lambda: keras.layers.Conv2D(1, 4), (4, 4, 16)),
    "conv_in_groups": (lambda: keras.layers.Conv2D(6, 3, groups=2), (7, 6, 4)),
    "transpose": (
        lambda: keras.layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh"),
        (4, 5, 6),
    ),
    "transpose_valid": (lambda: keras.layers.Conv2DTranspose(3, 3, strides=3), (4, 5, 6)),
    "transpose_by_gram": (lambda: keras.layers.Conv2DTranspose(32, 4, strides=2, padding="same"), (3, 3, 64)),
    "transpose_output_padding": (
        lambda: keras.layers.Conv2DTranspose(3, 3, strides=2, padding="same", output_padding=1),
        (4, 5, 6),
    ),
    "transpose_dilated": (
        lambda: keras.layers.Conv2DTranspose(3, 3, dilation_rate=2, padding="same"),
        (6, 5, 4),
    ),
    "depthwise": (lambda: keras.layers.DepthwiseConv2D(3, strides=2, activation="relu"), (9, 8, 4)),
    "depthwise_multiplier": (
        lambda: keras.layers.DepthwiseConv2D(3, depth_multiplier=3, padding="same"),
        (5, 6, 4),
    ),
    "depthwise_dilated": (
        lambda: keras.layers.DepthwiseConv2D(3, dilation_rate=2, padding="same"),
        (7, 6, 4),
    ),
    "group_norm": (lambda: keras.layers.GroupNormalization(2), (5, 4, 6)),
    "group_norm_of_vectors": (lambda: keras.layers.GroupNormalization(3), (6,)),
    "group_norm_only_scale": (lambda: keras.layers.GroupNormalization(2, center=False), (5, 4, 6)),
    "layer_norm": (lambda: keras.layers.LayerNormalization(), (5, 6)),
    "layer_norm_not_fused": (lambda: keras.layers.LayerNormalization(epsilon=1e-5), (5, 4, 6)),
    "layer_norm_only_offset": (lambda: keras.layers.LayerNormalization(scale=False), (5, 6)),
    "prelu": (lambda: keras.layers.PReLU("uniform"), (4, 5, 3)),
    "prelu_shared": (lambda: keras.layers.PReLU("uniform", shared_axes=[1, 2]), (4, 5, 3)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_rule_equals_loop(name):
    keras.utils.set_random_seed(1)
    make, shape = LAYERS[name]
    layer = make()
    model = keras.Sequential([keras.Input(shape), layer])
    for variable in layer.trainable_variables:
        variable.assign_add(0.1 * tf.random.normal(variable.shape))
    inputs = np.random.default_rng(2).normal(size=(4, *shape)).astype(np.float32)
    check(model, inputs, np.array([True, False, True, True]))


def test_every_rule_has_a_case():
    built = {type(make()) for make, _ in LAYERS.values()} | {keras.layers.Embedding}
    assert built == set(RULES)


@pytest.mark.parametrize("tokens", [(), (1,), (6,), (2, 3)])
def test_embedding_equals_loop(tokens):
    keras.utils.set_random_seed(1)
    indices = np.random.default_rng(0).integers(0, 3, size=(5, *tokens)).astype(np.int32)
    model = keras.Sequential([keras.Input(tokens, dtype=tf.int32), keras.layers.Embedding(4, 3), keras.layers.Dense(2)])
    check(model, indices)


@pytest.mark.parametrize(
    "layer",
    [
        lambda: keras.layers.GroupNormalization(2, axis=1),
        lambda: keras.layers.LayerNormalization(axis=[1, 2]),
    ],
)
def test_settings_without_a_rule_fall_back(layer):
    model = keras.Sequential([keras.Input((4, 3)), layer()])
    inputs = np.random.default_rng(2).normal(size=(3, 4, 3)).astype(np.float32)

    def loss(values):
        return tf.reduce_sum(tf.square(model(values) - 1), axis=[1, 2])

    result = clipped_gradient_sum(loss, (inputs,), model, 0.5)
    assert_equal_sums(result.gradients, clipped_sum(loss, (inputs,), model, 0.5)[0])
    with pytest.raises(ValueError, match="axis="):
        clipped_gradient_sum(loss, (inputs,), model, 0.5, method="book_keeping")


def test_unknown_image_size():
    keras.utils.set_random_seed(1)
    conv, out = keras.layers.Conv2D(4, 3, strides=2, padding="same"), keras.layers.Conv2DTranspose(2, 3)
    model = keras.Sequential([keras.Input((None, None, 2)), conv, out])
    values = images(3, 6, 5, 2)

    def loss(values):
        return tf.reduce_sum(tf.square(model(values)), axis=[1, 2, 3])

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 2])])
    def step(values):
        return clipped_gradient_sum(loss, (values,), model, 0.5, method="book_keeping").gradients

    assert_equal_sums(step(values), clipped_sum(loss, (values,), model, 0.5)[0])


@pytest.mark.parametrize("noise", [0.0, 1e-6, 1e-3])
def test_gram_norms_do_not_understate_when_terms_cancel(noise):
    rng = np.random.default_rng(0)
    geometry = filter_gradients.Geometry((3, 3), (1, 1), (1, 1), "VALID")
    large = (1 + noise * rng.normal(size=(5, 10, 10, 4))).astype(np.float32)
    small = rng.normal(size=(5, 8, 8, 6)).astype(np.float32)
    small -= small.mean(axis=(1, 2), keepdims=True)
    seen = filter_gradients.patches(tf.constant(large), geometry).numpy().astype(np.float64)
    exact = np.einsum("btd,btp->bdp", seen, small.reshape(5, 64, 6).astype(np.float64))
    exact = np.sum(exact**2, axis=(1, 2))
    found = filter_gradients._phase_gram_squared_norm(tf.constant(large), tf.constant(small), geometry).numpy()
    assert (found >= exact).all()
    # The price is bounded: one unit in the last place of what was cancelled for each of 20 roundings.
    energy = np.sum(seen**2, axis=(1, 2)) * np.sum(small.astype(np.float64) ** 2, axis=(1, 2, 3))
    assert (found <= exact + 20 * 2.0**-24 * energy).all()


@pytest.mark.parametrize("rows", [1, 40])
def test_squares_that_underflow_do_not_hide_a_gradient(rows):
    """Inputs whose squares vanish times gradients near the largest square make a gradient above the clip."""
    dense = keras.layers.Dense(1, use_bias=False)
    model = keras.Sequential([keras.Input((rows, 500)), dense])
    values = np.full((2, rows, 500), 1e-19, np.float32)

    def loss(values):
        return tf.reduce_sum(1e18 / rows * model(values), axis=[1, 2])

    result = clipped_gradient_sum(loss, (values,), model, 0.5, method="book_keeping")
    assert clipped_sum(loss, (values,), model, 0.5)[1].min() > 1
    assert global_norm(result.gradients) <= 2 * 0.5 * (1 + 1e-5)


@st.composite
def convolutions(draw):
    stride, dilation = draw(st.sampled_from([(1, 1), (2, 1), (3, 1), (1, 2), (1, 3)]))
    return {
        "transposed": draw(st.booleans()),
        "kernel_size": (draw(st.integers(1, 5)), draw(st.integers(1, 4))),
        "strides": stride,
        "dilation_rate": dilation,
        "padding": draw(st.sampled_from(["same", "valid"])),
        "filters": draw(st.sampled_from([1, 3, 40])),
        "shape": (draw(st.integers(1, 9)), draw(st.integers(1, 9)), draw(st.sampled_from([1, 2, 24]))),
        "calls": draw(st.integers(1, 2)),
        "gram": draw(st.booleans()),
        "batch": draw(st.integers(1, 4)),
    }


def check_convolution(case):
    keras.utils.set_random_seed(1)
    transposed, calls, gram, batch = (case.pop(key) for key in ("transposed", "calls", "gram", "batch"))
    shape = case.pop("shape")
    rows, columns = case["kernel_size"]
    if transposed and case["dilation_rate"] != 1:
        case["kernel_size"] = (rows, rows)
    if not transposed and case["padding"] == "valid":
        assume(case["dilation_rate"] * (rows - 1) < shape[0] and case["dilation_rate"] * (columns - 1) < shape[1])
    layer = (keras.layers.Conv2DTranspose if transposed else keras.layers.Conv2D)(**case)
    entry = keras.Input(shape)
    first = layer(entry)
    # The second call sees something else, and a branch joins the two.
    output = first if calls == 1 else keras.layers.Concatenate()([first, layer(tf.tanh(2 * entry + 1))])
    inputs = images(batch, *shape)
    with pytest.MonkeyPatch.context() as patch:
        if gram:
            patch.setattr(filter_gradients, "_gram_is_cheaper", lambda *_: True)
        check(keras.Model(entry, output), inputs, np.arange(batch) != 1)


@QUICK
@given(convolutions())
def test_convolutions_equal_loop(case):
    check_convolution(case)


@pytest.mark.slow
@DEEP
@given(convolutions())
def test_many_convolutions_equal_loop(case):
    check_convolution(case)
