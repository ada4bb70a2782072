# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Every way for one example to reach another is refused before training, and one example at a time there is none."""

import time

import numpy as np
import pytest
import tensorflow as tf

from tests.privacy.private_steps import CLIP, flat, full_mask, make_optimizer

# isort: split
import tf_keras as keras

from tfdpgan import models
from tfdpgan.losses import LOSSES
from tfdpgan.methods.classifier.settings import ClassifierConfig
from tfdpgan.models import ModelConfig
from tfdpgan.models.classifiers import build_classifier
from tfdpgan.privacy.optimizers.dp_optimizer import DPKerasSGDOptimizer

WIDTH = 3


def carried_sum(x):
    return tf.scan(lambda total, row: total + row, x)


def last_mean():
    memory = tf.Variable(tf.zeros([WIDTH]), trainable=False)

    def follow(x):
        memory.assign(tf.reduce_mean(x, axis=0))
        return x + memory

    return follow


@tf.custom_gradient
def mixed_backward(x):
    return tf.identity(x), lambda upstream: upstream - tf.reduce_mean(upstream, axis=0)


@tf.custom_gradient
def normalised_backward(x):
    return tf.identity(x), lambda upstream: upstream / (1e-3 + tf.norm(upstream))


@tf.custom_gradient
def noisy_backward(x):
    return tf.identity(x), lambda upstream: upstream * tf.random.uniform(tf.shape(upstream))


@tf.function
def nested_mean(x):
    return x - tf.reduce_mean(x, axis=0)


def fused_batch_norm(x):
    return tf.compat.v1.nn.fused_batch_norm(x[:, None, None, :], tf.ones([WIDTH]), tf.zeros([WIDTH]))[0][:, 0, 0]


def loop_to_the_largest(x):
    return tf.while_loop(lambda y: tf.reduce_max(y) < 10.0, lambda y: [y * 2.0 + 1.0], [x])[0]


def of_unknown_shape(x):
    shape = tf.shape(x)[: tf.strings.to_number(tf.constant("2"), tf.int32)]
    y = tf.reshape(tf.boolean_mask(x, tf.ones_like(x, tf.bool)), shape)
    return x - tf.reduce_mean(y, axis=0)


def by_string(x):
    total = tf.strings.reduce_join(tf.strings.as_string(tf.cast(x[:, 0] > 0, tf.int32)))
    return x * (1.0 + tf.cast(tf.strings.to_hash_bucket_fast(total, 7), tf.float32))


def by_table(x):
    table = tf.lookup.experimental.DenseHashTable(tf.int32, tf.float32, -1.0, -1, -2)
    table.insert(tf.cast(x[:, 0] > 0, tf.int32), x[:, 1])
    return x + table.lookup(tf.zeros([tf.shape(x)[0]], tf.int32))[:, None]


def ragged(x):
    rows = tf.RaggedTensor.from_row_splits(tf.reshape(x, [-1]), [0, tf.size(x)])
    return x - tf.reduce_mean(rows, axis=1)[:, None]


def unique_first(x):
    _, index = tf.unique(tf.cast(x[:, 0] > 0, tf.int32))
    return x * tf.cast(1 + index, tf.float32)[:, None]


def of_the_same_kind(x):
    kind = tf.cast(x[:, 0] > 0, tf.int32)
    return x - tf.gather(tf.math.unsorted_segment_mean(x, kind, 2), kind)


