# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Augmented and pseudo-real images inside each example's clipped gradient; a penalty that is lazy without privacy."""

import numpy as np
import pytest
import tensorflow as tf

from tests.methods.dpgan.test_gan import flat
from tests.training.small import small_config, small_dataset
from tfdpgan.config import ConfigError
from tfdpgan.methods.dpgan.phase import GANPhase
from tfdpgan.methods.planning import make_plan
from tfdpgan.privacy.clipping import clipped_gradient_sum
from tfdpgan.training.networks import Networks, image_shape

AUGMENTED = dict(diff_augment="color_translation_cutout", augmentation_copies=2, pseudo_probability=0.5)


def phase_of(digit_images, is_private=True, **settings):
    dataset = small_dataset(digit_images)
    settings = dict(warm_start_steps=0, architecture="dcgan", **settings)
    if not is_private:
        settings |= dict(public_data=True, noise_multiplier=None)
    plan = make_plan(small_config("unused", **settings), dataset.num_examples)
    networks = Networks(image_shape(dataset), plan.config)
    phase = GANPhase("dp_sgd", plan.config, dataset, networks, plan.stages[-1] if is_private else None)
    phase.prepare(None, 0)
    return phase, networks


@pytest.mark.slow
def test_the_mean_over_augmented_copies_is_clipped_as_one_gradient(digit_images):
    """Also where a generated image has taken a real one's place."""
    phase, networks = phase_of(digit_images, **AUGMENTED)
    network, clip = networks.discriminator, 0.1
    batch = phase._real.load(np.arange(6), 0)
    posed = batch[2].numpy() >= 0
    assert posed.any() and not posed.all()
    fast = tf.function(lambda *real: clipped_gradient_sum(phase._real.loss, real, network, clip).gradients)(*batch)
    expected = 0.0
    for i in range(6):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(phase._real.loss(*(part[i : i + 1] for part in batch)))
        row = flat(tape.gradient(loss, network.trainable_variables, unconnected_gradients="zero"))
        expected = expected + row * min(1.0, clip / np.linalg.norm(row))
    np.testing.assert_allclose(flat(fast), expected, rtol=1e-3, atol=1e-5 * np.linalg.norm(expected))
    before = flat(network.trainable_variables)
    phase.step(0)
    phase.step(1)
    assert np.abs(flat(network.trainable_variables) - before).max() > 0


def test_draws_are_each_images_own_and_secret(digit_images):
    phase, _ = phase_of(digit_images, **AUGMENTED)
    first, second = (phase._real.load(np.arange(120), 0)[3].numpy() for _ in range(2))
    assert first.shape == (120, 2, 7) and len(np.unique(first)) > 1600
    assert not np.array_equal(first, second)


def test_r1_is_lazy_without_privacy_and_in_every_step_under_it(digit_images):
    phase, _ = phase_of(digit_images, is_private=False, loss="non_saturating_r1")
    lengths = [len(phase._real.load(np.arange(4), step)) for step in range(33)]
    assert [step for step, length in enumerate(lengths) if length == 4] == [0, 16, 32]
    batch = phase._real.load(np.arange(4), 0)
    penalty = phase._real.loss(*batch) - phase._real.loss(*batch[:2])
    private, _ = phase_of(digit_images, loss="non_saturating_r1")
    assert {len(private._real.load(np.arange(4), step)) for step in range(3)} == {4}
    once = private._real.loss(*batch) - private._real.loss(*batch[:2])
    np.testing.assert_allclose(penalty, 16 * once, rtol=1e-3)  # the same weights: both begin with the same seed
    for step in range(2):
        assert np.isfinite(phase.step(step)["discriminator_steps"])


def test_a_share_that_follows_real_logits_is_refused_under_privacy_and_moves_without(digit_images):
    with pytest.raises(ConfigError, match="--pseudo_target=0.6 .*must not leave a private step. Give a fixed"):
        phase_of(digit_images, pseudo_target=0.6)
    phase, _ = phase_of(digit_images, is_private=False, pseudo_target=0.01, discriminator_steps=9, learning_rate=0.01)
    for step in range(8):
        phase.step(step)
    assert phase._real.pseudo.share >= 0 and "pseudo_real" in phase.trackables
