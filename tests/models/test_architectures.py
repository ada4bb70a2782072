# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The contract that every row of the table of architectures keeps."""

import ast
import contextlib
import dataclasses
import importlib.util
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.privacy.clipping import batch_of_one
from tfdpgan import models
from tfdpgan.config import ConfigError
from tfdpgan.models import ModelConfig
from tfdpgan.privacy.clipping import clipped_gradient_sum

DIGITS = models.ImageShape(28, 28, 1, 10)
SHAPES = [  # beside each row's own
    DIGITS,
    models.ImageShape(12, 20, 1, 3),
    models.ImageShape(32, 32, 3, 1),
    models.ImageShape(64, 64, 3, 1),
    models.ImageShape(64, 64, 1, 2),
]

# So narrow a network has groups of two channels, +1 and -1 whatever they were: what is left of their gradient is a
# difference of nearly equal numbers, in which either way loses digits of float32.
WITH_GROUPS_OF_TWO = 1e-2


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


def shapes_of(name):
    """The row's own, and one more that it makes."""
    own = models.ARCHITECTURES[name].example_shape
    return [own, *[shape for shape in SHAPES if shape != own and makes(name, shape)][:1]]


ROWS = [(name, shape) for name in models.ARCHITECTURES for shape in shapes_of(name)]
PRIVATE_ROWS = [row for row in ROWS if models.ARCHITECTURES[row[0]].private_discriminator]


def test_every_row_makes_its_example_and_builders_refuse_the_shapes_that_it_does_not_make():
    for name, row in models.ARCHITECTURES.items():
        assert makes(name, row.example_shape)
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


def clipped_and_reference(architecture, shape, norm, method):
    """The clipped sum of four gradients, and the same by a loop over batches of one."""
    _, discriminator = pair(architecture, shape, discriminator_norm=norm)
    inputs = (tf.random.normal([4, *shape[:3]]), tf.zeros([4], tf.int32))
    loss_fn = lambda images, labels: tf.nn.softplus(discriminator((images, labels), training=True))  # noqa: E731
    fast = clipped_gradient_sum(loss_fn, inputs, discriminator, 0.5, method=method)
    return fast.gradients, batch_of_one.clipped_sum(loss_fn, inputs, discriminator, 0.5)[0]


@pytest.mark.parametrize(("architecture", "shape"), PRIVATE_ROWS)
@pytest.mark.parametrize("norm", ["none", "group"])
def test_a_private_discriminators_gradients_are_clipped_one_by_one(architecture, shape, norm):
    relative = WITH_GROUPS_OF_TWO if norm == "group" else 1e-4
    batch_of_one.assert_equal_sums(*clipped_and_reference(architecture, shape, norm, "auto"), relative)


@pytest.mark.parametrize("architecture", ["dcgan", "dcgan64", "dcgan2020", "fully_connected"])
def test_the_first_four_are_served_by_book_keeping(architecture):
    """The fast way. Another row may have layers that only the slow one knows."""
    shape = models.ARCHITECTURES[architecture].example_shape
    sums = clipped_and_reference(architecture, shape, "group", "book_keeping")
    batch_of_one.assert_equal_sums(*sums, WITH_GROUPS_OF_TWO)


@pytest.mark.parametrize(("architecture", "shape"), PRIVATE_ROWS)
def test_batch_norm_in_the_discriminator_is_refused_under_privacy(architecture, shape):
    """And where --discriminator_norm=batch puts none in, nothing is there to refuse."""
    _, discriminator = pair(architecture, shape, discriminator_norm="batch")
    inputs = (tf.zeros([2, *shape[:3]]), tf.zeros([2], tf.int32))
    is_refused = pytest.raises(ValueError, match="(?i)batch_?normalization")
    is_normed = any(isinstance(part, keras.layers.BatchNormalization) for part in discriminator.submodules)
    with is_refused if is_normed else contextlib.nullcontext():
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


@pytest.mark.parametrize("architecture", models.ARCHITECTURES)
def test_a_row_that_cannot_is_refused_in_one_line_that_names_it(architecture):
    """By slimming, export and private training, which all ask these; a row that can is not refused."""
    row = models.ARCHITECTURES[architecture]
    config = config_of(architecture)
    for is_able, require in (
        (row.prunable, models.require_prunable),
        (row.exportable, models.require_exportable),
        (row.learned_ranges, models.require_learned_ranges),
        (row.private_discriminator, models.require_private_discriminator),
    ):
        assert refusal_of(require, config) is None if is_able else architecture in refusal_of(require, config)
    if not row.prunable:
        assert architecture in refusal_of(models.build_generator, row.example_shape, config, [1])