MIXING = {
    "integers": lambda x: x + tf.cast(tf.reduce_sum(tf.cast(x * 100, tf.int32), 0), tf.float32) / 100,
    "argmax": lambda x: x + tf.cast(tf.argmax(x, axis=0), tf.float32),
    "any": lambda x: x + tf.cast(tf.reduce_any(x > 0.9, axis=0), tf.float32),
    "complex": lambda x: x - tf.math.real(tf.reduce_mean(tf.cast(x, tf.complex64), axis=0)),
    "fused batch norm": fused_batch_norm,
    "nested function": nested_mean,
    "cond": lambda x: tf.cond(tf.constant(True), lambda: x - tf.reduce_mean(x, axis=0), lambda: x),
    "softmax": lambda x: tf.nn.softmax(x, axis=0),
    "roll": lambda x: tf.roll(x, 1, axis=0),
    "cumsum": lambda x: tf.cumsum(x, axis=0),
    "sort": lambda x: tf.sort(x, axis=0),
    "reverse": lambda x: tf.reverse(x, [0]),
    "singular values": lambda x: x + tf.linalg.svd(x, compute_uv=False)[0],
    "matrix": lambda x: tf.matmul(x, tf.matmul(x, x, transpose_a=True)),
    "unknown shape": of_unknown_shape,
    "carried state": carried_sum,
    "loop": loop_to_the_largest,
    "rare value": lambda x: tf.cond(tf.reduce_any(x[:, 0] == 0.25), lambda: x * 2.0, lambda: x),
    "place": lambda x: x * tf.range(tf.cast(tf.shape(x)[0], tf.float32))[:, None],
    "stateless mask": lambda x: x * tf.cast(tf.random.stateless_uniform(tf.shape(x), [1, 2]) > 0.5, tf.float32),
    "unique": unique_first,
    "string": by_string,
    "table": by_table,
    "ragged": ragged,
    "same kind": of_the_same_kind,
    "next example": lambda x: x - tf.gather(x, tf.math.floormod(tf.range(tf.shape(x)[0]) + 1, tf.shape(x)[0])),
    "convolution along the batch": lambda x: tf.transpose(
        tf.nn.conv1d(tf.transpose(x)[:, :, None], tf.ones([3, 1, 1]), 1, "SAME")[:, :, 0]
    ),
    "backward mean": mixed_backward,
    "backward norm": normalised_backward,
}
# These mix, or might, on one example at a time too.
NEVER = {
    "random": lambda x: x * tf.random.uniform(tf.shape(x)),
    "dropout": lambda x: tf.nn.dropout(x, 0.5),
    "random generator": lambda x: x * tf.random.get_global_generator().normal(tf.shape(x)),
    "stateless random": MIXING["stateless mask"],
    "variable": last_mean(),
    "numpy": lambda x: tf.reshape(tf.numpy_function(lambda v: v - v.mean(0), [x], tf.float32), tf.shape(x)),
    "python": lambda x: tf.reshape(tf.py_function(lambda v: v - tf.reduce_mean(v, 0), [x], tf.float32), tf.shape(x)),
    "random gradient": noisy_backward,
    "table": by_table,
}


class Mixing(keras.layers.Layer):
    def __init__(self, way):
        super().__init__(name="culprit")
        self._way = way

    def call(self, inputs):
        return tf.ensure_shape(self._way(inputs), inputs.shape)


def model_with(way) -> keras.Sequential:
    seeded = keras.initializers.GlorotNormal(seed=1)
    dense = [keras.layers.Dense(size, kernel_initializer=seeded) for size in (WIDTH, 1)]
    model = keras.Sequential([keras.layers.Dense(WIDTH, "tanh", name="first"), Mixing(way), *dense])
    model(tf.zeros([1, WIDTH]))
    return model


def make_data(num_physical=1, physical=8, seed=0):
    rng = np.random.default_rng(seed)
    return tf.constant(rng.normal(size=(num_physical, physical, WIDTH)), tf.float32), tf.zeros([num_physical, physical])


def step(model, loss_fn, batches=None, **settings):
    batches = batches or make_data()
    return make_optimizer(**settings).private_gradients(model, loss_fn, batches, full_mask(batches[0])).gradients


def loss_of(model):
    return lambda x, y: tf.square(model(x, training=True)[:, 0] - y)


@pytest.mark.parametrize("way", MIXING | NEVER)
@pytest.mark.parametrize("in_graph", [pytest.param(False, marks=pytest.mark.slow), True])
def test_layers_that_mix_are_refused(way, in_graph):
    model = model_with((MIXING | NEVER)[way])
    run = tf.function(step) if in_graph else step
    with pytest.raises(ValueError, match="culprit|mixes the examples of a batch|place in the batch"):
        run(model, loss_of(model))


