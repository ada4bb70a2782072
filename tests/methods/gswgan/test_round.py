# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A whole round, put together as a phase puts it together."""

import math

import numpy as np
import pytest
import tensorflow as tf

from tests.methods.gswgan.small import DIGITS, NUM_CRITICS, bank_of, batches_of
from tfdpgan import models
from tfdpgan.methods.gswgan.critics import normalized, scores
from tfdpgan.models import ModelConfig
from tfdpgan.privacy.mechanisms.noise import GaussianNoise
from tfdpgan.privacy.mechanisms.sanitized_gradients import sanitized_generator_gradients
from tfdpgan.privacy.mechanisms.sanitizer import GradientSanitizer

IMAGES = 4


def generator_of():
    tf.keras.utils.set_random_seed(3)
    config = ModelConfig(architecture="gswgan_dcgan", latent_dim=5, generator_width=4, generator_norm="pixel")
    return models.build_generator(DIGITS, config)


def inputs():
    return tf.random.stateless_normal([IMAGES, 5], [1, 2]), tf.constant([0, 3, 3, 9])


def round_of(bank, generator, sanitizer, drawn):
    latents, labels = inputs()
    judge = bank.judge(tf.constant(drawn, tf.int32))
    return sanitized_generator_gradients(
        lambda: generator((latents, labels), training=True),
        lambda images: -judge(images, labels),
        generator.trainable_variables,
        sanitizer,
        GaussianNoise(),
    )


@pytest.mark.parametrize("kind", ["patch", "conv"])
@pytest.mark.parametrize(("draw", "drawn"), [("per_image", [5, 0, 2, 5]), ("shared", [4])])
def test_without_noise_and_clip_a_round_is_a_plain_wgan_gp_round(kind, draw, drawn, digit_images):
    """The generator's step of Gulrajani et al. 2017: the gradient of -mean D(G(z, y), y), here with tape and batch."""
    bank, generator = bank_of(kind), generator_of()
    bank.train(np.arange(NUM_CRITICS), batches_of(digit_images, range(NUM_CRITICS)))
    sanitizer = GradientSanitizer(0.0, math.inf, NUM_CRITICS, IMAGES, 120, draw)
    found = round_of(bank, generator, sanitizer, drawn)
    latents, labels = inputs()
    with tf.GradientTape() as tape:
        images = generator((latents, labels), training=True)
        losses = []
        for place in range(IMAGES):
            rows = bank._rows(tf.constant([drawn[place % len(drawn)]]))
            weights = normalized(rows["weights"], rows["directions"])
            losses.append(-scores(bank.spec, weights, images[None, place : place + 1], labels[None, place : place + 1]))
        loss = tf.reduce_mean(tf.stack(losses))
    plain = tape.gradient(loss, generator.trainable_variables)
    for one, other in zip(found.gradients, plain, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5 * max(1.0, float(tf.norm(other))))
    assert float(tf.reduce_mean(found.losses)) == pytest.approx(float(loss), abs=1e-5)


@pytest.mark.parametrize("kind", ["patch", "conv"])
@pytest.mark.parametrize("extreme", [1e6, -1e6, np.nan, np.inf])
@pytest.mark.parametrize(("draw", "drawn"), [("per_image", [1, 3, 3, 0]), ("shared", [3])])
def test_an_extreme_critic_moves_a_round_by_no_more_than_is_charged(kind, extreme, draw, drawn):
    """Critic 3 is replaced by a monster: images that it does not judge feel nothing, the others two clips at most."""
    seen = []
    sanitizer = GradientSanitizer(0.0, 0.25, NUM_CRITICS, IMAGES, 120, draw)
    for factor in (1.0, extreme):
        bank = bank_of(kind, spectral_norm=False)
        for name, variable in bank.state.items():
            if name.startswith("weights"):
                value = variable.numpy()
                value[3] *= factor
                variable.assign(value)
        images = tf.Variable(generator_of()(inputs()))
        judge = bank.judge(tf.constant(drawn))
        _, labels = inputs()
        result = sanitized_generator_gradients(
            lambda: tf.identity(images),  # noqa: B023
            lambda judged: -judge(judged, labels),  # noqa: B023
            [images],
            sanitizer,
            GaussianNoise(),
        )
        seen.append(IMAGES * result.gradients[0].numpy())
    moved = np.linalg.norm((seen[0] - seen[1]).reshape(IMAGES, -1), axis=1)
    assert np.all(moved <= sanitizer.sensitivity * (1 + 1e-5))
    judged = np.array([drawn[place % len(drawn)] == 3 for place in range(IMAGES)])
    assert not np.any(moved[~judged]) and np.all(np.isfinite(seen[1]))


def test_with_noise_nothing_of_the_critic_is_left_unnoised(digit_images):
    """Two rounds of one state differ in every image's gradient, also where the critic is dead."""
    bank, generator = bank_of(), generator_of()
    sanitizer = GradientSanitizer(1.0, 1.0, NUM_CRITICS, IMAGES, 120)
    one, other = (round_of(bank, generator, sanitizer, sanitizer.draw_shards(seed=0, step=0)) for _ in range(2))
    for first, second in zip(one.gradients, other.gradients, strict=True):
        is_used = first.numpy() != 0  # rows of labels that were not asked for, and dead units, are zero
        assert np.mean(first.numpy()[is_used] != second.numpy()[is_used]) > 0.99
