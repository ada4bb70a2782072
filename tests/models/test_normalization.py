# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import tf_keras as keras

from tests.slimming.pruned import ROWS, build, inputs_of
from tfdpgan import models
from tfdpgan.data.pixels import psnr
from tfdpgan.models.normalization import recentre_batch_norms
from tfdpgan.models.quantized_layers import quantize_layers


def batch_normed(name, shape):
    """With batch normalisation where that is a choice."""
    norms = getattr(models.ARCHITECTURES[name].load(), "GENERATOR_NORMS", ())
    return build(name, shape, generator_norm="batch" if "batch" in norms else None)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_recentred_generator_draws_the_same_and_goes_on_from_there(row):
    untouched, generator = batch_normed(*row), batch_normed(*row)
    inputs = inputs_of(generator, 64)
    if not any(isinstance(part, keras.layers.BatchNormalization) for part in generator.submodules):
        recentre_batch_norms(generator, inputs)  # nothing to recentre
        for one, other in zip(untouched.get_weights(), generator.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
        return
    before = generator(inputs, training=False).numpy()
    recentre_batch_norms(generator, inputs)
    assert psnr(generator(inputs, training=False).numpy(), before) > 100
    assert psnr(generator(inputs, training=True).numpy(), before) > 100
    assert psnr(untouched(inputs, training=True).numpy(), before) < 30


def test_learned_ranges_and_layers_without_statistics_stay():
    generator = build("dcgan64", dict(ROWS)["dcgan64"], generator_norm="batch")
    quantize_layers(generator, 8)
    inputs = inputs_of(generator, 8)
    generator(inputs, training=True)
    others = [weight for weight in generator.weights if "batch_normalization" not in weight.name]
    values = [weight.numpy() for weight in others]
    recentre_batch_norms(generator, inputs)
    for weight, value in zip(others, values, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value, weight.name)


def test_a_group_norm_has_nothing_to_recentre():
    generator = build("dcgan64", dict(ROWS)["dcgan64"], generator_norm="group")
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in generator.submodules)
    before = generator.get_weights()
    recentre_batch_norms(generator, inputs_of(generator))
    for one, other in zip(before, generator.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