@pytest.mark.parametrize("way", MIXING | NEVER)
def test_losses_that_mix_in_other_ways_are_refused(way):
    model, mix = model_with(tf.identity), (MIXING | NEVER)[way]

    def loss_fn(x, y):
        return tf.square(tf.reduce_sum(mix(tf.concat([model(x)] * WIDTH, axis=1)), axis=1) - y)

    with pytest.raises(ValueError, match="The loss|place in the batch|has behind it a gradient"):
        step(model, loss_fn)


@pytest.mark.parametrize("way", NEVER)
def test_state_randomness_and_python_are_refused_one_example_at_a_time_too(way):
    model = model_with(NEVER[way])
    with pytest.raises(ValueError, match="'culprit'|The loss draws random numbers"):
        step(model, loss_of(model), clipping_method="vectorized_map")


@pytest.mark.parametrize("way", ["softmax", "roll", "next example", "nested function", "backward norm", "any"])
@pytest.mark.parametrize("extra", [0.3, 1e4, float("nan")])
def test_one_example_at_a_time_nothing_mixes(way, extra):
    """The way out that the errors offer: the true sums move by at most the clip."""
    model, (x, y) = model_with(MIXING[way]), make_data()
    more = tf.concat([x[:, :3], tf.fill([1, 1, WIDTH], extra), x[:, 3:-1]], axis=1)
    settings = {"clipping_method": "vectorized_map"}
    with_all = flat(step(model, loss_of(model), (more, y), **settings)) * 8
    mask = tf.constant([[True] * 3 + [False] + [True] * 4])
    without = make_optimizer(**settings).private_gradients(model, loss_of(model), (more, y), mask).gradients
    assert np.linalg.norm(with_all - flat(without) * 8) <= CLIP * (1 + 1e-5)


@pytest.mark.parametrize("way", ["next example", "place", "backward norm"])
def test_the_layer_is_named_with_the_way_out(way):
    model = model_with(MIXING[way])
    with pytest.raises(ValueError, match=r"'culprit' \(Mixing\).*vectorized_map|'(first|dense_?\d*)'.*gradient"):
        step(model, loss_of(model))


@pytest.mark.parametrize("kind", ["mean", "next"])
def test_mixing_is_found_where_the_size_of_the_images_is_unknown(kind):
    mix = {"mean": lambda x: x - tf.reduce_mean(x, axis=0), "next": lambda x: x - tf.roll(x, 1, 0)}[kind]
    model = keras.Sequential(
        [
            keras.Input([None, None, 1]),
            keras.layers.Conv2D(2, 3),
            keras.layers.Lambda(mix),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(1),
        ]
    )
    optimizer = make_optimizer()

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, None, 1]), tf.TensorSpec([None, None], tf.bool)])
    def run(x, mask):
        return optimizer.private_gradients(model, lambda x: model(x)[:, 0], (x,), mask).gradients

    with pytest.raises(ValueError, match="mixes the examples"):
        run(tf.zeros([1, 4, 8, 8, 1]), tf.ones([1, 4], tf.bool))


