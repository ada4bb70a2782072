# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Tests of the clipped sum: equality with a batch-of-one loop, and its sensitivity."""

import logging as python_logging

import numpy as np
import pytest

import tfdpgan  # noqa: F401  (chooses the Keras before TensorFlow is imported)

# isort: split
import tensorflow as tf
import tf_keras as keras

from tests.privacy.clipping.batch_of_one import assert_equal_sums, clipped_sum, global_norm
from tfdpgan.privacy.arguments import SMALLEST_CLIP
from tfdpgan.privacy.clipping import clipped_gradient_sum, clipped_gradient_sum_over_batches

CLIP = 0.7
METHODS = ("book_keeping", "vectorized_map")


class Discriminator(keras.Model):
    """Branches, a concatenation, a layer used twice, a projection of the label."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")
        self.norm = keras.layers.GroupNormalization(2)
        self.twice = keras.layers.Conv2D(8, 3, padding="same", activation=tf.nn.leaky_relu)
        self.label = keras.layers.Dense(8)
        self.out = keras.layers.Dense(1)

    def call(self, inputs):
        images, labels = inputs
        features = self.norm(self.conv(images))
        wide = tf.concat([features, tf.nn.tanh(features)], axis=-1)
        features = self.twice(self.twice(wide))
        embedded = self.label(tf.one_hot(labels, 3))
        pooled = tf.reduce_sum(features, axis=[1, 2])
        return self.out(tf.concat([pooled, embedded, pooled * embedded], axis=-1))[:, 0]


class RawVariable(keras.Model):
    """A subclassed model whose call reads a variable without a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(5, activation="tanh")

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(5,), initializer="ones", name="scale")
        super().build(input_shape)

    def call(self, inputs):
        return tf.reduce_sum(self.dense(inputs) * self.scale, axis=-1)


def images(batch_size: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(batch_size, 8, 8, 2)).astype(np.float32)
    return values, rng.integers(0, 3, size=batch_size).astype(np.int32)


@pytest.fixture(scope="module")
def discriminator():
    keras.utils.set_random_seed(3)
    model = Discriminator()
    model(images(1))
    return model


@pytest.fixture(scope="module")
def loss_fn(discriminator):
    def loss(values, labels):
        return 5 * tf.nn.softplus(discriminator((values, labels)))

    return loss


@pytest.fixture(scope="module")
def steps(discriminator, loss_fn):
    """One traced step per method, for any batch size."""

    def step(method):
        @tf.function(
            input_signature=[
                tf.TensorSpec([None, 8, 8, 2]),
                tf.TensorSpec([None], tf.int32),
                tf.TensorSpec([None], tf.bool),
            ]
        )
        def run(values, labels, mask):
            return clipped_gradient_sum(loss_fn, (values, labels), discriminator, CLIP, mask, method)

        def call(values, labels, mask=None):
            return run(values, labels, np.ones(len(values), bool) if mask is None else mask)

        return call

    return {method: step(method) for method in METHODS}


@pytest.mark.parametrize("mode", ["eager", "static", "dynamic"])
@pytest.mark.parametrize("method", METHODS)
def test_equals_loop_over_batches_of_one(discriminator, loss_fn, method, mode):
    inputs = images(6)
    mask = np.array([True, True, False, True, True, False])

    def step(*tensors):
        return clipped_gradient_sum(loss_fn, tensors, discriminator, CLIP, tf.constant(mask), method)

    if mode == "dynamic":
        step = tf.function(step, input_signature=[tf.TensorSpec([None, 8, 8, 2]), tf.TensorSpec([None], tf.int32)])
    elif mode == "static":
        step = tf.function(step)
    result = step(*inputs)
    expected, norms = clipped_sum(loss_fn, inputs, discriminator, CLIP, mask)
    assert (norms > CLIP).any()
    assert_equal_sums(result.gradients, expected)
    np.testing.assert_allclose(result.norms, np.where(mask, norms, 0), rtol=2e-5)
    for gradient, variable in zip(result.gradients, discriminator.trainable_variables, strict=True):
        assert gradient.shape == variable.shape


