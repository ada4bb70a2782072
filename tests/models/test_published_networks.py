# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The networks that Re-GAN was shown on: their published sizes, what is private, and one step on real images."""

import tarfile

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfdpgan import models
from tfdpgan.config import ConfigError
from tfdpgan.data import load_dataset
from tfdpgan.losses import LOSSES
from tfdpgan.models import ModelConfig

COLOUR = models.ImageShape(32, 32, 3, 1)
SPECTRAL = dict(latent_dim=128, discriminator_norm="spectral")
WIDE = dict(latent_dim=512, discriminator_width=64, minibatch_stddev=4)
# Generator and discriminator, as the docstring of each architecture gives the source.
PUBLISHED = [
    ("sngan", 32, SPECTRAL, 4_276_739, 1_053_824),
    ("autogan", 32, {**SPECTRAL, "autogan_genotype": "A"}, 4_405_251, 1_053_824),
    ("autogan", 32, {**SPECTRAL, "autogan_genotype": "B"}, 4_471_043, 1_053_824),
    ("autogan", 32, {**SPECTRAL, "autogan_genotype": "C"}, 4_406_275, 1_053_824),
    ("progan", 32, WIDE, 20_719_628, 20_726_785),
    ("stylegan2", 32, WIDE, 21_523_475, 21_507_073),
    *(
        pytest.param(*row, marks=pytest.mark.slow)
        for row in (
            ("progan", 64, WIDE, 22_490_383, 22_498_049),
            ("progan", 256, WIDE, 23_044_309, 23_052_353),
            ("stylegan2", 64, WIDE, 27_032_600, 26_488_833),
            ("stylegan2", 256, WIDE, 30_034_338, 28_864_129),
        )
    ),
]


def size(network):
    return sum(weight.shape.num_elements() for weight in network.trainable_variables)


@pytest.mark.parametrize(("architecture", "side", "settings", "generator", "discriminator"), PUBLISHED)
def test_weights_are_as_many_as_published(architecture, side, settings, generator, discriminator):
    config = ModelConfig(architecture=architecture, generator_width=64, **settings)
    shape = models.ImageShape(side, side, 3, 1)
    assert size(models.build_generator(shape, config)) == generator
    assert size(models.build_discriminator(shape, config)) == discriminator


@pytest.fixture(scope="module")
def real_images(real_data_dir):
    """`[16, 32, 32, 3]` in [-1, 1]: of CIFAR-10, or digits where it is not there."""
    archive = real_data_dir and real_data_dir / "cifar10_jpeg.tar.xz"
    if not archive or not archive.exists():
        digits = load_dataset("digits").pixels[:16].astype(np.float32) / 127.5 - 1
        return np.repeat(np.pad(digits, [(0, 0), (2, 2), (2, 2), (0, 0)], constant_values=-1), 3, axis=-1)
    found = []
    with tarfile.open(archive) as files:
        while len(found) < 16:
            member = files.next()
            if member.name.endswith(".jpg"):
                found.append(tf.io.decode_jpeg(files.extractfile(member).read(), 3).numpy())
    return np.stack(found).astype(np.float32) / 127.5 - 1


@pytest.mark.parametrize(
    ("architecture", "loss", "settings"),
    [
        ("sngan", "hinge", dict(discriminator_norm="spectral")),
        ("autogan", "hinge", dict(discriminator_norm="spectral", autogan_genotype="C")),
        ("progan", "wgan_gp", dict(minibatch_stddev=4)),
        ("stylegan2", "non_saturating_r1", dict(minibatch_stddev=4)),
    ],
)
def test_a_step_on_real_images_lowers_both_losses(architecture, loss, settings, real_images):
    keras.utils.set_random_seed(0)
    config = ModelConfig(architecture=architecture, generator_width=2, discriminator_width=2, latent_dim=8, **settings)
    generator, discriminator = models.build_generator(COLOUR, config), models.build_discriminator(COLOUR, config)
    loss, labels = LOSSES[loss](), tf.zeros([16], tf.int32)
    inputs = (tf.random.normal([16, 8]), labels)

    def of_discriminator():
        generated = generator(inputs, training=False)
        return tf.reduce_mean(
            loss.real(discriminator((real_images, labels))) + loss.generated(discriminator((generated, labels)))
        )

    def of_generator():
        return tf.reduce_mean(loss.generator(discriminator((generator(inputs, training=False), labels))))

    for value, network in ((of_discriminator, discriminator), (of_generator, generator)):
        with tf.GradientTape() as tape:
            before = value()
        gradients = tape.gradient(before, network.trainable_variables, unconnected_gradients="zero")
        length = tf.linalg.global_norm(gradients)
        assert 0 < float(length) < np.inf
        for weight, gradient in zip(network.trainable_variables, gradients, strict=True):
            weight.assign_sub(1e-3 * gradient / length)
        assert value() < before


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (dict(architecture="sngan", discriminator_norm="spectral"), "Give --discriminator_norm=group"),
        (dict(architecture="progan", minibatch_stddev=4), "Give --minibatch_stddev=0"),
        (dict(architecture="stylegan2", minibatch_stddev=4), "Give --minibatch_stddev=0"),
    ],
)
def test_what_cannot_be_private_is_refused_with_the_way_out(settings, words):
    with pytest.raises(ConfigError, match=words) as refusal:
        models.require_private_discriminator(ModelConfig(**settings))
    assert "\n" not in str(refusal.value)
    models.require_private_discriminator(ModelConfig(architecture=settings["architecture"]))


def test_spectral_normalisation_is_refused_where_an_architecture_has_none():
    with pytest.raises(ConfigError, match="--discriminator_norm=spectral is not in --architecture=dcgan"):
        models.build_discriminator(COLOUR, ModelConfig(discriminator_norm="spectral"))


def test_a_progan_grows_by_the_step():
    """At level 0 images are made of 4x4 pixels, and the discriminator sees no more than these."""
    config = ModelConfig(architecture="progan", generator_width=2, discriminator_width=2, latent_dim=8)
    generator, discriminator = models.build_generator(COLOUR, config), models.build_discriminator(COLOUR, config)
    inputs, label = (tf.random.normal([2, 8]), tf.zeros([2], tf.int32)), tf.zeros([1], tf.int32)
    whole = generator(inputs).numpy()
    np.testing.assert_allclose(generator(inputs, training=True), whole, atol=1e-6)  # two ways to the same images
    noise = tf.random.normal([1, 32, 32, 3])
    blocks = tf.image.resize(tf.nn.avg_pool2d(noise, 8, 8, "VALID"), [32, 32], "nearest")
    assert abs(discriminator((noise, label)) - discriminator((blocks, label))) > 1e-5
    levels = []
    for step in range(101):
        for network in (generator, discriminator):
            network.grow(step / 100)
        levels.append(float(generator.growth.level))
        if step == 0:
            small = generator(inputs).numpy()
            np.testing.assert_array_equal(small, np.repeat(np.repeat(small[:, ::8, ::8], 8, 1), 8, 2))
            np.testing.assert_allclose(discriminator((noise, label)), discriminator((blocks, label)), atol=1e-5)
    assert levels[0] == levels[8] == 0 and 0 < levels[10] < 1 and levels[17] == 1 and levels[50] == levels[100] == 3
    assert levels == sorted(levels)
    np.testing.assert_array_equal(generator(inputs), whole)