def test_weights_that_hide_the_mixing_at_the_start_do_not():
    """As the zero with which the attention of a self-attention GAN begins."""

    class Attention(keras.layers.Layer):
        def build(self, input_shape):
            self.gate = self.add_weight(shape=(), initializer="zeros", name="gate")

        def call(self, inputs):
            return inputs + self.gate * tf.gather(inputs, tf.range(tf.shape(inputs)[0])[::-1])

    model = keras.Sequential([keras.layers.Dense(WIDTH), Attention(name="culprit"), keras.layers.Dense(1)])
    model(tf.zeros([1, WIDTH]))
    before = model.get_weights()
    with pytest.raises(ValueError, match="mixes the examples"):
        step(model, loss_of(model))
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("clipping_method", ["auto", "vectorized_map"])
def test_weights_stay_and_a_loss_is_tried_out_once(clipping_method):
    model, batches = model_with(tf.nn.relu), make_data()
    optimizer, before, calls = make_optimizer(clipping_method=clipping_method), model.get_weights(), []

    def loss_fn(x, y):
        calls.append(x.shape)
        return tf.square(model(x)[:, 0] - y)

    def run():
        mask = full_mask(batches[0])
        return optimizer.private_gradients(model, lambda *inputs: loss_fn(*inputs), batches, mask).gradients

    first, num_calls = run(), len(calls)
    second = run()
    assert len(calls) - num_calls == 1 < num_calls
    np.testing.assert_allclose(flat(first), flat(second), rtol=1e-5)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_model_that_turns_the_axes_for_one_size_of_the_batch_only_is_refused():
    """Dense then sees time in front, in a batch of as many examples as moments, and nowhere else."""

    class Turning(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(2, "tanh")

        def call(self, inputs):
            if inputs.shape[0] != 8:
                return tf.reduce_sum(self.dense(inputs), axis=[1, 2])
            return tf.reduce_sum(self.dense(tf.transpose(inputs, [1, 0, 2])), axis=[0, 2])

    model = Turning()
    model(tf.zeros([1, 8, WIDTH]))
    with pytest.raises(ValueError, match="gradient that changes"):
        step(model, model, (tf.zeros([1, 8, 8, WIDTH]),))


def discriminator_and_loss(architecture, norm, loss_name):
    shape = models.ARCHITECTURES[architecture].example_shape
    config = ModelConfig(architecture=architecture, discriminator_norm=norm, discriminator_width=8)
    discriminator, loss = models.build_discriminator(shape, config), LOSSES[loss_name]()

    def loss_fn(images, labels, positions):
        def judge(judged):
            return discriminator((judged, labels), training=True)

        losses = loss.real(judge(images))
        return losses + loss.penalty(judge, images, 0 * images, positions) if loss.has_penalty else losses

    return discriminator, loss_fn, (tf.zeros([1, 16, *shape[:3]]), tf.zeros([1, 16], tf.int32), tf.zeros([1, 16]))


def shipped():
    """Every combination; those of one loss, and every loss once, in the gate."""
    for architecture in [name for name, row in models.ARCHITECTURES.items() if row.private_discriminator]:
        for norm in ("none", "group", "layer"):
            for loss_name in LOSSES:
                quick = loss_name == "hinge" or (architecture, norm) == ("dcgan", "group")
                yield pytest.param(architecture, norm, loss_name, marks=() if quick else pytest.mark.slow)


@pytest.mark.parametrize("architecture, norm, loss_name", shipped())
def test_every_shipped_discriminator_passes(architecture, norm, loss_name):
    discriminator, loss_fn, batches = discriminator_and_loss(architecture, norm, loss_name)
    make_optimizer()._mixing_gate.check(discriminator, loss_fn, batches, 2, "auto")


@pytest.mark.parametrize("norm", ["none", "group", "layer"])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_every_shipped_classifier_passes(norm, activation):
    settings = ClassifierConfig(model_dir="unused", noise_multiplier=1.0, classifier_norm=norm, activation=activation)
    model = build_classifier(models.ImageShape(28, 28, 1, 10), settings)

    def loss_fn(images, labels):
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, model(images, training=True))

    batches = (tf.zeros([1, 16, 28, 28, 1]), tf.zeros([1, 16], tf.int32))
    make_optimizer()._mixing_gate.check(model, loss_fn, batches, 2, "auto")


@pytest.mark.slow
def test_the_gate_takes_at_most_two_seconds_for_the_default_discriminator():
    """Once TensorFlow is warm; alone on the machine it takes about one."""
    for _ in range(2):
        discriminator, loss_fn, batches = discriminator_and_loss("dcgan", "none", "hinge")
        optimizer = DPKerasSGDOptimizer(l2_norm_clip=1.0, noise_multiplier=1.0, expected_batch_size=16)
        start = time.perf_counter()
        optimizer._mixing_gate.check(discriminator, loss_fn, batches, 2, "auto")
        seconds = time.perf_counter() - start
    assert seconds < 2
