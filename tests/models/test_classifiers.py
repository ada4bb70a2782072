# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The scattering classifier: what its public transform computes, and that only the layer behind it learns."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from tfdpgan import data, models
from tfdpgan.methods.classifier.front_features import features_of_all
from tfdpgan.models.classifiers import build_classifier, front_and_head, hidden_features, load_classifier
from tfdpgan.models.wavelets import morlet_wavelets
from tfdpgan.privacy.clipping.clipped_sum import clipped_gradient_sum


def scattering_classifier(*shape):
    return build_classifier(models.ImageShape(*shape, 10), SimpleNamespace(classifier_architecture="scattering_linear"))


def direct_moduli(plane, scale, stride):
    """Pixel by pixel, as the definition says: `[8, h / stride, w / stride]`."""
    filters = morlet_wavelets(scale, 8).numpy()[:, :, 0].astype(np.float64)
    filters = filters[..., :8] + 1j * filters[..., 8:]
    size, sides = len(filters), [-(-side // stride) for side in plane.shape]
    before = [max((out - 1) * stride + size - side, 0) // 2 for out, side in zip(sides, plane.shape, strict=True)]
    padded = np.pad(plane, [(one, size) for one in before])
    found = np.zeros([8, *sides])
    for row, column in itertools.product(*map(range, sides)):
        window = padded[row * stride :, column * stride :][:size, :size]
        found[:, row, column] = np.sqrt(np.abs(np.einsum("xy,xyn->n", window, filters)) ** 2 + 1e-6)
    return found


def direct_average(plane, pixels):
    step, count = pixels / len(plane), -(-pixels // 4)
    weights = np.exp(-((np.arange(count)[:, None] * 4 + 2 - (np.arange(len(plane)) + 0.5) * step) ** 2) / (2 * 1.6**2))
    weights /= weights.sum(axis=1, keepdims=True)
    return weights @ plane @ weights.T


def test_coefficients_are_those_of_two_orders_computed_pixel_by_pixel():
    image = np.random.default_rng(0).uniform(-1, 1, [16, 16])
    plane = (image + 1) / 2
    fine, coarse = direct_moduli(plane, 0, 1), direct_moduli(plane, 1, 2)
    second = [part for one in fine for part in direct_moduli(one, 1, 2)]
    maps = np.stack([direct_average(one, 16) for one in [plane, *fine, *coarse, *second]], axis=-1)
    assert maps.shape == (4, 4, 81)
    groups = maps.reshape(16, 27, 3)
    mean, variance = (statistic(groups, axis=(0, 2), keepdims=True) for statistic in (np.mean, np.var))
    expected = ((groups - mean) / np.sqrt(variance + 1e-5)).reshape(-1)
    front, _ = front_and_head(scattering_classifier(16, 16, 1))
    found = front(tf.constant(image[None, :, :, None], tf.float32))[0]
    np.testing.assert_allclose(found, expected, atol=2e-3)


@pytest.mark.parametrize("shape", [(17, 30, 1), (16, 16, 3)])
def test_features_are_an_images_own_wherever_it_stands(shape):
    pixels = np.random.default_rng(0).integers(0, 256, [260, *shape], np.uint8)
    front, _ = front_and_head(scattering_classifier(*shape))
    order = np.random.default_rng(1).permutation(260)
    labels = np.zeros(260, np.int32)
    one, other = (
        features_of_all(front, data.dataset_from_arrays(images, labels, ("a", "b")))
        for images in (pixels, pixels[order])
    )
    np.testing.assert_array_equal(one[order], other)
    changed = pixels.copy()
    changed[7] = 0
    moved = features_of_all(front, data.dataset_from_arrays(changed, labels, ("a", "b"))) != one
    assert moved[7].any() and not np.delete(moved, 7, axis=0).any()


def test_what_is_learned_from_features_is_what_is_learned_from_images():
    classifier = scattering_classifier(16, 16, 1)
    front, head = front_and_head(classifier)
    assert [weight.shape for weight in classifier.weights] == [(1296, 10), (10,)]
    assert [id(one) for one in head.trainable_variables] == [id(one) for one in classifier.trainable_variables]
    images, labels = tf.random.uniform([6, 16, 16, 1], -1, 1), tf.constant([0, 1, 2, 3, 4, 9])

    def loss_of(model):
        return lambda inputs, labels: tf.nn.sparse_softmax_cross_entropy_with_logits(labels, model(inputs))

    quick = clipped_gradient_sum(loss_of(head), (front(images), labels), head, 25.0, method="book_keeping")
    whole = clipped_gradient_sum(loss_of(classifier), (images, labels), classifier, 25.0, method="vectorized_map")
    assert min(quick.norms) < 25.0 < max(quick.norms)
    for one, other in zip(quick.gradients, whole.gradients, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_a_generator_can_learn_through_it_and_it_is_loaded_as_it_was_saved(tmp_path):
    classifier = scattering_classifier(16, 16, 3)
    classifier.save(tmp_path / "x.keras")
    images = tf.random.uniform([2, 16, 16, 3], -1, 1)
    np.testing.assert_array_equal(load_classifier(tmp_path / "x.keras")(images), classifier(images))
    assert hidden_features(classifier)(images).shape == (2, 16 * 243)
    flat = tf.zeros([2, 16, 16, 3])
    for at in (images, flat):  # a flat image has moduli of zero
        with tf.GradientTape() as tape:
            tape.watch(at)
            loss = tf.reduce_sum(classifier(at) ** 2)
        assert np.isfinite(tape.gradient(loss, at)).all()
