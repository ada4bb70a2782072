# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import tensorflow as tf

from tests.slimming.pruned import ROWS, build, images_of, inputs_of
from tfdpgan.data.pixels import psnr
from tfdpgan.models.complexity import measure_complexity
from tfdpgan.slimming.channel_pruning import ChannelPruner
from tfdpgan.slimming.extraction import extract

NAMED = dict(ROWS)


def zeros(pruner):
    return [tf.zeros_like(scale) for scale in pruner.scales]


@pytest.mark.parametrize("architecture", ["fully_connected", "dcgan2020"])
def test_single_channels_follow_the_published_formula(architecture):
    generator = build(architecture, NAMED[architecture])
    pruner = ChannelPruner(generator.channel_axes()[:1], learning_rate=0.5, momentum=0.0, penalty=0.2)
    gamma, beta = (weight.numpy() for weight in generator.channel_axes()[0].norm.weights[:2])
    gradient = np.random.default_rng(0).normal(size=gamma.shape).astype(np.float32)
    gradient /= np.linalg.norm(gradient)
    pruner.step([tf.constant(gradient)])
    moved = gamma - 0.5 * gradient
    expected = np.sign(moved) * np.maximum(np.abs(moved) - 0.2 * 0.5, 0)
    np.testing.assert_allclose(pruner.scales[0], expected, atol=1e-6)
    np.testing.assert_allclose(pruner.axes[0].norm.beta, beta * expected / moved, atol=1e-5)


def test_groups_of_a_group_norm_follow_the_group_lasso():
    generator = build("dcgan64", NAMED["dcgan64"])
    pruner = ChannelPruner(generator.channel_axes(), learning_rate=0.5, momentum=0.0, penalty=0.2)
    before = [scale.numpy() for scale in pruner.scales]
    pruner.step(zeros(pruner))
    for axis, old, new in zip(pruner.axes, before, pruner.scales, strict=True):
        blocks = old.reshape(axis.num_groups, axis.group_size)
        norms = np.linalg.norm(blocks, axis=1, keepdims=True)
        expected = blocks * np.maximum(1 - 0.1 * np.sqrt(axis.group_size) / norms, 0)
        np.testing.assert_allclose(new, expected.ravel(), rtol=1e-5)


def test_a_huge_gradient_moves_the_scales_no_further_than_one_of_norm_one():
    generator = build(*ROWS[0])
    pruner = ChannelPruner(generator.channel_axes(), learning_rate=0.1, momentum=0.0, penalty=0.0)
    before = np.concatenate([scale.numpy() for scale in pruner.scales])
    pruner.step([1e6 * tf.ones_like(scale) for scale in pruner.scales])
    after = np.concatenate([scale.numpy() for scale in pruner.scales])
    assert np.linalg.norm(after - before) == pytest.approx(0.1, rel=1e-3)


@pytest.mark.parametrize("row", ROWS)
def test_under_penalty_alone_all_but_the_last_group_of_each_axis_fade(row):
    generator = build(*row)
    pruner = ChannelPruner(generator.channel_axes(), learning_rate=0.5, penalty=0.5)
    curve = []
    for _ in range(12):
        pruner.step(zeros(pruner))
        curve.append(sum(pruner.num_channels()))
    assert curve == sorted(curve, reverse=True) and curve[0] > curve[-1]
    assert pruner.num_channels() == [axis.group_size for axis in pruner.axes]
    small = extract(generator, pruner.masks())
    assert psnr(images_of(generator), images_of(small)) >= 100


@pytest.mark.parametrize("row", ROWS)
def test_what_is_gone_stays_gone_and_the_rest_still_learns(row):
    generator = build(*row)
    pruner = ChannelPruner(generator.channel_axes(), penalty=0.0)
    axis = pruner.axes[0]
    alive = np.arange(axis.num_groups) != 0
    entries = alive[axis.groups_of_entries()]
    axis.norm.gamma.assign(axis.norm.gamma * entries)
    axis.norm.beta.assign(axis.norm.beta * entries)
    kept = pruner.scales[0].numpy()
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((generator(inputs_of(generator), training=True) - 0.5) ** 2)
        pruner.step(tape.gradient(loss, pruner.scales))
        axis.norm.beta.assign_add(tf.ones_like(axis.norm.beta) * 0.01)  # as another optimizer's momentum would
    pruner.step(zeros(pruner))
    assert not pruner.masks()[0][: axis.group_size].any()
    assert not axis.norm.beta.numpy()[~entries].any()
    assert np.abs(pruner.scales[0].numpy() - kept)[entries].max() > 1e-6


@pytest.mark.parametrize("row", ROWS)
def test_pruning_to_a_ratio_reaches_it_and_not_much_more(row):
    generator = build(*row)
    pruner = ChannelPruner(generator.channel_axes())
    whole = measure_complexity(generator, 5)
    pruner.prune_to(whole, 1.5)
    small = measure_complexity(extract(generator, pruner.masks()), 5)
    assert 1.5 <= whole.macs / small.macs < 3
    pruner.prune_to(whole, 1e9)
    assert pruner.num_channels() == [axis.group_size for axis in pruner.axes]


def test_after_a_stop_nothing_shrinks():
    generator = build(*ROWS[0])
    pruner = ChannelPruner(generator.channel_axes())
    pruner.stop_shrinking()
    before = [scale.numpy() for scale in pruner.scales]
    pruner.step(zeros(pruner))
    np.testing.assert_array_equal(np.concatenate(before), np.concatenate([scale.numpy() for scale in pruner.scales]))


def test_a_generator_without_channel_axes_is_refused():
    with pytest.raises(ValueError, match="declares no channel axes"):
        ChannelPruner([])
