# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The path length penalty of StyleGAN2: what it computes, when its steps are taken, what is kept of it."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.training.small import small_config, small_dataset
from tests.training.stop_at import run_until
from tfdpgan import api, models
from tfdpgan.methods.generator_training import make_session
from tfdpgan.methods.planning import make_plan
from tfdpgan.models.stylegan2.path_length import PathLengthPenalty
from tfdpgan.training.networks import Networks
from tfdpgan.training.regularization import RegularizationSteps

STYLE = dict(architecture="stylegan2", generator_width=2, discriminator_width=2, latent_dim=8, mapping_layers=2)


def generator_of_8_pixels():
    config = models.ModelConfig(**STYLE, style_mixing=0.0)
    return models.build_generator(models.ImageShape(8, 8, 3, 1), config)


def test_the_penalty_is_that_of_differences_in_the_styles_of_each_layer():
    generator = generator_of_8_pixels()
    latents, labels = tf.random.normal([3, 8]), tf.zeros([3], tf.int32)
    penalty = PathLengthPenalty(generator, 2.0, tf.random.Generator.from_seed(5))
    penalty.mean_length.assign(0.3)
    found = float(penalty(latents, labels))
    y = tf.random.Generator.from_seed(5).normal([3, 8, 8, 3]).numpy() / 8.0  # sqrt(8 * 8) pixels
    styles, seed = generator.styles_by_layer(latents, labels, training=True)
    squares, by = np.zeros([3, len(styles)]), 1e-2
    for layer, style in enumerate(styles):
        for direction in np.eye(style.shape[1], dtype=np.float32) * by:
            ends = []
            for sign in (1, -1):
                moved = [*styles[:layer], style + sign * direction, *styles[layer + 1 :]]
                ends.append(np.sum(generator.synthesize(moved, seed).numpy() * y, axis=(1, 2, 3)))
            squares[:, layer] += ((ends[0] - ends[1]) / (2 * by)) ** 2
    lengths = np.sqrt(squares.mean(axis=1))
    mean = 0.3 + 0.01 * (lengths.mean() - 0.3)
    assert found == pytest.approx(2 * 4 * np.mean((lengths - mean) ** 2), rel=1e-2)
    assert float(penalty.mean_length) == pytest.approx(mean, rel=1e-4)


def test_its_steps_come_after_every_fourth_of_the_generator_and_make_lengths_alike(digit_images):
    networks = Networks(models.ImageShape(8, 8, 1, 1), small_config(None, **STYLE, path_length_weight=2.0))
    penalty = networks.generator.regularizer(networks.rng)
    assert isinstance(penalty, PathLengthPenalty)
    optimizer = keras.optimizers.Adam(2e-3, beta_1=0.0, beta_2=0.99)
    steps = RegularizationSteps(penalty, networks, optimizer, batch_size=64)
    probes = [(tf.random.normal([64, 8]), tf.zeros([64], tf.int32)) for _ in range(4)]
    before, iterations = np.mean([penalty(*probe) for probe in probes]), []
    for _ in range(80):
        steps.after_generator_step()
        iterations.append(int(optimizer.iterations))
    assert iterations == [(step + 1) // 4 for step in range(80)]
    assert list(steps.trackables) == ["generator_steps", "mean_path_length"]
    assert np.mean([penalty(*probe) for probe in probes]) < 0.9 * before


def test_without_a_weight_there_is_none():
    assert generator_of_8_pixels().regularizer(tf.random.Generator.from_seed(0)) is None


@pytest.mark.slow
def test_stopped_and_resumed_it_equals_uninterrupted_and_costs_nothing(tmp_path, digit_images, monkeypatch):
    changes = dict(STYLE, path_length_weight=2.0, steps=6, steps_per_block=1, discriminator_steps=1, noise_seed=3)
    changes |= dict(warm_start_steps=0, style_mixing=0.5, loss="bce")
    images, labels = digit_images
    dataset = small_dataset((images[:, 2:26:3, 2:26:3], labels))  # 8 pixels
    plans = [make_plan(small_config(tmp_path / name, **changes), dataset.num_examples) for name in ("whole", "cut")]
    free = make_plan(small_config(tmp_path / "free", **{**changes, "path_length_weight": 0.0}), dataset.num_examples)
    assert plans[0].epsilon == free.epsilon
    api.train(plans[0], dataset, show_progress=False)
    run_until(make_session(plans[1], dataset), "dp_sgd", 5, monkeypatch)
    api.train(plans[1], dataset, show_progress=False)
    whole, cut = (api.load_generator(str(tmp_path / name)).model.get_weights() for name in ("whole", "cut"))
    for one, other in zip(whole, cut, strict=True):
        np.testing.assert_array_equal(one, other)
