# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Tests of the refusal of layers that mix examples."""

import numpy as np
import pytest

import tfdpgan  # noqa: F401  (chooses the Keras before TensorFlow is imported)

# isort: split
import tf_keras as keras

from tfdpgan.privacy.clipping.layer_check import refuse_mixing_layers


class MinibatchDeviation(keras.layers.Layer):
    mixes_examples = True

    def call(self, inputs):
        return inputs


class Nested(keras.Model):
    def __init__(self, layer) -> None:
        super().__init__(name="outer")
        self.blocks = [keras.layers.Dense(2), {"block": keras.Sequential([layer], name="inner")}]

    def call(self, inputs):
        return self.blocks[1]["block"](self.blocks[0](inputs))


MIXING = {
    "batch_norm": (lambda: keras.layers.BatchNormalization(name="bad"), "GroupNormalization"),
    "frozen_batch_norm": (
        lambda: keras.layers.BatchNormalization(name="bad", trainable=False),
        "GroupNormalization",
    ),
    "sync_batch_norm": (
        lambda: keras.layers.BatchNormalization(name="bad", synchronized=True),
        "GroupNormalization",
    ),
    "old_sync_batch_norm": (
        lambda: keras.layers.experimental.SyncBatchNormalization(name="bad"),
        "GroupNormalization",
    ),
    "spectral": (
        lambda: keras.layers.SpectralNormalization(keras.layers.Dense(2), name="bad"),
        "rewrites its kernel",
    ),
    "stateful": (lambda: keras.layers.LSTM(2, stateful=True, name="bad"), "stateful=False"),
    "declared": (lambda: MinibatchDeviation(name="bad"), "mixes_examples"),
}


@pytest.mark.parametrize("kind", MIXING)
def test_mixing_layer_is_refused_by_path_with_a_way_out(kind):
    make, way_out = MIXING[kind]
    with pytest.raises(ValueError, match=f"'outer/inner/bad'.*{way_out}"):
        refuse_mixing_layers(Nested(make()))
    with pytest.raises(ValueError, match="'bad'"):
        refuse_mixing_layers(make())


def test_functional_model_is_searched():
    entry = keras.Input([4], name="entry")
    inner = keras.Sequential([keras.layers.Dense(2), keras.layers.BatchNormalization(name="bad")], name="inner")
    model = keras.Model(entry, inner(entry), name="outer")
    with pytest.raises(ValueError, match="outer/inner/bad"):
        refuse_mixing_layers(model)


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.Dropout(0.0),
        keras.layers.GroupNormalization(2),
        keras.layers.LayerNormalization(),
        keras.layers.LSTM(2),
        keras.layers.Conv2D(2, 3),
        keras.layers.Embedding(3, 2),
        keras.layers.MultiHeadAttention(2, 3),
        keras.layers.Normalization(mean=0.5, variance=2.0),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_that_stay_inside_one_example_pass(layer):
    refuse_mixing_layers(Nested(layer))


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.Dropout(0.5, name="bad"),
        keras.layers.SpatialDropout2D(0.5, name="bad"),
        keras.layers.AlphaDropout(0.5, name="bad"),
        keras.layers.GaussianDropout(0.5, name="bad"),
        keras.layers.GaussianNoise(0.1, name="bad"),
        keras.layers.RandomFlip(name="bad"),
        keras.layers.RandomRotation(0.1, name="bad"),
        keras.layers.LSTM(2, dropout=0.1, name="bad"),
        keras.layers.GRU(2, recurrent_dropout=0.1, name="bad"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_that_draw_by_the_place_in_the_batch_are_refused(layer):
    with pytest.raises(ValueError, match="'outer/inner/bad'.*place in the batch.*Remove it"):
        refuse_mixing_layers(Nested(layer))


def test_statistics_in_the_weights_are_refused_unless_they_are_public():
    layer = keras.layers.Normalization(name="bad")
    layer.adapt(np.arange(12.0).reshape(4, 3))
    with pytest.raises(ValueError, match="'outer/inner/bad'.*mean.*statistics_are_public"):
        refuse_mixing_layers(Nested(layer))
    layer.statistics_are_public = True
    refuse_mixing_layers(Nested(layer))


def test_a_frozen_layer_is_no_statistic():
    layer = keras.layers.Dense(2)
    layer.build((None, 2))
    layer.trainable = False
    assert layer.non_trainable_weights
    refuse_mixing_layers(Nested(layer))
