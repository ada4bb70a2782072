# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The discriminator's step on real images: each image's gradient is its own, whatever the loss."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.training.small import small_config, small_dataset
from tfdpgan import api, models
from tfdpgan.config import ConfigError
from tfdpgan.losses import LOSSES
from tfdpgan.methods.dpgan.phase import GANPhase, check
from tfdpgan.methods.planning import make_plan
from tfdpgan.privacy.clipping import clipped_gradient_sum
from tfdpgan.privacy.optimizers.dp_optimizer import make_dp_optimizer
from tfdpgan.training.networks import Networks, image_shape


def phase_of(digit_images, **settings):
    """A private phase that has filled its pool, and its discriminator."""
    dataset = small_dataset(digit_images)
    plan = make_plan(small_config("unused", warm_start_steps=0, **settings), dataset.num_examples)
    networks = Networks(image_shape(dataset), plan.config)
    phase = GANPhase("dp_sgd", plan.config, dataset, networks, plan.stages[-1])
    phase.prepare(None, 0)
    return phase, networks.discriminator


def flat(tensors):
    return np.concatenate([np.ravel(tensor) for tensor in tensors])


@pytest.mark.parametrize(("loss", "clip"), [*((loss, 0.1) for loss in LOSSES), ("wgan_gp", 1e6)])
def test_clipped_sum_equals_a_loop_over_batches_of_one(digit_images, loss, clip):
    phase, discriminator = phase_of(digit_images, loss=loss)
    batch = phase._real.load(np.arange(5), 0)
    clipped = tf.function(lambda *real: clipped_gradient_sum(phase._real.loss, real, discriminator, clip).gradients)(
        *batch
    )
    expected = 0.0
    for i in range(5):
        with tf.GradientTape() as tape:
            loss_of_one = tf.reduce_sum(phase._real.loss(*(part[i : i + 1] for part in batch)))
        # The bias of the last layer cancels out of a gradient penalty.
        row = flat(tape.gradient(loss_of_one, discriminator.trainable_variables, unconnected_gradients="zero"))
        expected = expected + row * min(1.0, clip / np.linalg.norm(row))
    np.testing.assert_allclose(flat(clipped), expected, rtol=1e-3, atol=1e-5 * np.linalg.norm(expected))


@pytest.mark.parametrize("is_private", [True, False])
def test_wasserstein_steps_move_the_discriminator(digit_images, is_private):
    dataset = small_dataset(digit_images)
    plan = make_plan(small_config("unused", warm_start_steps=0, loss="wgan_gp"), dataset.num_examples)
    networks = Networks(image_shape(dataset), plan.config)
    phase = GANPhase("gan", plan.config, dataset, networks, plan.stages[-1] if is_private else None)
    phase.prepare(None, 0)
    before = flat(networks.discriminator.trainable_variables)
    for step in range(2):
        reported = phase.step(step)
    after = flat(networks.discriminator.trainable_variables)
    assert np.isfinite(after).all() and np.abs(after - before).max() > 0
    assert np.isfinite(reported["generator_loss"])


def test_without_privacy_padding_teaches_nothing(digit_images):
    """The same draws in tight and in mostly empty physical batches: the same discriminator, its statistics too."""
    dataset, found = small_dataset(digit_images), []
    for physical_batch_size in (16, 200):
        config = small_config(
            "unused",
            warm_start_steps=0,
            discriminator_norm="batch",
            public_data=True,
            noise_multiplier=None,
            physical_batch_size=physical_batch_size,
            noise_seed=3,
        )
        networks = Networks(image_shape(dataset), config)
        phase = GANPhase("gan", make_plan(config, dataset.num_examples).config, dataset, networks)
        phase.prepare(None, 0)
        for step in range(3):
            phase.step(step)
        found.append(flat(networks.discriminator.weights))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-3, atol=1e-5)


def test_partners_are_drawn_anew_for_each_image_and_in_secret(digit_images):
    phase, _ = phase_of(digit_images, loss="wgan_gp")
    draws = [phase._real.draw_pairing((40, 50), step=3) for _ in range(2)]
    for partners, positions in draws:
        assert set(partners.ravel()) == set(range(8))
        assert positions.min() >= 0 and positions.max() < 1
    assert np.mean(draws[0][0] == draws[1][0]) < 0.2  # one in eight by chance
    assert not np.intersect1d(draws[0][1], draws[1][1]).size > 20


