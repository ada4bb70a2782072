# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Every architecture's generator can start another of its form, whatever the classes of the two are."""

import numpy as np
import pytest
import tensorflow as tf

from tfdpgan.config import ConfigError
from tfdpgan.models import ARCHITECTURES, ImageShape, ModelConfig, build_generator
from tfdpgan.models.start import require_same_form, take_over

SMALL = dict(latent_dim=6, generator_width=8)


def generator(architecture, num_classes, channels=None):
    config = ModelConfig(architecture=architecture, **SMALL)
    shape = ImageShape(*ARCHITECTURES[architecture].example_shape[:3], num_classes)
    return build_generator(shape, config, channels)


def images_of(network, label, z):
    labels = tf.fill([len(z)], label)
    return network((z, labels), training=False).numpy()


CONDITIONAL = [name for name in ARCHITECTURES if name != "dcgan2020"]


@pytest.mark.parametrize("architecture", CONDITIONAL)
def test_classes_of_the_same_number_are_taken_over_and_others_begin_as_the_mean_of_the_old(architecture):
    tf.random.set_seed(0)
    old, z = generator(architecture, 3), tf.random.normal([4, SMALL["latent_dim"]])
    same = generator(architecture, 3)
    take_over(old, same)
    np.testing.assert_array_equal(images_of(old, 2, z), images_of(same, 2, z))
    more = generator(architecture, 5)
    take_over(old, more)
    first = images_of(more, 0, z)
    assert np.isfinite(first).all()
    for label in range(1, 5):
        np.testing.assert_allclose(images_of(more, label, z), first, atol=1e-6)


@pytest.mark.parametrize("architecture", [*CONDITIONAL, "dcgan2020"])
def test_a_generator_without_classes_starts_and_is_started(architecture):
    if architecture in CONDITIONAL:
        old = generator(architecture, 3)
        alone = generator(architecture, 1)
        take_over(old, alone)
        take_over(alone, old)
    one, other = generator(architecture, 1), generator(architecture, 1)
    take_over(one, other)
    z = tf.zeros([2, SMALL["latent_dim"]])
    np.testing.assert_array_equal(images_of(one, 0, z), images_of(other, 0, z))


def test_a_slim_generator_starts_none_and_another_form_is_named():
    slim = generator("dcgan", 3, [8, 4])
    with pytest.raises(ConfigError, match="was slimmed cannot start a training"):
        take_over(slim, generator("dcgan", 3))
    config, shape = ModelConfig(**SMALL), ImageShape(28, 28, 1, 3)
    wide = ModelConfig(**SMALL | {"generator_width": 16})
    with pytest.raises(ConfigError, match="RUN was trained with --generator_width=16"):
        require_same_form(shape, config, shape, wide, "RUN")
    with pytest.raises(ConfigError, match="RUN draws images of 32x32x3"):
        require_same_form(shape, config, ImageShape(32, 32, 3, 3), config, "RUN")
    require_same_form(shape, config, ImageShape(28, 28, 1, 7), ModelConfig(**SMALL, discriminator_width=4), "RUN")
    with pytest.raises(ConfigError, match="cannot start one of shape"):
        take_over(build_generator(shape, wide), generator("dcgan", 3))


def test_a_refused_start_changes_no_weight():
    target = generator("dcgan", 3)
    before = target.get_weights()
    with pytest.raises(ConfigError):
        take_over(build_generator(ImageShape(28, 28, 1, 3), ModelConfig(latent_dim=6, generator_width=16)), target)
    for mine, kept in zip(target.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, kept)
