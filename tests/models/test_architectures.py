# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The contract that every row of the table of architectures keeps."""

import numpy as np
import pytest
import tensorflow as tf

from tfdpgan import models
from tfdpgan.config import ConfigError, ModelConfig
from tfdpgan.privacy.clipping import clipped_gradient_sum

DIGITS = models.ImageShape(28, 28, 1, 10)
SHAPES = [
    DIGITS,
    models.ImageShape(12, 20, 1, 3),
    models.ImageShape(32, 32, 3, 1),
    models.ImageShape(64, 64, 3, 1),
    models.ImageShape(64, 64, 1, 2),
]


def config_of(architecture, **settings):
    return ModelConfig(architecture=architecture, generator_width=8, discriminator_width=4, latent_dim=5, **settings)


def pair(architecture, shape, **settings):
    config = config_of(architecture, **settings)
    return models.build_generator(shape, config), models.build_discriminator(shape, config)


def makes(architecture, shape):
    """Whether the row says that it can make these images."""
    try:
        models.require_shape(shape, config_of(architecture))
    except ConfigError:
        return False
    return True


# Two shapes of each are enough.
ROWS = [(name, shape) for name in models.ARCHITECTURES for shape in [s for s in SHAPES if makes(name, s)][:2]]


def test_every_row_makes_some_shape_and_builders_refuse_the_others():
    assert {name for name, _ in ROWS} == set(models.ARCHITECTURES)
    for name in models.ARCHITECTURES:
        for shape in SHAPES:
            if not makes(name, shape):
                for build in (models.build_generator, models.build_discriminator):
                    with pytest.raises(ConfigError, match="(?i)received|--noconditional"):
                        build(shape, config_of(name))


@pytest.mark.parametrize(("architecture", "shape"), ROWS)
def test_generator_makes_images_and_discriminator_judges_them(architecture, shape):
    generator, discriminator = pair(architecture, shape)
    labels = tf.constant([0, shape.num_classes - 1, 0])
    images = generator((tf.random.normal([3, 5]), labels), training=True)
    assert images.shape == (3, *shape[:3])
    assert np.abs(images).max() <= 1.0
    assert discriminator((images, labels), training=True).shape == (3,)


@pytest.mark.parametrize(("architecture", "shape"), ROWS)
@pytest.mark.parametrize("norm", ["none", "group"])
def test_discriminator_is_served_by_book_keeping(architecture, shape, norm):
    _, discriminator = pair(architecture, shape, discriminator_norm=norm)
    inputs = (tf.random.normal([4, *shape[:3]]), tf.zeros([4], tf.int32))
    loss_fn = lambda images, labels: tf.nn.softplus(discriminator((images, labels), training=True))  # noqa: E731
    fast = clipped_gradient_sum(loss_fn, inputs, discriminator, 0.5, method="book_keeping")
    slow = clipped_gradient_sum(loss_fn, inputs, discriminator, 0.5, method="vectorized_map")
    for one, other in zip(fast.gradients, slow.gradients, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5 * max(1.0, float(tf.norm(other))))


@pytest.mark.parametrize(("architecture", "shape"), ROWS)
def test_batch_norm_in_the_discriminator_is_refused_under_privacy(architecture, shape):
    _, discriminator = pair(architecture, shape, discriminator_norm="batch")
    inputs = (tf.zeros([2, *shape[:3]]), tf.zeros([2], tf.int32))
    with pytest.raises(ValueError, match="(?i)batch_?normalization"):
        clipped_gradient_sum(lambda x, y: discriminator((x, y)), inputs, discriminator, 1.0)


@pytest.mark.parametrize("architecture", ["dcgan", "dcgan2020", "dcgan64"])
@pytest.mark.parametrize("side", [30, 6, 128])
def test_sides_that_cannot_be_made_are_refused(architecture, side):
    with pytest.raises(ConfigError, match=f"{side}x{side}"):
        models.build_generator(models.ImageShape(side, side, 1, 1), config_of(architecture))


@pytest.mark.parametrize(("architecture", "shape"), [row for row in ROWS if row[1].num_classes > 1])
def test_labels_change_what_is_made_and_thought(architecture, shape):
    generator, discriminator = pair(architecture, shape)
    latents, images = tf.ones([1, 5]), tf.zeros([1, *shape[:3]])
    zero, one = tf.constant([0]), tf.constant([1])
    assert np.abs(generator((latents, zero)) - generator((latents, one))).max() > 1e-6
    assert discriminator((images, zero)) != discriminator((images, one))


def test_the_2020_pair_refuses_classes_and_says_what_to_do():
    with pytest.raises(ConfigError, match="--noconditional"):
        models.build_generator(DIGITS, config_of("dcgan2020"))


def test_unknown_architecture_lists_the_known_ones():
    with pytest.raises(ConfigError, match="dcgan2020"):
        models.build_generator(DIGITS, config_of("stylegan9"))


def test_widths_of_the_paper():
    """The DPGAN discriminator with its published widths has 1.72 million weights (here for one grey 28x28 image)."""
    config = ModelConfig(discriminator_width=64, discriminator_norm="none")
    discriminator = models.build_discriminator(models.ImageShape(28, 28, 1, 10), config)
    assert discriminator.count_params() == pytest.approx(1.72e6, rel=0.01)


def test_the_stock_dcgan_has_its_number_of_weights():
    """3 574 784 convolution weights for three channels, and a scale and an offset for each of the 960 channels."""
    config = ModelConfig(architecture="dcgan64", latent_dim=100, generator_width=64, discriminator_width=64)
    shape = models.ImageShape(64, 64, 3, 1)
    generator = models.build_generator(shape, config)
    kernels = [variable for variable in generator.trainable_variables if variable.shape.rank == 4]
    assert sum(kernel.shape.num_elements() for kernel in kernels) == 3_574_784
    assert generator.count_params() == 3_574_784 + 2 * 960
    discriminator = models.build_discriminator(shape, config)
    assert discriminator.count_params() == 2_763_776  # 11.1 MB, as published


def test_a_norm_that_a_generator_has_not_is_refused():
    shape = models.ImageShape(64, 64, 3, 1)
    assert makes("dcgan64", shape)
    models.build_generator(shape, config_of("dcgan64", generator_norm="group"))
    models.build_generator(DIGITS, config_of("dcgan", generator_norm="batch"))
    with pytest.raises(ConfigError, match="--generator_norm=group is not in --architecture=dcgan, which has batch"):
        models.build_generator(DIGITS, config_of("dcgan", generator_norm="group"))


def test_sixty_four_pixels_point_to_the_architecture_for_them():
    with pytest.raises(ConfigError, match="Try --architecture=dcgan64"):
        models.build_generator(models.ImageShape(64, 64, 3, 1), config_of("dcgan"))
    with pytest.raises(ConfigError, match="--image_size=64, or --architecture=dcgan "):
        models.build_generator(DIGITS, config_of("dcgan64"))


@pytest.mark.parametrize(("architecture", "shape"), ROWS)
def test_layer_normalization_stays_inside_one_example(architecture, shape):
    _, discriminator = pair(architecture, shape, discriminator_norm="layer")
    images = tf.random.normal([2, *shape[:3]])
    together = discriminator((images, tf.zeros([2], tf.int32)))
    alone = discriminator((images[:1], tf.zeros([1], tf.int32)))
    np.testing.assert_allclose(together[:1], alone, atol=1e-5)
