# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""StyleGAN2's parts against slow ones that are obviously right."""

import numpy as np
import pytest
import tensorflow as tf

from tfdpgan import models
from tfdpgan.models import ModelConfig
from tfdpgan.models.stylegan2.filters import blur, enlarge
from tfdpgan.models.stylegan2.modulated import Modulated


def filtered(image, padded):
    """One map `[h, w]`, with zeros around it, by a loop."""
    taps = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64
    image = np.pad(image, padded)
    size = [side - 3 for side in image.shape]
    return np.array([[np.sum(taps * image[y : y + 4, x : x + 4]) for x in range(size[1])] for y in range(size[0])])


def test_blur_and_enlarge_are_the_filter():
    maps = np.random.default_rng(0).normal(size=(2, 5, 6, 3)).astype(np.float32)
    np.testing.assert_allclose(blur(maps, 2)[1, ..., 2], filtered(maps[1, ..., 2], 2), rtol=1e-4, atol=1e-6)
    spread = np.zeros([10, 12])
    spread[::2, ::2] = maps[0, ..., 1]
    np.testing.assert_allclose(enlarge(maps)[0, ..., 1], 4 * filtered(spread, (2, 1)), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(enlarge(tf.ones([1, 8, 8, 1]))[0, 3:-3, 3:-3, 0], 1, rtol=1e-6)


@pytest.mark.parametrize("enlarges", [False, True])
def test_scaled_inputs_and_outputs_are_a_kernel_for_each_image(enlarges):
    layer, maps = Modulated(4, 3, enlarges), tf.random.normal([3, 6, 6, 5])
    styles = tf.random.normal([3, 7])
    found = layer(maps, styles)
    scales = layer.style(styles).numpy() / np.sqrt(5 * 9)
    for index in range(3):
        kernel = layer.layer.kernel.numpy()  # [3, 3, in, out], of the transposed one [3, 3, out, in]
        axes = (0, 1, 3) if enlarges else (0, 1, 2)
        kernel = kernel * (scales[index] if enlarges else scales[index][:, np.newaxis])
        kernel = kernel / np.sqrt(np.sum(kernel**2, axis=axes, keepdims=True) + 1e-8)
        image = maps[index : index + 1]
        if enlarges:
            expected = blur(tf.nn.conv2d_transpose(image, kernel, [1, 13, 13, 4], 2, "VALID"), 1, 4.0)
        else:
            expected = tf.nn.conv2d(image, kernel, 1, "SAME")
        np.testing.assert_allclose(found[index : index + 1], expected, rtol=1e-3, atol=1e-5)
        assert found.shape[1] == (12 if enlarges else 6)


def test_noise_and_mixing_are_functions_of_the_latents_and_left_out_of_samples():
    config = ModelConfig(architecture="stylegan2", generator_width=2, latent_dim=8, style_mixing=1.0)
    generator = models.build_generator(models.ImageShape(16, 16, 3, 1), config)
    for layer in generator.styled:
        layer.strength.assign(1.0)
    inputs, others = ((tf.random.normal([2, 8]), tf.zeros([2], tf.int32)) for _ in range(2))
    np.testing.assert_array_equal(generator(inputs, training=True), generator(inputs, training=True))
    assert np.abs(generator(inputs, training=True) - generator(inputs)).max() > 0.01
    alone = generator((inputs[0][:1], inputs[1][:1]))
    np.testing.assert_allclose(generator(inputs)[:1], alone, atol=1e-5)
    assert np.abs(generator(others, training=True) - generator(inputs, training=True)).max() > 0.01


def test_colours_are_never_pruned():
    config = ModelConfig(architecture="stylegan2", generator_width=2, latent_dim=8)
    generator = models.build_generator(models.ImageShape(16, 16, 3, 1), config)
    assert len(generator.never_pruned()) == 3 * (1 + 3)  # at 4, 8 and 16: a bias, a kernel, the style's kernel and bias
