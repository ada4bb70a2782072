# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Prune and regrow in a real phase: exact zeros whatever the momentum, where regrown ones start, whose rate is cut."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.training.prune_and_grow.phases import SPARSE, asked, is_dense, kernels, phase_of, zeros
from tfdpgan.config import ConfigError
from tfdpgan.training.prune_and_grow.masks import Masks

KINDS = "wwSSSdddSSSddd"


@pytest.mark.parametrize("is_private", [True, False])
def test_after_every_sparse_step_each_tensor_has_exactly_the_asked_zeros(digit_images, is_private):
    """With a momentum that would carry pruned weights away; and so has the average."""
    rates = dict(generator_learning_rate=0.02, prune_dense_learning_rate=1.0)  # so that regrown weights grow
    phase, networks = phase_of(digit_images, is_private, beta_1=0.9, **rates, **SPARSE)
    weights, averages = kernels(networks.generator), kernels(networks.averaged.model)
    masks = []
    for step, kind in enumerate(KINDS):
        reported = phase.step(step)
        expected = asked(weights, 0.37)
        assert zeros(weights) == expected if kind == "S" else is_dense(weights), f"step {step}"
        assert reported["sparsity"] == (0.37 if kind == "S" else 0)
        if kind == "S":
            assert zeros(averages) == expected
            masks.append(np.concatenate([np.ravel(weight == 0) for weight in weights]))
    assert (masks[0] == masks[1]).all() and (masks[1] == masks[2]).all(), "one mask for a phase"
    assert (masks[0] != masks[3]).any(), "another one for the next"


def test_the_smallest_are_pruned_and_regrown_weights_start_at_zero(digit_images):
    phase, networks = phase_of(digit_images, **SPARSE)
    weight = kernels(networks.generator)[1]
    for step in range(2):
        phase.step(step)
    before = np.abs(weight.numpy())
    phase.step(2)
    gone = weight.numpy() == 0
    assert before[gone].max() <= before[~gone].min()
    for step in range(3, 5):
        phase.step(step)
    assert (weight.numpy()[gone] == 0).all(), "where the optimizer finds them in the first dense step"
    phase.step(5)
    assert (weight.numpy()[gone] != 0).mean() > 0.9, "and from there they learn"
    rate = 0.1 * phase._config.generator_learning_rate
    assert np.abs(weight.numpy()[gone]).max() <= 10.01 * rate, "Adam's steps are of the rate's size"


def test_random_regrowth_is_as_wide_as_the_others(digit_images):
    phase, networks = phase_of(digit_images, prune_regrowth="random", **SPARSE)
    weight = max(kernels(networks.generator), key=lambda one: one.shape.num_elements())
    for step in range(5):
        phase.step(step)
    gone, width = weight.numpy() == 0, np.std(weight.numpy()[weight.numpy() != 0])
    phase.step(5)
    assert np.std(weight.numpy()[gone]) == pytest.approx(width, rel=0.15)
    assert np.mean(weight.numpy()[gone] < 0) == pytest.approx(0.5, abs=0.1)


def test_the_discriminator_is_pruned_where_it_is_asked_for_and_its_own_rate_is_cut(digit_images):
    for which in ("discriminator", "both"):
        phase, networks = phase_of(digit_images, **{**SPARSE, "prune_and_grow": which})
        of = kernels(networks.discriminator)
        for step, kind in enumerate(KINDS[:8]):
            phase.step(step)
            assert zeros(of) == asked(of, 0.37) if kind == "S" else is_dense(of)
            expected = 0.1 if kind == "d" else 1.0
            assert float(phase._update.optimizer.learning_rate) == pytest.approx(expected * phase._config.learning_rate)
            of_generator = expected if which == "both" else 1.0
            rate = float(phase._generator_optimizer.learning_rate)
            assert rate == pytest.approx(of_generator * phase._config.generator_learning_rate)
        assert which == "both" or sum(zeros(kernels(networks.generator))) == 0


def test_the_generator_alone_is_the_papers_and_its_rate_alone_is_cut(digit_images):
    phase, networks = phase_of(digit_images, **SPARSE)
    for step, kind in enumerate(KINDS[:7]):
        phase.step(step)
        factor = float(phase._generator_optimizer.learning_rate) / phase._config.generator_learning_rate
        assert factor == pytest.approx(0.1 if kind == "d" else 1.0)
        assert float(phase._update.optimizer.learning_rate) == pytest.approx(phase._config.learning_rate)
        assert sum(zeros(kernels(networks.discriminator))) == 0


def test_phases_are_kept_where_the_generator_moves_at_some_steps_only(digit_images):
    """The first step of a phase may not be one of the generator's: its next one then renews the mask."""
    phase, networks = phase_of(digit_images, **{**SPARSE, "prune_warm_up_steps": 3}, discriminator_steps=2)
    weights = kernels(networks.generator)
    for step in range(14):
        phase.step(step)
        moved = step - (step + 1) % 2  # the last step at which the generator did
        is_sparse = 3 <= moved < 6  # the dense phase after it takes what is left
        assert zeros(weights) == asked(weights, 0.37) if is_sparse else is_dense(weights), step


def test_biases_and_scales_are_pruned_where_all_tensors_are_and_equal_ones_stay():
    network = keras.Sequential([keras.layers.Dense(8), keras.layers.LayerNormalization()])
    network.build([None, 5])
    network.never_pruned = lambda: []
    masks = Masks(network, None, "all")
    network.trainable_variables[1].assign(tf.range(8.0) - 3.5)  # the bias; scale and offset are fresh
    masks.prune(masks.counts(0.5))
    masks.apply()
    assert zeros(network.trainable_variables) == [20, 4, 0, 8]
    assert len(Masks(network, None, "kernels").weights) == 1


def test_equal_magnitudes_do_not_change_the_count():
    """Random kernels in float32 have many equal ones; a threshold would take all of them or none."""
    network = keras.Sequential([keras.layers.Dense(100, kernel_initializer=keras.initializers.Constant(0.5))])
    network.build([None, 100])
    network.never_pruned = lambda: []
    kernel = network.trainable_variables[0]
    kernel.assign(
        tf.sign(tf.random.normal([100, 100])) * tf.cast(tf.random.uniform([100, 100], 1, 4, tf.int32), tf.float32)
    )
    masks = Masks(network, None, "kernels")
    masks.prune([3333])
    masks.apply()
    assert zeros([kernel]) == [3333]


def test_a_mask_that_is_recomputed_keeps_what_is_zero(digit_images):
    """Zeros rank lowest: with kernels, the published code's renewal changes nothing within a phase."""
    phase, networks = phase_of(digit_images, prune_mask_every=1, **SPARSE)
    masks = []
    for step in range(5):
        phase.step(step)
        masks.append(np.concatenate([np.ravel(weight == 0) for weight in kernels(networks.generator)]))
    assert masks[2].mean() == pytest.approx(0.37, abs=0.01)
    np.testing.assert_array_equal(masks[2], masks[4])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (dict(prune_and_grow="generator", prune_interval=13), "--prune_interval=13"),
        (dict(prune_and_grow="both", lottery_rounds=2), "two ways to train sparsely"),
        (dict(lottery_rounds=6, lottery_rewind_step=2), "lies beyond the first"),
    ],
)
def test_what_does_not_fit_is_refused_before_training(digit_images, settings, words):
    with pytest.raises(ConfigError, match=words):
        phase_of(digit_images, **settings)
