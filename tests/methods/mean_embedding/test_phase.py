# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import tensorflow as tf

from tfdpgan.data.dataset import Dataset
from tfdpgan.methods.mean_embedding.phase import class_means, class_sums, unbiased_squared_distance
from tfdpgan.methods.mean_embedding.random_features import RandomFeatures
from tfdpgan.methods.mean_embedding.settings import WarmStartConfig

FEATURES = RandomFeatures.draw(
    (28, 28, 1), WarmStartConfig(num_frequencies=50, length_scales="30,105", scattering_length_scales="2.6"), seed=0
)


def dataset_of(images, labels):
    return Dataset("test", images, labels.astype(np.int32), tuple("0123456789"))


def float_digits(digit_images, count=40):
    images, labels = digit_images
    return images[:count, ..., None].astype(np.float32) / 127.5 - 1.0, labels[:count]


@pytest.mark.parametrize("extra", ["nan", "inf", "huge", "duplicate", "ordinary"])
def test_one_image_changes_the_sums_by_at_most_one(digit_images, extra):
    images, labels = float_digits(digit_images)
    before = class_sums(FEATURES, dataset_of(images, labels))
    image = images[7].copy()
    if extra in ("nan", "inf", "huge"):
        image[3, 4] = {"nan": np.nan, "inf": np.inf, "huge": 1e30}[extra]
    elif extra == "ordinary":
        image = -image
    after = class_sums(FEATURES, dataset_of(np.append(images, image[None], 0), np.append(labels, 4)))
    change = np.linalg.norm(after - before)
    assert change <= 1.0 + 1e-5
    assert np.isfinite(after).all()
    # The modulus of a wavelet's answer to a huge pixel is infinite.
    assert change == pytest.approx(0.0 if extra in ("nan", "inf", "huge") else 1.0, abs=1e-3)


def test_means_without_noise_are_the_means(digit_images):
    images, labels = float_digits(digit_images, 120)
    means = class_means(class_sums(FEATURES, dataset_of(images, labels)), 0.0)
    phi = FEATURES(tf.constant(images)).numpy()
    for label in range(10):
        np.testing.assert_allclose(means[label], phi[labels == label].mean(axis=0), atol=1e-5)


def test_counts_lost_in_noise_do_not_blow_the_means_up():
    sums = np.zeros([2, 101], np.float32)
    sums[:, :-1] = np.random.default_rng(0).normal(scale=2.0, size=[2, 100])
    sums[:, -1] = [-5.0, 1e-3]
    assert np.linalg.norm(class_means(sums, 2.0), axis=1).max() < 1.0


def test_distance_is_unbiased_and_the_plain_one_is_not():
    rng = np.random.default_rng(0)
    mean = np.array([1.0, 0.0, 0.0])
    target = np.array([[0.2, 0.1, 0.0]])
    estimates, plain = [], []
    for _ in range(4000):
        draws = mean + rng.normal(size=[1, 3, 3])
        draws /= np.linalg.norm(draws, axis=-1, keepdims=True)
        arguments = tf.constant(draws, tf.float32), tf.constant(target, tf.float32)
        estimates.append(float(unbiased_squared_distance(*arguments)[0]))
        plain.append(float(((draws.mean(1) - target) ** 2).sum() - (target**2).sum()))
    many = mean + rng.normal(size=[200_000, 3])
    expected = (many / np.linalg.norm(many, axis=1, keepdims=True)).mean(0)
    truth = ((expected - target[0]) ** 2).sum() - (target**2).sum()
    standard_error = np.std(estimates) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates) - truth) < 5 * standard_error
    assert np.mean(plain) - truth > 20 * standard_error


@pytest.mark.slow
def test_a_million_images_do_not_round_away_the_sensitivity(digit_images):
    """In float32 their sums moved by a few per cent more than 1. Here a million alike, and one more."""
    image = float_digits(digit_images, 1)[0]

    class Million:
        num_classes, num_examples = 1, 1_000_000

        def batch(self, indices):
            return np.repeat(image, len(indices), axis=0)

        def label_batch(self, indices):
            return np.zeros(len(indices), np.int32)

    phi = FEATURES(tf.constant(image)).numpy()

    def features(batch):
        return tf.repeat(phi * np.float32(1.0000004), len(batch), axis=0)  # rounded up, as a sum of squares may be

    features.dimension = phi.shape[1]
    many, more = Million(), Million()
    more.num_examples += 1
    sums = [class_sums(features, each, batch_size=100_000) for each in (many, more)]
    assert sums[0].dtype == np.float64
    assert np.linalg.norm(sums[1] - sums[0]) <= 1 + 1e-6
    in_float32 = sums[1].astype(np.float32) - sums[0].astype(np.float32).astype(np.float64)
    assert abs(np.linalg.norm(in_float32) - 1) > 1e-4  # to which side, the random frequencies decide
