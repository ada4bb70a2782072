# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The leading axis of a layer's input is the batch where the trace says so, never because the sizes agree."""

import numpy as np
import pytest
import tensorflow as tf

from tests.privacy.clipping.batch_of_one import assert_equal_sums, clipped_sum, global_norm

# isort: split
import tf_keras as keras

from tfdpgan.privacy.clipping import clipped_gradient_sum, clipped_gradient_sum_over_batches

CLIP, FEATURES = 0.5, 3


class TimeMajor(keras.Model):
    """`[batch, time, d]` to losses, by a dense layer that sees time, or another axis, in front."""

    def __init__(self, arrange) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(2, "tanh", kernel_initializer=keras.initializers.GlorotNormal(seed=1))
        self._arrange = arrange

    def call(self, inputs):
        return tf.reduce_sum(self._arrange(self.dense, inputs), axis=[1, 2])


def swapped(dense, x):
    return tf.transpose(dense(tf.transpose(x, [1, 0, 2])), [1, 0, 2])


def in_both_orders(dense, x):
    return dense(x) + swapped(dense, x)


def folded(dense, x):
    return tf.reshape(dense(tf.reshape(x, [-1, FEATURES])), [-1, x.shape[1], 2])


def folded_from_time(dense, x):
    rows = dense(tf.reshape(tf.transpose(x, [1, 0, 2]), [-1, FEATURES]))
    return tf.transpose(tf.reshape(rows, [x.shape[1], -1, 2]), [1, 0, 2])


ARRANGEMENTS = [swapped, in_both_orders, folded, folded_from_time]


def model_and_data(arrange, size):
    values = np.random.default_rng(0).normal(size=(size, size, FEATURES)).astype(np.float32)
    model = TimeMajor(arrange)
    model(values[:1])
    return model, values


@pytest.mark.parametrize("size", [8, 32, 64, 128])
@pytest.mark.parametrize("arrange", ARRANGEMENTS)
@pytest.mark.parametrize("mode", ["eager", "static", "unknown"])
def test_as_many_moments_as_examples_are_not_taken_for_the_batch(arrange, size, mode):
    model, values = model_and_data(arrange, size)

    def step(values, mask):
        return clipped_gradient_sum(model, (values,), model, CLIP, mask).gradients

    if mode == "static":
        step = tf.function(step)
    elif mode == "unknown":
        spec = [tf.TensorSpec([None, size, FEATURES]), tf.TensorSpec([None], tf.bool)]
        step = tf.function(step, input_signature=spec)
    mask = np.ones(size, bool)
    everybody = step(tf.constant(values), tf.constant(mask))
    mask[size // 2] = False
    without_one = step(tf.constant(values), tf.constant(mask))
    moved = global_norm([a - b for a, b in zip(everybody, without_one, strict=True)])
    assert moved <= CLIP * (1 + 1e-3)  # float32 sums of up to 128 clips
    if size == 8:
        assert_equal_sums(everybody, clipped_sum(model, (values,), model, CLIP)[0])


def test_book_keeping_of_another_axis_is_refused_by_name():
    model, values = model_and_data(swapped, 8)
    with pytest.raises(ValueError, match="'dense.*leading axis of its input is not the batch"):
        clipped_gradient_sum(model, (values,), model, CLIP, method="book_keeping")


def test_what_was_swapped_back_is_recorded():
    def back(dense, x):
        return dense(tf.transpose(tf.transpose(x, [1, 0, 2]), [1, 0, 2]))

    model, values = model_and_data(back, 8)
    result = clipped_gradient_sum(model, (values,), model, CLIP, method="book_keeping")
    assert_equal_sums(result.gradients, clipped_sum(model, (values,), model, CLIP)[0])


@pytest.mark.parametrize("traced", [False, True])
def test_physical_batches_of_as_many_examples_as_moments(traced):
    model, values = model_and_data(swapped, 8)
    mask = tf.ones([2, 8], tf.bool)

    def step(values):
        return clipped_gradient_sum_over_batches(model, (values,), model, CLIP, mask)

    found = (tf.function(step) if traced else step)(tf.constant(np.stack([values, values])))
    assert_equal_sums(found, [2 * total for total in clipped_sum(model, (values,), model, CLIP)[0]])
