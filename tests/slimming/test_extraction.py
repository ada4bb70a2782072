# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import tf_keras as keras

from tests.slimming.pruned import ROWS, build, images_of
from tfdpgan.data.pixels import psnr
from tfdpgan.slimming.extraction import extract


def prune(generator, seed=0, share=0.5):
    """Zeroes scale and offset of a random share of the groups of each axis; returns the masks."""
    rng, masks = np.random.default_rng(seed), []
    for axis in generator.channel_axes():
        keep = rng.random(axis.num_groups) > share
        keep[rng.integers(axis.num_groups)] = True
        entries = keep[axis.groups_of_entries()]
        axis.norm.gamma.assign(axis.norm.gamma * entries)
        axis.norm.beta.assign(axis.norm.beta * entries)
        masks.append(np.repeat(keep, axis.group_size))
    return masks


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("seed", [0, 1])
def test_masked_and_extracted_draw_the_same_images(row, seed):
    generator = build(*row)
    whole = images_of(generator)
    masks = prune(generator, seed)
    small = extract(generator, masks)
    assert psnr(images_of(generator), images_of(small)) >= 100
    assert psnr(whole, images_of(small)) < 60, "pruning did nothing"
    assert [axis.num_channels for axis in small.channel_axes()] == [mask.sum() for mask in masks]
    assert small.count_params() < generator.count_params()


@pytest.mark.parametrize("row", [*ROWS, (*next(row for row in ROWS if row[0] == "dcgan64"), None, "batch")])
def test_frozen_normalizations_are_copied_as_the_others(row):
    """As distillation leaves them. Keras then lists their scales and offsets elsewhere among the weights."""
    generator = build(*row)
    for layer in generator.submodules:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    masks = prune(generator)
    small = extract(generator, masks)
    assert len(generator.weights_by_layer()) == len(generator.weights)
    assert psnr(images_of(generator), images_of(small)) >= 100


@pytest.mark.parametrize("row", ROWS)
def test_no_dead_channel_is_left(row):
    generator = build(*row)
    for axis in extract(generator, prune(generator)).channel_axes():
        assert np.all(np.bincount(axis.groups_of_entries(), np.abs(axis.norm.gamma.numpy())) > 0)


@pytest.mark.parametrize("row", ROWS)
def test_what_an_architecture_declares_is_its_own_and_each_axis_of_a_tensor_once(row):
    generator = build(*row)
    declared = [(id(tensor), along) for axis in generator.channel_axes() for tensor, along in axis.tensors]
    assert declared and len(set(declared)) == len(declared)
    assert {tensor for tensor, _ in declared} <= {id(weight) for weight in generator.weights}


@pytest.mark.parametrize("row", [row for row in ROWS if row[0] in ("dcgan", "dcgan64", "dcgan2020", "fully_connected")])
def test_a_chain_of_layers_declares_all_its_normalised_channels(row):
    """Another architecture may have channels that cannot go, such as those that a skip connection adds up."""
    generator = build(*row)
    declared = {id(tensor) for axis in generator.channel_axes() for tensor, _ in axis.tensors}
    assert {id(weight) for weight in generator.weights if "norm" in weight.name} <= declared
    kernels = [weight for weight in generator.trainable_weights if weight.shape.rank > 1]
    assert {id(kernel) for kernel in kernels} <= declared


@pytest.mark.parametrize("row", ROWS)
def test_a_slim_generator_is_slimmed_again_and_rebuilt_from_its_config(row):
    generator = build(*row)
    small = extract(generator, prune(generator))
    smaller = extract(small, prune(small, seed=5, share=0.3))
    assert psnr(images_of(small), images_of(smaller)) >= 100
    again = type(smaller).from_config(smaller.get_config())
    images_of(again)
    again.set_weights(smaller.get_weights())
    np.testing.assert_array_equal(images_of(again), images_of(smaller))


def test_with_batch_normalization_the_64_pixel_generator_loses_single_channels():
    architecture, shape = next(row for row in ROWS if row[0] == "dcgan64")
    generator = build(architecture, shape, generator_norm="batch")
    masks = prune(generator)
    small = extract(generator, masks)
    assert all(axis.group_size == 1 for axis in small.channel_axes())
    assert any(mask.sum() % 2 for mask in masks), "whole groups of two could have gone as well"
    assert psnr(images_of(generator), images_of(small)) >= 100
    again = type(small).from_config(small.get_config())
    images_of(again)
    again.set_weights(small.get_weights())
    np.testing.assert_array_equal(images_of(again), images_of(small))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda masks: masks[:-1], "channel axes"),
        (lambda masks: [masks[0] & False, *masks[1:]], "keeps no channel"),
        (lambda masks: [masks[0][1:], *masks[1:]], "channels. Received a mask"),
        (lambda masks: [np.arange(len(masks[0])) > 0, *masks[1:]], "splits a group|still scales"),
    ],
)
@pytest.mark.parametrize("row", [ROWS[0], ROWS[1]])
def test_masks_that_do_not_fit_are_refused(row, change, words):
    generator = build(*row)
    masks = [np.ones(axis.num_channels, bool) for axis in generator.channel_axes()]
    with pytest.raises(ValueError, match=words):
        extract(generator, change(masks))


def test_a_split_group_is_refused_since_it_would_change_the_image():
    generator = build(*next(row for row in ROWS if row[0] == "dcgan64"))
    axis = generator.channel_axes()[0]
    masks = [np.ones(each.num_channels, bool) for each in generator.channel_axes()]
    masks[0][1] = False
    axis.norm.gamma.assign(axis.norm.gamma * masks[0])
    axis.norm.beta.assign(axis.norm.beta * masks[0])
    assert axis.group_size > 1
    with pytest.raises(ValueError, match="splits a group of 2"):
        extract(generator, masks)
