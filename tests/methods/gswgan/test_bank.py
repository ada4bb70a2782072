# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Many critics at once against Keras' layers and optimizer, one critic after the other."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.methods.gswgan.small import DIGITS, NUM_CRITICS, bank_of, batches_of, rows_of, spec_of
from tfdpgan.methods.gswgan.bank import Batches
from tfdpgan.methods.gswgan.critic_spec import CriticSpec, bank_memory, memory_sentence
from tfdpgan.methods.gswgan.critics import critic_losses, initial_weights, normalized, scores
from tfdpgan.models import ImageShape

CONV_WITH_SPECTRAL_NORM = pytest.param("conv", True, marks=pytest.mark.slow)


def keras_features(spec):
    """The layers before the linear one, with Keras."""
    layers = keras.layers
    if spec.kind == "patch":
        stack = [layers.Conv2D(spec.width, 4, strides=4, activation="relu"), layers.Flatten()]
        stack += [layers.Dense(4 * spec.width, activation="relu")]
    else:
        stack = []
        for factor in (1, 2, 4):
            stack += [layers.ZeroPadding2D(2), layers.Conv2D(factor * spec.width, 5, strides=2, activation="relu")]
        stack += [layers.Flatten()]
    return keras.Sequential([layers.InputLayer(spec.shape[:3]), *stack])


def keras_scores(spec, weights, critic):
    features = keras_features(spec)
    hidden = [value[critic] for name, value in weights.items() if name != "embedding"][:-2]
    features.set_weights([value.reshape(slot.shape) for value, slot in zip(hidden, features.weights, strict=True)])
    last = len(hidden) // 2

    def score(images, labels):
        found = features(images)
        embedded = tf.gather(weights["embedding"][critic].T, labels)
        linear = tf.squeeze(found @ weights[f"kernel_{last}"][critic], 1) + weights[f"bias_{last}"][critic]
        return linear + tf.reduce_sum(found * embedded, axis=1)

    return score, features


@pytest.mark.parametrize("kind", ["patch", "conv"])
def test_stacked_critics_score_as_keras_layers_do(kind, digit_images):
    spec = spec_of(kind, spectral_norm=False)
    weights = initial_weights(spec, 3, np.random.default_rng(0))
    batch = batches_of(digit_images, [0, 3, 5])
    found = scores(spec, {name: tf.constant(value) for name, value in weights.items()}, batch.real[0], batch.labels[0])
    for critic in range(3):
        score, _ = keras_scores(spec, weights, critic)
        np.testing.assert_allclose(found[critic], score(batch.real[0, critic], batch.labels[0, critic]), atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "spectral_norm"),
    [("patch", False), ("patch", True), pytest.param("conv", False, marks=pytest.mark.slow), CONV_WITH_SPECTRAL_NORM],
)
def test_all_at_once_is_one_after_the_other(kind, spectral_norm, digit_images):
    together, alone = (bank_of(kind, spectral_norm=spectral_norm) for _ in range(2))
    critics = [4, 1, 2]
    batches = batches_of(digit_images, critics)
    losses = together.train(np.array(critics), batches)
    for place, critic in enumerate(critics):
        own = alone.train(np.array([critic]), Batches(*(part[:, place : place + 1] for part in batches)))
        np.testing.assert_allclose(losses[place], own[0], rtol=1e-4)
    for name, value in rows_of(together).items():
        np.testing.assert_allclose(value, rows_of(alone)[name], atol=2e-5, err_msg=name)
    assert together.changed.tolist() == [True] * NUM_CRITICS  # none has been saved


def test_a_step_is_kerass_adam_on_the_published_loss(digit_images):
    bank = bank_of("patch", spectral_norm=False)
    before = {name.removeprefix("weights/"): value for name, value in rows_of(bank).items() if "weights" in name}
    batches = batches_of(digit_images, [2], num_steps=3)
    bank.train(np.array([2]), batches)
    variables = {name: tf.Variable(value[2]) for name, value in before.items()}
    adam = keras.optimizers.Adam(1e-3, beta_1=0.5, beta_2=0.9, epsilon=1e-8)
    for step in range(3):
        real, generated, labels, positions = (part[step, 0] for part in batches)
        with tf.GradientTape() as outer:
            score = lambda images: scores(  # noqa: E731
                bank.spec,
                {name: value[None] for name, value in variables.items()},
                images[None],
                labels[None],  # noqa: B023
            )[0]
            at = positions[:, None, None, None]
            mixed = at * real + (1 - at) * generated
            with tf.GradientTape() as inner:
                inner.watch(mixed)
                found = score(mixed)
            norms = tf.sqrt(tf.reduce_sum(inner.gradient(found, mixed) ** 2, axis=[1, 2, 3]))
            loss = tf.reduce_mean(score(generated)) - tf.reduce_mean(score(real))
            loss += 10 * tf.reduce_mean((norms - 1) ** 2) + 1e-3 * tf.reduce_mean(score(real) ** 2)
        gradients = outer.gradient(loss, list(variables.values()))
        adam.apply_gradients(zip(gradients, variables.values(), strict=True))
    for name, variable in variables.items():
        np.testing.assert_allclose(rows_of(bank)[f"weights/{name}"][2], variable, atol=5e-5, err_msg=name)