def refusal_of(require, *arguments):
    """The one line of its ConfigError, or None."""
    try:
        require(*arguments)
    except ConfigError as error:
        assert "\n" not in str(error)
        return str(error)
    return None


@pytest.mark.parametrize(
    ("ability", "require", "words"),
    [
        ("prunable", models.require_prunable, "cannot be slimmed"),
        ("exportable", models.require_exportable, "cannot become a TFLite file"),
        ("private_discriminator", models.require_private_discriminator, "cannot be trained by DP-SGD"),
    ],
)
def test_the_refusal_names_the_row_and_those_that_can(monkeypatch, ability, require, words):
    row = dataclasses.replace(models.ARCHITECTURES["fully_connected"], **{ability: False})
    monkeypatch.setitem(models.ARCHITECTURES, "modest", row)
    line = refusal_of(require, config_of("modest"))
    assert line.startswith("--architecture=modest has a ") and words in line and f"{ability}=False" in line
    able = [name for name, row in models.ARCHITECTURES.items() if getattr(row, ability)]
    assert "modest" not in able and line.endswith(f"{', '.join(able)}.")


def test_architectures_do_not_import_each_other():
    modules = {row.module for row in models.ARCHITECTURES.values()}
    for module in modules:
        tree = ast.parse(Path(importlib.util.find_spec(module).origin).read_text())
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        assert not imported & (modules - {module})


@pytest.mark.parametrize(("architecture", "shape"), PRIVATE_ROWS)
def test_layer_normalization_stays_inside_one_example(architecture, shape):
    _, discriminator = pair(architecture, shape, discriminator_norm="layer")
    images = tf.random.normal([2, *shape[:3]])
    together = discriminator((images, tf.zeros([2], tf.int32)))
    alone = discriminator((images[:1], tf.zeros([1], tf.int32)))
    np.testing.assert_allclose(together[:1], alone, rtol=1e-4, atol=1e-4)


def test_the_published_gswgan_pairs_have_their_number_of_weights():
    """Networks of GS-WGAN's programs, with their pixel normalisation; the colour ones are DPAC's for CelebA."""
    faces = models.ImageShape(32, 32, 3, 2)
    for architecture, shape, expected in (
        ("gswgan_dcgan", DIGITS, 1_114_305),
        ("gswgan_resnet", DIGITS, 3_826_177),
        ("gswgan_resnet", faces, 3_798_019),
    ):
        config = ModelConfig(
            architecture=architecture,
            latent_dim=10,
            generator_width=64,
            discriminator_width=64,
            generator_norm="pixel",
            discriminator_norm="none",
        )
        generator = models.build_generator(shape, config)
        assert sum(weight.shape.num_elements() for weight in generator.trainable_variables) == expected
        images = generator((tf.random.normal([2, 10]), tf.constant([0, 1])), training=True)
        assert images.shape == (2, *shape[:3]) and np.abs(images).max() <= 1
        assert generator.channel_axes() == []
        critic = models.build_discriminator(shape, config)
        assert critic.count_params() == (1_041_537 if shape == faces else 1_071_105)


def test_spectral_layers_divide_by_the_largest_singular_value():
    generator = models.build_generator(
        DIGITS, ModelConfig(architecture="gswgan_resnet", latent_dim=10, generator_width=4, generator_norm="pixel")
    )
    layer = generator.first_convolutions[0]
    before = layer.kernel.numpy()
    for _ in range(100):
        generator((tf.random.normal([1, 10]), tf.constant([0])), training=True)
    matrix = np.reshape(layer._normalized_kernel(False), (-1, layer.kernel.shape[-1]))
    np.testing.assert_allclose(np.linalg.svd(matrix, compute_uv=False)[0], 1, rtol=5e-3)
    np.testing.assert_array_equal(before, layer.kernel)


def test_latents_are_normal_or_bits():
    from tfdpgan.models.latents import draw_latents

    rng = tf.random.Generator.from_seed(0)
    bits = draw_latents(rng, 1000, 10, "bernoulli").numpy()
    assert set(np.unique(bits)) == {0.0, 1.0} and bits.dtype == np.float32
    assert abs(bits.mean() - 0.5) < 0.03
    assert abs(draw_latents(rng, 1000, 10).numpy().std() - 1) < 0.05
    with pytest.raises(ValueError, match="normal or bernoulli. Received: uniform"):
        draw_latents(rng, 1, 1, "uniform")
