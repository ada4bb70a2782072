# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import tensorflow as tf

from tests.methods.gswgan.small import DIGITS
from tfdpgan.methods.dpac.class_score import (
    class_scores,
    classifier_losses,
    combined_losses,
    fresh_classifiers,
    train_classifiers,
)
from tfdpgan.methods.gswgan.adam import Adam
from tfdpgan.methods.gswgan.critic_spec import CriticSpec
from tfdpgan.methods.gswgan.critics import normalized, scores


def spec_of(kind="patch", **settings):
    return CriticSpec(DIGITS, kind, width=4, num_outputs=10, **settings)


def numpy_score(outputs, label):
    others = [outputs[c] for c in range(len(outputs)) if c != label]
    return outputs[label] - sum(others) / len(others)


@pytest.mark.parametrize("num_classes", [2, 10])
def test_the_score_is_the_own_class_against_the_mean_of_the_others(num_classes):
    rng = np.random.default_rng(0)
    outputs, labels = rng.normal(size=(3, 5, num_classes)), rng.integers(num_classes, size=(3, 5))
    expected = [[numpy_score(*pair) for pair in zip(*row, strict=True)] for row in zip(outputs, labels, strict=True)]
    np.testing.assert_allclose(class_scores(tf.constant(outputs, tf.float32), labels), expected, atol=1e-5)


def test_one_class_has_no_score():
    with pytest.raises(ValueError, match="two classes or more"):
        class_scores(tf.zeros([4, 1]), tf.zeros([4], tf.int32))


@pytest.mark.parametrize("kind", ["patch", "conv"])
def test_the_loss_is_the_published_one(kind):
    """Against NumPy, with each image's slope by finite differences of its own score."""
    spec = spec_of(kind, spectral_norm=False, gradient_penalty=3.0, drift_penalty=0.5)
    rng = np.random.default_rng(1)
    weights = fresh_classifiers(spec, 2, rng)["weights"]
    images, labels = rng.uniform(-1, 1, (2, 3, 28, 28, 1)).astype(np.float32), rng.integers(10, size=(2, 3))
    losses = classifier_losses(spec, weights, tf.constant(images), tf.constant(labels, tf.int32))
    for critic in range(2):
        terms = []
        for image, label in zip(images[critic], labels[critic], strict=True):
            own = {name: value[critic : critic + 1] for name, value in weights.items()}

            def score(batch, own=own, label=label):
                outputs = scores(spec, own, tf.constant(batch[None], tf.float32), tf.zeros([1, len(batch)], tf.int32))
                return np.array([numpy_score(row, label) for row in outputs.numpy()[0].astype(np.float64)])

            step = 1e-2
            moved = [image + sign * step * np.eye(784).reshape(784, 28, 28, 1) for sign in (1, -1)]
            slope = (score(moved[0]) - score(moved[1])) / (2 * step)
            value = score(image[None])[0]
            terms.append(-value + 3 * (np.linalg.norm(slope) - 1) ** 2 + 0.5 * value**2)
        assert float(losses[critic]) == pytest.approx(np.mean(terms), rel=2e-3)


@pytest.mark.parametrize("kind", ["patch", pytest.param("conv", marks=pytest.mark.slow)])
def test_classifiers_learn_their_own_images(kind, digit_images):
    pixels, labels = digit_images
    chosen = np.concatenate([np.flatnonzero(labels == label)[:4] for label in range(10)])
    images = tf.constant(pixels[chosen][..., None] / 127.5 - 1, tf.float32)
    truth = np.stack([labels[chosen], (labels[chosen] + 1) % 10])  # the second is taught to be off by one
    batches = tf.tile(images[None, None], [40, 2, 1, 1, 1, 1])
    taught = tf.tile(tf.constant(truth, tf.int32)[None], [40, 1, 1])
    spec = spec_of(kind, spectral_norm=kind == "conv")
    rows = fresh_classifiers(spec, 2, np.random.default_rng(0))
    train = tf.function(lambda rows: train_classifiers(spec, rows, batches, taught, Adam(5e-3)))
    for _ in range(3):
        rows = train(rows)
    outputs = scores(spec, normalized(rows["weights"], rows["directions"]), batches[0], taught[0])
    right = np.mean(np.argmax(outputs, axis=-1) == truth, axis=1)
    assert np.all(right > 0.6), right


def test_a_classifier_is_not_touched_by_another_ones_images(digit_images):
    pixels, labels = digit_images
    images = np.stack([pixels[:8], pixels[8:16]])[None, ..., None].astype(np.float32) / 127.5 - 1
    taught = tf.constant(labels[:16].reshape(1, 2, 8), tf.int32)
    other = images.copy()
    other[0, 1] *= -1
    ends = []
    for batch in (images, other):
        rows = fresh_classifiers(spec_of(), 2, np.random.default_rng(0))
        ends.append(train_classifiers(spec_of(), rows, tf.constant(batch), taught, Adam())["weights"])
    for name, value in ends[0].items():
        np.testing.assert_array_equal(value[0], ends[1][name][0])
    assert any(np.any(value[1] != ends[1][name][1]) for name, value in ends[0].items())


def test_both_networks_share_one_loss():
    critic, found = tf.constant([1.0, -2.0]), tf.constant([3.0, 5.0])
    np.testing.assert_allclose(combined_losses(critic, found, 0.8, 0.2), [-1.4, 0.6], atol=1e-6)
    np.testing.assert_allclose(combined_losses(critic, found, 4.0, 1.0), [-1.4, 0.6], atol=1e-6)
    np.testing.assert_allclose(combined_losses(critic, found, 1.0, 0.0), [-1.0, 2.0], atol=1e-6)
