# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Per-layer and automatic clipping: equality with a batch-of-one loop, and sensitivities that hold for any example."""

import itertools

import numpy as np
import pytest

import tfdpgan  # noqa: F401  (chooses the Keras before TensorFlow is imported)

# isort: split
import tensorflow as tf
import tf_keras as keras

from tests.privacy.clipping.batch_of_one import assert_equal_sums, global_norm
from tests.privacy.private_steps import full_mask, gradient, make_data, make_model, make_optimizer
from tfdpgan.privacy.clipping import clipped_gradient_sum
from tfdpgan.privacy.clipping.clipping_rule import ClippingRule
from tfdpgan.privacy.clipping.generated_part import GeneratedPart

CLIP = 0.7
METHODS = ("book_keeping", "vectorized_map")
RULES = [ClippingRule(*flags) for flags in itertools.product([False, True], repeat=2)]


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(3)
    layers = keras.layers
    built = keras.Sequential(
        [
            layers.Conv2D(4, 3, strides=2, activation="relu"),
            layers.GroupNormalization(2),
            layers.Flatten(),
            layers.Dense(3, activation="tanh"),
            layers.Dense(1, use_bias=False),
        ]
    )
    built.build((None, 8, 8, 1))
    return built


def loss_of(model):
    return lambda images: 5 * tf.nn.softplus(model(images)[:, 0])


def images(batch_size, seed=0):
    return np.random.default_rng(seed).normal(size=(batch_size, 8, 8, 1)).astype(np.float32)


def layers_of(model):
    """The places of each layer's variables in `trainable_variables`, by their names alone."""
    names = [variable.name.split("/")[0] for variable in model.trainable_variables]
    return [[i for i, name in enumerate(names) if name == layer] for layer in dict.fromkeys(names)]


def sum_of_loop(model, values, rule):
    groups = layers_of(model) if rule.per_layer else [list(range(len(model.trainable_variables)))]
    sums = [np.zeros(variable.shape) for variable in model.trainable_variables]
    for row in values:
        with tf.GradientTape() as tape:
            loss = loss_of(model)(row[None])[0]
        gradients = [g.numpy().astype(np.float64) for g in tape.gradient(loss, model.trainable_variables)]
        for places in groups:
            norm, bound = global_norm([gradients[i] for i in places]), CLIP / len(groups) ** 0.5
            factor = bound / (norm + 0.01) if rule.automatic else min(1.0, bound / norm)
            for i in places:
                sums[i] += factor * gradients[i]
    return sums


def test_every_layer_is_a_group(model):
    assert ClippingRule(per_layer=True).groups(model) == [0, 0, 1, 1, 2, 2, 3]
    assert ClippingRule().groups(model) == [0] * 7


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rule", RULES)
def test_equals_loop_over_batches_of_one(model, rule, method):
    values = images(5)
    result = tf.function(
        lambda x: clipped_gradient_sum(loss_of(model), (x,), model, CLIP, None, method, rule).gradients
    )(values)
    assert_equal_sums(result, sum_of_loop(model, values, rule))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rule", RULES)
def test_one_example_more_moves_the_sum_by_at_most_the_clip(model, rule, method):
    values = images(4)
    with_nan = values[0].copy()
    with_nan[3, 3] = np.nan
    extras = [
        values[1],
        100 * values[2],
        with_nan,
        *(np.full_like(values[0], value) for value in (0, 1e-40, 1e30, np.nan, -np.inf)),
    ]
    step = tf.function(
        lambda x: clipped_gradient_sum(loss_of(model), (x,), model, CLIP, None, method, rule).gradients,
        input_signature=[tf.TensorSpec([None, 8, 8, 1])],
    )
    without = step(values)
    for extra in extras:
        moved = [a - b for a, b in zip(step(np.concatenate([values, extra[None]])), without, strict=True)]
        assert global_norm(moved) <= CLIP * (1 + 1e-5)
        if not np.isfinite(extra).all():
            assert global_norm(step(extra[None])) == 0


def test_each_layer_has_its_share_of_the_clip(model):
    gradients = clipped_gradient_sum(
        loss_of(model), (1000 * images(1),), model, CLIP, rule=ClippingRule(per_layer=True)
    ).gradients
    shares = [global_norm([gradients[i] for i in places]) for places in layers_of(model)]
    assert max(shares) <= CLIP / 2 * (1 + 1e-5)
    assert sum(share > 0.99 * CLIP / 2 for share in shares) >= 2


def test_automatic_clipping_gives_small_gradients_the_length_of_large_ones(model):
    tiny = lambda x: 0.001 * loss_of(model)(x)  # noqa: E731

    def length(loss, automatic):
        rule = ClippingRule(automatic=automatic)
        return global_norm(clipped_gradient_sum(loss, (images(1),), model, CLIP, rule=rule).gradients)

    lengths = [length(tiny, False), length(tiny, True), length(loss_of(model), True)]
    assert lengths[0] < lengths[1] < lengths[2] < CLIP
    assert lengths[2] > 0.95 * CLIP


@pytest.mark.parametrize("rule", RULES)
def test_the_optimizer_bounds_real_and_generated_examples_alike(rule):
    model, (x, y) = make_model(), make_data()
    optimizer = make_optimizer(per_layer_clipping=rule.per_layer, automatic_clipping=rule.automatic)
    assert optimizer.clipping_rule == rule
    assert type(optimizer).from_config(optimizer.get_config()).clipping_rule == rule

    def loss(features, target):
        return tf.square(model(features)[:, 0] - target)

    nobody = tf.zeros(x.shape[:2], tf.bool)
    generated = GeneratedPart(loss, (x[0], y[0]))
    expected = clipped_gradient_sum(loss, (x[0], y[0]), model, optimizer.l2_norm_clip, rule=rule).gradients
    expected = np.concatenate([np.ravel(each) for each in expected])
    np.testing.assert_allclose(gradient(optimizer, model, (x, y), nobody, generated), expected / 4, rtol=1e-5)
    real = gradient(optimizer, model, (x[:1], y[:1]), full_mask(x[:1]))
    np.testing.assert_allclose(real, expected / 8, rtol=1e-5)


@pytest.mark.parametrize("name", ["per_layer_clipping", "automatic_clipping"])
def test_only_booleans_are_taken(name):
    with pytest.raises(ValueError, match=f"`{name}` must be True or False"):
        make_optimizer(**{name: 0.5})
