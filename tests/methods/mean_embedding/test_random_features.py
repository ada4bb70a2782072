# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import tensorflow as tf

from tfdpgan.config import ConfigError
from tfdpgan.methods.classifier.phase import Classifier
from tfdpgan.methods.classifier.settings import ClassifierConfig
from tfdpgan.methods.mean_embedding.random_features import RandomFeatures, pixels
from tfdpgan.methods.mean_embedding.scattering import scattering
from tfdpgan.methods.mean_embedding.settings import WarmStartConfig
from tfdpgan.models.shapes import ImageShape


def float_digits(digit_images, count):
    return tf.constant(digit_images[0][:count, ..., None].astype(np.float32) / 127.5 - 1.0)


def squared_distances(rows):
    return ((rows[:, None] - rows[None]) ** 2).sum(-1)


@pytest.mark.parametrize("with_scattering", [False, True])
def test_features_have_norm_one_and_make_the_kernel(digit_images, with_scattering):
    images = float_digits(digit_images, 30)
    config = WarmStartConfig(num_frequencies=20_000, scattering_length_scales="2.6" if with_scattering else None)
    features = RandomFeatures.draw((28, 28, 1), config, seed=1)
    phi = features(images).numpy()
    assert phi.shape == (30, features.dimension)
    np.testing.assert_allclose(np.linalg.norm(phi, axis=1), 1.0, rtol=1e-5)
    kernel = np.exp(-squared_distances(pixels(images).numpy()) / (2 * 30))
    if with_scattering:
        kernel = (kernel + np.exp(-squared_distances(scattering(images).numpy()) / (2 * 2.6))) / 2
    np.testing.assert_allclose(phi @ phi.T, kernel, atol=0.03)


def test_hidden_layers_of_a_classifier_count_by_mean_squared_difference(digit_images):
    classifier = Classifier(ImageShape(28, 28, 1, 10), ClassifierConfig(non_private=True))
    images = float_digits(digit_images, 20)
    config = WarmStartConfig(num_frequencies=20_000, classifier_length_scales="0.5")
    phi = RandomFeatures.draw((28, 28, 1), config, 1, classifier.hidden_features)(images).numpy()
    np.testing.assert_allclose(np.linalg.norm(phi, axis=1), 1.0, rtol=1e-5)
    hidden, rest = images, []
    for layer in classifier.released.layers:
        hidden = layer(hidden)
        rest.append(hidden.numpy())
    differences = sum(squared_distances(rest[place]) / rest[place].shape[1] for place in (-3, -2))
    kernel = np.exp(-squared_distances(pixels(images).numpy()) / (2 * 30)) + np.exp(-differences / (2 * 0.5))
    np.testing.assert_allclose(phi @ phi.T, kernel / 2, atol=0.03)


def test_scales_follow_the_size_of_the_image():
    small, large = (
        RandomFeatures.draw((side, side, 3), WarmStartConfig(num_frequencies=5000), seed=0)._kernels[0].frequencies
        for side in (28, 56)
    )
    assert np.var(small) == pytest.approx(1 / (30 * 3), rel=0.05)
    assert np.var(large) == pytest.approx(np.var(small) / 4, rel=0.05)


def test_scattering_moves_less_than_pixels_under_a_shift_and_more_under_another_shape(digit_images):
    images = float_digits(digit_images, 60)
    shifted = tf.roll(images, 1, axis=2)

    def ratio(representation):
        """Mean squared distance to the image's own shifted copy over that to other images."""
        rows, moved = representation(images).numpy(), representation(shifted).numpy()
        return np.mean(np.sum((rows - moved) ** 2, axis=1)) / np.mean(squared_distances(rows))

    assert ratio(scattering) < 0.6 * ratio(pixels)


def test_a_plain_area_answers_to_no_wavelet_and_an_edge_to_those_across_it():
    coefficients = scattering(tf.ones([1, 32, 32, 1])).numpy().reshape(-1)[64:]  # 8x8 means come first
    fine = coefficients[: 6 * 64].reshape(8, 8, 6)[2:6, 2:6]
    np.testing.assert_allclose(fine, 4 * np.sqrt(1e-3), rtol=1e-3)
    edge = np.ones([1, 32, 32, 1], np.float32)
    edge[:, :, 16:] = -1
    answers = scattering(tf.constant(edge)).numpy().reshape(-1)[64 : 64 + 6 * 64].reshape(8, 8, 6)[4, 4]
    assert answers.argmax() == 0 and answers[0] > 1.5 * answers[3]


def test_colours_are_transformed_one_by_one(digit_images):
    grey = float_digits(digit_images, 3)
    colour = tf.concat([grey, -grey, grey], axis=-1)
    coefficients = tf.reshape(scattering(colour), [3, 3, -1])
    np.testing.assert_allclose(coefficients[:, 0], scattering(grey), rtol=1e-5)
    np.testing.assert_allclose(coefficients[:, 1], scattering(-grey), rtol=1e-5)


def test_the_gradient_is_finite_on_an_empty_image():
    image = tf.Variable(-tf.ones([1, 28, 28, 1]))
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(scattering(image))
    assert np.isfinite(tape.gradient(value, image)).all()


@pytest.mark.parametrize("scales", ["", "0", "-3", "30,x", "nan"])
@pytest.mark.parametrize("kind", ["length_scales", "scattering_length_scales", "classifier_length_scales"])
def test_bad_length_scales_are_refused(scales, kind):
    with pytest.raises(ConfigError, match=f"--{kind}"):
        RandomFeatures.draw((28, 28, 1), WarmStartConfig(num_frequencies=10, **{kind: scales}), 0, pixels)