def test_replacing_one_image_changes_the_critic_of_its_shard_only(digit_images):
    from tfdpgan.privacy.mechanisms.shards import Shards

    images, labels = digit_images
    position = 17
    changed = images.copy(), labels.copy()
    changed[0][position], changed[1][position] = 255 - images[position], (labels[position] + 1) % 10
    critics = np.arange(NUM_CRITICS)
    banks = []
    for data in (digit_images, changed):
        banks.append(bank_of("patch"))
        banks[-1].train(critics, batches_of(data, critics, num_steps=5, batch_size=8))
    own = Shards(len(images), NUM_CRITICS, seed=0).shard_of()[position]
    differs = np.zeros(NUM_CRITICS, bool)
    for name, value in rows_of(banks[0]).items():
        differs |= np.any((value != rows_of(banks[1])[name]).reshape(NUM_CRITICS, -1), axis=1)
    assert np.flatnonzero(differs).tolist() == [own]


@pytest.mark.parametrize("kind", ["patch", pytest.param("conv", marks=pytest.mark.slow)])
def test_a_critic_of_nothing_but_nan_spoils_no_other(kind, digit_images):
    bank, healthy = bank_of(kind), bank_of(kind)
    kernel = bank.state["weights/kernel_0"]
    kernel.scatter_nd_update([[3]], [tf.fill(kernel.shape[1:], np.nan)])
    critics = np.arange(NUM_CRITICS)
    for each in (bank, healthy):
        each.train(critics, batches_of(digit_images, critics))
    for name, value in rows_of(bank).items():
        np.testing.assert_array_equal(np.delete(value, 3, 0), np.delete(rows_of(healthy)[name], 3, 0))
    images = tf.zeros([4, 28, 28, 1])
    found = bank.judge(tf.constant([0, 3, 3, 5]))(images, tf.zeros([4], tf.int32))
    assert np.isnan(found).tolist() == [False, True, True, False]


@pytest.mark.parametrize("kind", ["patch", "conv"])
def test_drawn_critics_judge_their_own_images(kind):
    bank = bank_of(kind)
    images, labels = tf.random.stateless_uniform([4, 28, 28, 1], [1, 2], -1, 1), tf.constant([0, 1, 2, 9])
    drawn = bank.judge(tf.constant([5, 0, 5, 2]))(images, labels)
    for place, critic in enumerate((5, 0, 5, 2)):
        shared = bank.judge(tf.constant([critic]))(images, labels)
        assert shared.shape == (4,)
        np.testing.assert_allclose(drawn[place], shared[place], atol=1e-5)


def test_spectral_norm_bounds_every_kernel(digit_images):
    bank = bank_of("patch", spectral_norm=True)
    critics = np.arange(NUM_CRITICS)
    for _ in range(10):
        bank.train(critics, batches_of(digit_images, critics, num_steps=5))
    rows = bank._rows(tf.constant(critics))
    for name, kernel in normalized(rows["weights"], rows["directions"]).items():
        if not name.startswith("bias"):
            matrices = np.reshape(kernel, (NUM_CRITICS, -1, kernel.shape[-1]))
            largest = np.linalg.svd(matrices, compute_uv=False)[:, 0]
            assert np.all((largest > 0.999) & (largest < 1.25)), (name, largest)


def test_published_networks_have_their_number_of_weights():
    mnist, celeba = ImageShape(28, 28, 1, 10), ImageShape(32, 32, 3, 2)
    assert CriticSpec(mnist).num_weights() == 1_071_105
    assert CriticSpec(mnist, num_outputs=10).num_weights() == 1_067_018
    assert CriticSpec(celeba).num_weights() == 1_041_537
    assert CriticSpec(celeba, num_outputs=2).num_weights() == 1_037_442


def test_memory_is_told_before_it_is_taken():
    spec = spec_of("patch", spectral_norm=False)
    taken = sum(
        value.nbytes for name, value in rows_of(bank_of("patch", spectral_norm=False)).items() if name != "steps/"
    )
    assert bank_memory(NUM_CRITICS, spec) == taken - 4 * NUM_CRITICS
    assert "12.85 GB" in memory_sentence(1000, CriticSpec(DIGITS))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kind": "mlp"}, "kind is 'mlp'"),
        ({"width": 0}, "width is 0"),
        ({"shape": ImageShape(30, 30, 1, 1), "kind": "patch"}, "30x30"),
    ],
)
def test_bad_specs(settings, words):
    with pytest.raises(ValueError, match=words):
        CriticSpec(**{"shape": DIGITS} | settings)


def test_a_critic_named_twice_is_refused(digit_images):
    with pytest.raises(ValueError, match="once at a time"):
        bank_of().train(np.array([1, 1]), batches_of(digit_images, [1, 1]))


def test_drift_and_gradient_penalties_have_their_weights(digit_images):
    batch = Batches(*(part[0] for part in batches_of(digit_images, [0, 1])))
    weights = {
        name: tf.constant(value) for name, value in initial_weights(spec_of(), 2, np.random.default_rng(3)).items()
    }
    plain, drift, slope = (
        critic_losses(spec_of(gradient_penalty=g, drift_penalty=d), weights, *batch).numpy()
        for g, d in ((0.0, 0.0), (0.0, 2.0), (3.0, 0.0))
    )
    real = scores(spec_of(), weights, batch.real, batch.labels).numpy()
    np.testing.assert_allclose(drift - plain, 2 * np.mean(real**2, axis=1), atol=1e-5)
    assert np.all(slope > plain)