@pytest.mark.parametrize("method", METHODS)
def test_small_gradients_pass_unclipped(discriminator, loss_fn, method):
    inputs = images(4)
    result = clipped_gradient_sum(loss_fn, inputs, discriminator, 1e6, method=method)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(loss_fn(*inputs))
    assert_equal_sums(result.gradients, [g.numpy() for g in tape.gradient(loss, discriminator.trainable_variables)])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "extra", ["nan", "inf", "1e30", "one_nan_pixel", "huge_pixel", "denormal", "duplicate", "zero"]
)
def test_neighbouring_data_differ_by_at_most_the_clip(steps, method, extra):
    values, labels = images(5)
    rows = {
        "nan": np.full_like(values[0], np.nan),
        "inf": np.full_like(values[0], np.inf),
        "1e30": np.full_like(values[0], 1e30),
        "one_nan_pixel": np.where(np.arange(values[0].size).reshape(values[0].shape) == 77, np.nan, values[0]),
        "huge_pixel": np.where(np.arange(values[0].size).reshape(values[0].shape) == 77, 1e15, values[0]),
        "denormal": np.full_like(values[0], 1e-40),
        "duplicate": values[2],
        "zero": np.zeros_like(values[0]),
    }
    with_extra = np.concatenate([values[:3], rows[extra][None].astype(np.float32), values[3:]])
    labels_with_extra = np.concatenate([labels[:3], labels[2:3], labels[3:]])

    def step(*tensors):
        return steps[method](*tensors).gradients

    without = step(values, labels)
    difference = [a.numpy() - b.numpy() for a, b in zip(step(with_extra, labels_with_extra), without, strict=True)]
    assert np.isfinite(global_norm(difference))
    assert global_norm(difference) <= CLIP * (1 + 1e-5)
    alone = step(rows[extra][None].astype(np.float32), labels[2:3])
    assert global_norm(alone) <= CLIP * (1 + 1e-5)
    # What is left of the others is untouched: the difference is the example's own contribution.
    assert global_norm([a - b.numpy() for a, b in zip(difference, alone, strict=True)]) <= 1e-5 * global_norm(without)
    if extra in ("nan", "inf", "one_nan_pixel"):
        assert global_norm(alone) == 0


@pytest.mark.parametrize("method", METHODS)
def test_masked_rows_count_nothing_even_when_not_finite(steps, method):
    values, labels = images(4)
    values[1] = np.nan
    mask = np.array([True, False, True, True])
    kept = steps[method](values[mask], labels[mask])
    padded = steps[method](values, labels, mask)
    assert_equal_sums(padded.gradients, [g.numpy() for g in kept.gradients])
    assert padded.norms[1] == 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("traced", [False, True])
def test_no_example_gives_zero(discriminator, loss_fn, steps, method, traced):
    def eager(values, labels, mask):
        return clipped_gradient_sum(loss_fn, (values, labels), discriminator, CLIP, mask, method)

    step = steps[method] if traced else eager
    values, labels = images(3)
    assert global_norm(step(values, labels, np.zeros(3, bool)).gradients) == 0
    empty = step(values[:0], labels[:0], np.zeros(0, bool))
    assert empty.norms.shape == [0]
    assert global_norm(empty.gradients) == 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("traced", [False, True])
def test_physical_batches_add_up(discriminator, loss_fn, method, traced):
    values, labels = images(6)
    mask = np.array([[True, True], [True, False], [True, True]])

    def step(values, labels, mask):
        return clipped_gradient_sum_over_batches(loss_fn, (values, labels), discriminator, CLIP, mask, method)

    if traced:
        step = tf.function(
            step,
            input_signature=[
                tf.TensorSpec([None, 2, 8, 8, 2]),
                tf.TensorSpec([None, 2], tf.int32),
                tf.TensorSpec([None, 2], tf.bool),
            ],
        )
    expected, _ = clipped_sum(loss_fn, (values, labels), discriminator, CLIP, mask.reshape(-1))
    assert_equal_sums(step(values.reshape(3, 2, 8, 8, 2), labels.reshape(3, 2), mask), expected)
    one = clipped_gradient_sum(loss_fn, (values[:2], labels[:2]), discriminator, CLIP, mask[0], method)
    assert_equal_sums(
        step(values[:2].reshape(1, 2, 8, 8, 2), labels[:2].reshape(1, 2), mask[:1]),
        [g.numpy() for g in one.gradients],
    )


@pytest.mark.parametrize("build", ["sequential", "functional"])
def test_sequential_and_functional_models(build):
    keras.utils.set_random_seed(5)
    first, last = keras.layers.Conv2D(3, 3, activation="relu"), keras.layers.Dense(1)
    if build == "sequential":
        model = keras.Sequential([keras.Input([6, 6, 2]), first, keras.layers.Flatten(), last])
    else:
        entry = keras.Input([6, 6, 2])
        model = keras.Model(entry, last(keras.layers.Flatten()(first(entry))))
    values = np.random.default_rng(0).normal(size=(4, 6, 6, 2)).astype(np.float32)

    @tf.function
    def step(values):
        return clipped_gradient_sum(loss, (values,), model, CLIP, method="book_keeping")

    def loss(values):
        return tf.square(model(values, training=True)[:, 0] - 1)

    assert_equal_sums(step(values).gradients, clipped_sum(loss, (values,), model, CLIP)[0])


