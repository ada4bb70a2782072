# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The normalisation layers that an architecture can be given by name, and what batch normalisation needs to move on."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf
import tf_keras as keras


def make_norm(name: str, channels: int, rank: int = 4) -> keras.layers.Layer:
    """A normalisation layer for `channels` channels: "none", "group", "layer" or "batch".

    `rank` is that of the layer's input, the batch axis included: 4 behind convolutions, 2 behind dense layers.

    Group normalisation (Wu and He 2018) has no scale and offset here: under clipping they take a share of the
    gradient's norm that the convolutions use better (measured on MNIST).
    """
    if name == "group":
        return keras.layers.GroupNormalization(groups=math.gcd(channels, 8), center=False, scale=False, epsilon=1e-5)
    if name == "layer":
        return keras.layers.LayerNormalization(axis=tuple(range(1, rank)))
    if name == "batch":
        return keras.layers.BatchNormalization()
    return keras.layers.Activation("linear")


def recentre_batch_norms(network: keras.Model, inputs: Any) -> None:
    """Gives every batch normalisation the statistics that `inputs` have there, and a scale and offset that undo it.

    Without training the network computes what it did. With it, where each batch is normalised by its own statistics, it
    now computes nearly the same: so a network whose statistics were held fixed while it learned can go on learning.

    Args:
        network: built; other layers are not touched.
        inputs: some hundred examples, as the network takes them.
    """
    norms = [layer for layer in network.submodules if isinstance(layer, keras.layers.BatchNormalization)]
    for norm, (mean, variance) in zip(norms, _moments_before(norms, network, inputs), strict=True):
        scale = norm.gamma / tf.sqrt(norm.moving_variance + norm.epsilon)
        norm.beta.assign_add(scale * (mean - norm.moving_mean))
        norm.gamma.assign(scale * tf.sqrt(variance + norm.epsilon))
        norm.moving_mean.assign(mean)
        norm.moving_variance.assign(variance)


def _moments_before(
    norms: list[keras.layers.Layer], network: keras.Model, inputs: Any
) -> list[tuple[tf.Tensor, tf.Tensor]]:
    """Mean and variance, over all but the channels, of what arrives at each layer when nothing is trained."""
    moments: dict[int, tuple[tf.Tensor, tf.Tensor]] = {}

    def watched(norm: keras.layers.Layer) -> Any:
        call = norm.call

        def watch(arriving: tf.Tensor, *args: Any, **kwargs: Any) -> tf.Tensor:
            moments[id(norm)] = tf.nn.moments(arriving, list(range(arriving.shape.rank - 1)))
            return call(arriving, *args, **kwargs)

        return watch

    for norm in norms:
        norm.call = watched(norm)
    try:
        network(inputs, training=False)
    finally:
        for norm in norms:
            del norm.call
    return [moments[id(norm)] for norm in norms]
