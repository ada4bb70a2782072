# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Losses that mix examples are refused, and those that do not are not."""

import pytest
import tensorflow as tf

from tests.privacy.private_steps import full_mask, loss_of, make_data, make_model, make_optimizer

# isort: split
import tf_keras as keras

from tfdpgan.losses import LOSSES
from tfdpgan.privacy.clipping.loss_check import refuse_mixing_loss

MIXING = {
    "broadcast labels": lambda model: lambda x, y: keras.losses.mse(y, model(x)),
    "broadcast whole labels": lambda model: lambda x, y: keras.losses.mse(tf.cast(y, tf.int32), model(x)),
    "all pairs": lambda model: lambda x, y: tf.reduce_mean((model(x) - y) ** 2, axis=0),
    "mean of the batch": lambda model: lambda x, y: tf.nn.relu(model(x)[:, 0] - tf.reduce_mean(model(x))),
    "standardised input": lambda model: lambda x, y: model(x / tf.math.reduce_std(x, axis=0))[:, 0] - y,
    "another example": lambda model: lambda x, y: model(x)[:, 0] - y[0],
    "similarities": lambda model: lambda x, y: tf.linalg.diag_part(tf.matmul(model(x), model(x), transpose_b=True)),
}


@pytest.mark.parametrize("name", MIXING)
@pytest.mark.parametrize("in_graph", [False, True])
def test_losses_that_mix_are_refused(name, in_graph):
    model, (x, y) = make_model(), make_data()
    optimizer = make_optimizer()

    def step():
        return optimizer.private_gradients(model, MIXING[name](model), (x, y), full_mask(x)).gradients

    with pytest.raises(ValueError, match="mixes the examples of a batch"):
        (tf.function(step) if in_graph else step)()


def test_the_message_names_the_shapes():
    model, batches = make_model(), make_data()
    with pytest.raises(ValueError, match=r"makes \[batch, batch\] of \[batch, 1\] and \[batch\]"):
        refuse_mixing_loss(MIXING["all pairs"](model), batches)


def image_model(*layers):
    model = keras.Sequential([*layers, keras.layers.Flatten(), keras.layers.Dense(1)])
    model.build((None, 8, 8, 2))
    return model


@pytest.mark.parametrize(
    "layers",
    [
        [keras.layers.Conv2D(4, 3, strides=2), keras.layers.GroupNormalization(2), keras.layers.MaxPooling2D()],
        [keras.layers.LayerNormalization(axis=(1, 2, 3)), keras.layers.Dropout(0.0)],
        [keras.layers.LayerNormalization(), keras.layers.PReLU()],
        [keras.layers.Conv2DTranspose(3, 4, strides=2), keras.layers.DepthwiseConv2D(3)],
        [keras.layers.Reshape((64, 2)), keras.layers.MultiHeadAttention(2, 3), keras.layers.LSTM(4)],
    ],
)
@pytest.mark.parametrize("name", LOSSES)
def test_losses_of_one_example_each_pass(layers, name):
    attention = [layer for layer in layers if isinstance(layer, keras.layers.MultiHeadAttention)]
    if attention:  # takes query and value
        inputs = keras.Input((8, 8, 2))
        hidden = layers[0](inputs)
        outputs = keras.layers.Dense(1)(layers[2](attention[0](hidden, hidden)))
        model = keras.Model(inputs, outputs)
    else:
        model = image_model(*layers)
    loss = LOSSES[name]()

    def judge(images):
        return model(images, training=True)[:, 0]

    def loss_fn(images, labels, positions):
        losses = loss.real(judge(images)) * tf.cast(labels, tf.float32)
        if loss.has_penalty:
            losses += loss.penalty(judge, images, tf.zeros_like(images), positions)
        return losses

    batches = (tf.zeros([2, 3, 8, 8, 2]), tf.zeros([2, 3], tf.int32), tf.zeros([2, 3]))
    refuse_mixing_loss(loss_fn, batches)
    refuse_mixing_loss(tf.function(loss_fn), batches)


def test_nothing_is_executed_and_symbols_of_an_outer_trace_may_be_captured():
    model, (x, y) = make_model(), make_data()

    @tf.function
    def check(weight):
        refuse_mixing_loss(lambda x, y: weight * loss_of(model)(x, y), (x, y))
        return weight

    assert check(tf.constant(2.0)) == 2.0