def test_with_a_seed_for_tests_partners_are_a_function_of_the_step(digit_images):
    phase, _ = phase_of(digit_images, loss="wgan_gp", noise_seed=5)
    np.testing.assert_array_equal(phase._real.draw_pairing((2, 9), 3), phase._real.draw_pairing((2, 9), 3))
    assert not np.array_equal(phase._real.draw_pairing((2, 9), 3), phase._real.draw_pairing((2, 9), 4))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"clipping_method": "book_keeping"}, "--clipping_method=book_keeping"),
        ({"adaptive_discriminator_steps": True}, "--adaptive_discriminator_steps"),
        ({"loss": "wasserstein"}, "wgan_gp"),
    ],
)
def test_settings_that_do_not_fit_are_refused_before_training(digit_images, settings, words):
    with pytest.raises(ConfigError, match=words):
        phase_of(digit_images, **{"loss": "wgan_gp", **settings})


@pytest.mark.parametrize("architecture", models.ARCHITECTURES)
def test_a_private_discriminator_is_one_whose_row_allows_it(architecture):
    row = models.ARCHITECTURES[architecture]
    config = small_config("unused", architecture=architecture)
    networks = Networks(row.example_shape, config)
    stage = make_plan(config, 120).stages[-1]
    check(config, networks, None)
    if row.private_discriminator:
        check(config, networks, stage)
        return
    with pytest.raises(ConfigError, match=f"--architecture={architecture} .*private_discriminator=False") as refusal:
        check(config, networks, stage)
    assert "\n" not in str(refusal.value)


def test_a_training_that_the_row_does_not_allow_writes_nothing(tmp_path, digit_images, monkeypatch):
    """On images declared public the same row trains."""
    row = dataclasses.replace(models.ARCHITECTURES["fully_connected"], private_discriminator=False)
    monkeypatch.setitem(models.ARCHITECTURES, "modest", row)
    dataset = small_dataset(digit_images)
    settings = dict(architecture="modest", steps=1, warm_start_steps=0)
    with pytest.raises(ConfigError, match="--architecture=modest has a discriminator that cannot be trained by DP-SGD"):
        api.train(make_plan(small_config(tmp_path / "run", **settings), 120), dataset, show_progress=False)
    assert not (tmp_path / "run").exists()
    public = dataclasses.replace(dataset, is_public=True)
    config = small_config(tmp_path / "run", **settings, public_data=True, noise_multiplier=None)
    assert api.train(make_plan(config, 120), public, show_progress=False).epsilon == 0


@pytest.mark.parametrize("loss", ["hinge", pytest.param("wgan_gp", marks=pytest.mark.slow)])
def test_groups_of_images_are_clipped_as_one_and_cost_the_doubled_sensitivity(digit_images, loss):
    settings = dict(loss=loss, batch_size=30, microbatches=10)
    phase, discriminator = phase_of(digit_images, **settings)
    drawn = phase._update._sampler.draw()
    assert drawn.mask.shape[0] * drawn.mask.shape[1] == 10
    real = phase._real.load(drawn.indices, 0)
    optimizer = make_dp_optimizer(keras.optimizers.SGD)(0.1, 0.0, 30, num_microbatches=10)
    step = tf.function(
        lambda: optimizer.private_gradients(discriminator, phase._real.loss, real, tf.constant(drawn.mask)).gradients
    )
    expected = 0.0
    for group in np.ndindex(*drawn.mask.shape[:2]):
        members = drawn.mask[group]
        if members.any():
            with tf.GradientTape() as tape:
                total = tf.reduce_sum(phase._real.loss(*(part[group][members] for part in real))) / 3
            row = flat(tape.gradient(total, discriminator.trainable_variables, unconnected_gradients="zero"))
            expected = expected + row * min(1.0, 0.1 / np.linalg.norm(row))
    np.testing.assert_allclose(flat(step()) * 10, expected, rtol=1e-3, atol=1e-4 * np.linalg.norm(expected))

    before = flat(discriminator.trainable_variables)
    for number in range(2):
        phase.step(number)
    assert np.abs(flat(discriminator.trainable_variables) - before).max() > 0
    assert phase.stage.mechanism.event.event.noise_multiplier == phase.stage.mechanism.noise_multiplier / 2
