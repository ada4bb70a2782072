# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The discriminator's step on real images: each image's gradient is its own, whatever the loss."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.training.small import small_config, small_dataset
from tfdpgan.config import ConfigError
from tfdpgan.losses import LOSSES
from tfdpgan.privacy.clipping import clipped_gradient_sum
from tfdpgan.privacy.optimizer import make_dp_optimizer
from tfdpgan.training.dpsgd_gan import DPSGDGANPhase
from tfdpgan.training.plain_gan import PlainGANPhase
from tfdpgan.training.plan import make_plan
from tfdpgan.training.players import Players
from tfdpgan.training.session import image_shape


def phase_of(digit_images, **settings):
    """A private phase that has filled its pool, and its discriminator."""
    dataset = small_dataset(digit_images)
    plan = make_plan(small_config("unused", warm_start_steps=0, **settings), dataset.num_examples)
    players = Players(image_shape(dataset), plan.config)
    phase = DPSGDGANPhase(plan.config, dataset, players, plan.stages[-1])
    phase.prepare(None, 0)
    return phase, players.discriminator


def flat(tensors):
    return np.concatenate([np.ravel(tensor) for tensor in tensors])


@pytest.mark.parametrize(("loss", "clip"), [*((loss, 0.1) for loss in LOSSES), ("wgan_gp", 1e6)])
def test_clipped_sum_equals_a_loop_over_batches_of_one(digit_images, loss, clip):
    phase, discriminator = phase_of(digit_images, loss=loss)
    batch = phase._real_batches(np.arange(5), 0)
    clipped = tf.function(
        lambda *real: clipped_gradient_sum(phase._real_loss, real, discriminator, clip).gradients
    )(*batch)
    expected = 0.0
    for i in range(5):
        with tf.GradientTape() as tape:
            loss_of_one = tf.reduce_sum(phase._real_loss(*(part[i : i + 1] for part in batch)))
        # The bias of the last layer cancels out of a gradient penalty.
        row = flat(tape.gradient(loss_of_one, discriminator.trainable_variables, unconnected_gradients="zero"))
        expected = expected + row * min(1.0, clip / np.linalg.norm(row))
    np.testing.assert_allclose(flat(clipped), expected, rtol=1e-3, atol=1e-5 * np.linalg.norm(expected))


@pytest.mark.parametrize("phase_class", [DPSGDGANPhase, PlainGANPhase])
def test_wasserstein_steps_move_the_discriminator(digit_images, phase_class):
    dataset = small_dataset(digit_images)
    plan = make_plan(small_config("unused", warm_start_steps=0, loss="wgan_gp"), dataset.num_examples)
    players = Players(image_shape(dataset), plan.config)
    stage = plan.stages[-1:] if phase_class is DPSGDGANPhase else ()
    phase = phase_class(plan.config, dataset, players, *stage)
    phase.prepare(None, 0)
    before = flat(players.discriminator.trainable_variables)
    for step in range(2):
        reported = phase.step(step)
    after = flat(players.discriminator.trainable_variables)
    assert np.isfinite(after).all() and np.abs(after - before).max() > 0
    assert np.isfinite(reported["generator_loss"])


def test_without_privacy_padding_teaches_nothing(digit_images):
    """The same draws in tight and in mostly empty physical batches: the same discriminator, its statistics too."""
    dataset, found = small_dataset(digit_images), []
    for physical_batch_size in (16, 200):
        config = small_config(
            "unused", warm_start_steps=0, discriminator_norm="batch", public_data=True, noise_multiplier=None,
            physical_batch_size=physical_batch_size, noise_seed=3,
        )
        players = Players(image_shape(dataset), config)
        phase = PlainGANPhase(make_plan(config, dataset.num_examples).config, dataset, players)
        phase.prepare(None, 0)
        for step in range(3):
            phase.step(step)
        found.append(flat(players.discriminator.weights))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-3, atol=1e-5)


def test_partners_are_drawn_anew_for_each_image_and_in_secret(digit_images):
    phase, _ = phase_of(digit_images, loss="wgan_gp")
    draws = [phase._draw_pairing((40, 50), step=3) for _ in range(2)]
    for partners, positions in draws:
        assert set(partners.ravel()) == set(range(8))
        assert positions.min() >= 0 and positions.max() < 1
    assert np.mean(draws[0][0] == draws[1][0]) < 0.2  # one in eight by chance
    assert not np.intersect1d(draws[0][1], draws[1][1]).size > 20


def test_with_a_seed_for_tests_partners_are_a_function_of_the_step(digit_images):
    phase, _ = phase_of(digit_images, loss="wgan_gp", noise_seed=5)
    np.testing.assert_array_equal(phase._draw_pairing((2, 9), 3), phase._draw_pairing((2, 9), 3))
    assert not np.array_equal(phase._draw_pairing((2, 9), 3), phase._draw_pairing((2, 9), 4))


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


@pytest.mark.parametrize("loss", ["hinge", "wgan_gp"])
def test_groups_of_images_are_clipped_as_one_and_cost_the_doubled_sensitivity(digit_images, loss):
    settings = dict(loss=loss, batch_size=30, microbatches=10)
    phase, discriminator = phase_of(digit_images, **settings)
    drawn = phase._sampler.draw()
    assert drawn.mask.shape[0] * drawn.mask.shape[1] == 10
    real = phase._real_batches(drawn.indices, 0)
    optimizer = make_dp_optimizer(keras.optimizers.SGD)(0.1, 0.0, 30, num_microbatches=10)
    step = tf.function(
        lambda: optimizer.private_gradients(discriminator, phase._real_loss, real, tf.constant(drawn.mask)).gradients
    )
    expected = 0.0
    for group in np.ndindex(*drawn.mask.shape[:2]):
        members = drawn.mask[group]
        if members.any():
            with tf.GradientTape() as tape:
                total = tf.reduce_sum(phase._real_loss(*(part[group][members] for part in real))) / 3
            row = flat(tape.gradient(total, discriminator.trainable_variables, unconnected_gradients="zero"))
            expected = expected + row * min(1.0, 0.1 / np.linalg.norm(row))
    np.testing.assert_allclose(flat(step()) * 10, expected, rtol=1e-3, atol=1e-4 * np.linalg.norm(expected))

    before = flat(discriminator.trainable_variables)
    for number in range(2):
        phase.step(number)
    assert np.abs(flat(discriminator.trainable_variables) - before).max() > 0
    assert phase.stage.step_event.event.noise_multiplier == phase.stage.parameters["noise_multiplier"] / 2
