# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Every candidate that is compared does the same work."""

import importlib.util

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfdpgan.benchmark import steps
from tfdpgan.benchmark.models import MODELS, find_model, num_weights
from tfdpgan.benchmark.step_worker import Unavailable

BATCH = 4


def step_taken(candidate, monkeypatch):
    """The change of all weights by one step without noise and with a clip that nothing reaches."""
    monkeypatch.setattr(steps, "_NOISE_MULTIPLIER", 0.0)
    monkeypatch.setattr(steps, "_CLIP", 1e6)
    monkeypatch.setattr(steps, "_LEARNING_RATE", 1.0)
    keras.utils.set_random_seed(1)
    discriminator = find_model("dcgan_tutorial").build()
    before = [weights.numpy() for weights in discriminator.trainable_variables]
    images = tf.random.stateless_uniform([BATCH, 28, 28, 1], seed=[1, 2], minval=-1.0)
    steps.CANDIDATES[candidate](discriminator, (images, tf.zeros([BATCH], tf.int32)))()
    after = discriminator.trainable_variables
    return np.concatenate([np.ravel(b - a) for a, b in zip(after, before, strict=True)])


@pytest.mark.parametrize("candidate", [candidate for candidate in steps.CANDIDATES if candidate != "plain"])
def test_without_noise_and_clip_every_candidate_is_the_plain_step(candidate, monkeypatch):
    try:
        change = step_taken(candidate, monkeypatch)
    except Unavailable as reason:
        pytest.skip(str(reason))
    plain = step_taken("plain", monkeypatch)
    assert np.linalg.norm(plain) > 0.1
    np.testing.assert_allclose(change, plain, atol=1e-5 * np.linalg.norm(plain))


@pytest.mark.parametrize("candidate", ["book_keeping", "vectorized_map"])
def test_private_ways_add_noise(candidate):
    keras.utils.set_random_seed(1)
    discriminator = find_model("dcgan_tutorial").build()
    bias = discriminator.trainable_variables[1]
    step = steps.CANDIDATES[candidate](discriminator, (tf.zeros([BATCH, 28, 28, 1]), tf.zeros([BATCH], tf.int32)))
    step()
    first = bias.numpy()
    step()
    # An image of zeros gives every bias a steady gradient: only noise makes two steps point apart.
    assert np.corrcoef(first, bias.numpy() - first)[0, 1] < 0.9


@pytest.mark.parametrize("name", MODELS)
def test_every_model_gives_a_logit_for_each_image(name):
    model = find_model(name)
    logits = model.build()((tf.zeros([3, *model.shape[:3]]), tf.zeros([3], tf.int32)))
    assert logits.shape == [3]


def test_the_tutorial_model_has_the_published_number_of_weights():
    assert num_weights(find_model("dcgan_tutorial").build()) == 212_865


@pytest.mark.skipif(importlib.util.find_spec("opacus") is None, reason="needs the peers extra")
@pytest.mark.parametrize("name", MODELS)
def test_the_twin_in_torch_has_as_many_weights(name):
    from tfdpgan.benchmark import opacus_steps

    _, facts = opacus_steps._prepare("torch_plain", name, 2)
    assert facts["num_weights"] == num_weights(find_model(name).build())