def raw_variable():
    keras.utils.set_random_seed(7)
    model = RawVariable()
    model(np.zeros((1, 4), np.float32))
    return model, model


def gradient_penalty():
    keras.utils.set_random_seed(7)
    model = keras.Sequential([keras.layers.Dense(6, activation="tanh", input_shape=[4]), keras.layers.Dense(1)])

    def loss(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            scores = model(values)[:, 0]
        slopes = tape.gradient(scores, values)
        return scores + tf.square(tf.norm(slopes, axis=1) - 1)

    return model, loss


def kernel_read_by_the_loss():
    model = keras.Sequential([keras.layers.Dense(1, input_shape=[4])])
    return model, lambda values: model(values)[:, 0] + tf.reduce_sum(tf.square(model.layers[0].kernel))


def call_inside_another_function():
    model = keras.Sequential([keras.layers.Dense(1, input_shape=[4])])
    inner = tf.function(lambda values: model(values))
    return model, lambda values: inner(values)[:, 0]


def two_views_in_one_call():
    model = keras.Sequential([keras.layers.Dense(3, activation="tanh", input_shape=[4])])

    def loss(values):
        both = model(tf.concat([values, 2 * values], axis=0))
        return tf.reduce_sum(tf.add(*tf.split(both, 2)), axis=-1)

    return model, loss


def unsupported_layer():
    keras.utils.set_random_seed(7)
    layers = [
        keras.layers.Reshape([4, 1], input_shape=[4]),
        keras.layers.Conv1D(2, 2),
        keras.layers.Flatten(),
    ]
    model = keras.Sequential([*layers, keras.layers.Dense(1)])
    return model, lambda values: model(values)[:, 0]


FALLBACKS = [
    raw_variable,
    gradient_penalty,
    kernel_read_by_the_loss,
    call_inside_another_function,
    two_views_in_one_call,
    unsupported_layer,
]


@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize("build", FALLBACKS)
def test_falls_back_where_rules_do_not_see_all_uses(build, traced, caplog):
    model, loss = build()
    if build is raw_variable:
        loss = model
    values = np.random.default_rng(0).normal(size=(4, 4)).astype(np.float32)

    def step(values):
        return clipped_gradient_sum(loss, (values,), model, CLIP).gradients

    run = tf.function(step) if traced else step
    expected, _ = clipped_sum(loss, (values,), model, CLIP)
    with caplog.at_level(python_logging.INFO, logger="absl"):
        assert_equal_sums(run(values), expected)
        assert_equal_sums(run(values), expected)
        step(values)
    assert len([record for record in caplog.records if "tf.vectorized_map" in record.getMessage()]) == 1
    with pytest.raises(ValueError, match="Book-keeping cannot serve"):
        clipped_gradient_sum(loss, (values,), model, CLIP, method="book_keeping")


def test_log_line_names_the_layer(caplog):
    model, loss = unsupported_layer()
    with caplog.at_level(python_logging.INFO, logger="absl"):
        clipped_gradient_sum(loss, (np.ones((2, 4), np.float32),), model, CLIP)
    assert "'conv1d" in caplog.text
    assert "no rule for this layer type" in caplog.text


def test_model_is_left_as_it_was(discriminator, loss_fn):
    layers = [discriminator.conv, discriminator.norm, discriminator.label]
    before = [(layer.call, getattr(layer, "activation", None), dict(vars(layer))) for layer in layers]
    clipped_gradient_sum(loss_fn, images(2), discriminator, CLIP)
    with pytest.raises(ZeroDivisionError):
        clipped_gradient_sum(lambda *inputs: loss_fn(*inputs) / (1 // 0), images(2), discriminator, CLIP)
    for layer, (call, activation, attributes) in zip(layers, before, strict=True):
        assert layer.call == call
        assert getattr(layer, "activation", None) is activation
        assert vars(layer).keys() == attributes.keys()


def test_frozen_layers_and_unused_variables_count_nothing():
    keras.utils.set_random_seed(1)
    hidden, unused = keras.layers.Dense(3, activation="tanh"), keras.layers.Dense(2)
    entry = keras.Input([4])
    model = keras.Model(entry, [keras.layers.Dense(1)(hidden(entry)), unused(entry)])
    hidden.trainable = False
    values = np.random.default_rng(0).normal(size=(4, 4)).astype(np.float32)

    def loss(values):
        return tf.square(model(values)[0][:, 0] - 3)

    for method in METHODS:
        result = clipped_gradient_sum(loss, (values,), model, CLIP, method=method)
        assert len(result.gradients) == 4
        assert_equal_sums(result.gradients, clipped_sum(loss, (values,), model, CLIP)[0])


@pytest.mark.parametrize("method", METHODS)
def test_autograph_still_serves_the_loss(discriminator, loss_fn, method):
    def doubled(values, labels):
        scale = 2.0
        if tf.reduce_sum(labels) > 1000:  # a Python "if" on a tensor
            scale = 0.0
        return scale * loss_fn(values, labels)

    inputs = images(3)
    step = tf.function(lambda *tensors: clipped_gradient_sum(doubled, tensors, discriminator, CLIP, None, method))
    expected, _ = clipped_sum(lambda *tensors: 2 * loss_fn(*tensors), inputs, discriminator, CLIP)
    assert_equal_sums(step(*inputs).gradients, expected)


@pytest.mark.parametrize("method", METHODS)
def test_reduced_loss_is_refused(discriminator, loss_fn, method):
    with pytest.raises(ValueError, match="one loss per example.*reduction='none'"):
        clipped_gradient_sum(
            lambda *inputs: tf.reduce_mean(loss_fn(*inputs)), images(3), discriminator, CLIP, method=method
        )


@pytest.mark.parametrize("clip", [0.0, -1.0, float("nan"), float("inf"), 1e-30, 1e-19, 9.9e-7])
def test_a_clip_that_float32_cannot_keep_is_refused(discriminator, loss_fn, clip):
    """At 1e-19 one example moved the sum by 1.9 clips, at 1e-30 by 10^5: the squares of such norms are zero."""
    with pytest.raises(ValueError, match="l2_norm_clip` must be"):
        clipped_gradient_sum(loss_fn, images(2), discriminator, clip)
    with pytest.raises(tf.errors.InvalidArgumentError, match="l2_norm_clip must be"):
        clipped_gradient_sum(loss_fn, images(2), discriminator, tf.constant(clip))


@pytest.mark.parametrize("method", ["book_keeping", "vectorized_map"])
def test_the_smallest_clip_still_bounds_what_one_example_contributes(method):
    """Gradients from far below to far above it, spread over many weights or few."""
    model = keras.Sequential([keras.layers.Dense(500, use_bias=False)])
    model.build((None, 400))
    scales = 10.0 ** np.arange(-30.0, 5.0)

    def loss(inputs, weights):
        return tf.reduce_sum(model(inputs) * weights, axis=1)

    for width in (1, 20, 400):
        inputs, weights = np.zeros((len(scales), 400), np.float32), np.ones((len(scales), 500), np.float32)
        inputs[:, :width] = scales[:, None]
        for one in range(len(scales)):
            example = (inputs[one : one + 1], weights[one : one + 1])
            (total,) = clipped_gradient_sum(loss, example, model, SMALLEST_CLIP, method=method).gradients
            assert np.linalg.norm(total.numpy().astype(np.float64)) <= SMALLEST_CLIP * (1 + 1e-5)


def test_unknown_method_batch_norm_and_unbuilt_model_are_refused(discriminator, loss_fn):
    with pytest.raises(ValueError, match="book_keeping"):
        clipped_gradient_sum(loss_fn, images(2), discriminator, CLIP, method="fast")
    model = keras.Sequential([keras.layers.Dense(3, input_shape=[4]), keras.layers.BatchNormalization()])
    with pytest.raises(ValueError, match="mixes the examples"):
        clipped_gradient_sum(lambda x: model(x)[:, 0], (np.ones((2, 4), np.float32),), model, CLIP)
    with pytest.raises(ValueError, match="not built yet"):
        clipped_gradient_sum(loss_fn, images(2), Discriminator(), CLIP)


@pytest.mark.parametrize("method", METHODS)
def test_gradients_have_the_variables_dtype(method):
    layers = [keras.layers.Conv2D(3, 3, dtype="float64"), keras.layers.GlobalMaxPool2D(dtype="float64")]
    model = keras.Sequential([keras.Input([6, 6, 2], dtype=tf.float64), *layers])
    values = np.random.default_rng(0).normal(size=(3, 6, 6, 2))

    def loss(values):
        return tf.reduce_sum(model(values), axis=1)

    result = clipped_gradient_sum(loss, (values,), model, CLIP, method=method)
    assert {gradient.dtype for gradient in result.gradients} == {tf.float64}
    assert_equal_sums(result.gradients, clipped_sum(loss, (values,), model, CLIP)[0])
