# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What an architecture says of its hidden channels, so that some of them can be taken out: which tensors share them.

A channel goes when its normalisation's scale and offset are zero: then nothing of it comes through the ReLU behind, and
every tensor that has an entry for it can lose that entry. That rule, and the groups of a group normalisation, are all
that slimming knows of an architecture.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras

# For each kind of layer, the axes of its kernel: inputs, outputs.
_KERNEL_AXES = {
    keras.layers.Dense: (0, 1),
    keras.layers.Conv2DTranspose: (3, 2),
    keras.layers.Conv2D: (2, 3),
}
_NORMS = (keras.layers.BatchNormalization, keras.layers.GroupNormalization)


@dataclasses.dataclass(frozen=True, eq=False)
class ChannelAxis:
    """The channels between one layer and the next, of a network that is built.

    Attributes:
        norm: the batch or group normalisation on them, with scale and offset; behind it an activation with f(0) = 0.
        shared: the other tensors that have an entry for each channel, with the axis that it is along. An axis that is n
            times as long holds the channels n times over, as a dense layer does that is folded into a map.
        num_channels: how many there are.
    """

    norm: keras.layers.Layer
    shared: tuple[tuple[tf.Variable, int], ...]
    num_channels: int

    def __post_init__(self) -> None:
        if not isinstance(self.norm, _NORMS) or not (self.norm.center and self.norm.scale):
            raise ValueError(
                "Channels can be taken out where a batch or group normalisation with scale and offset follows. Got "
                f"{self.norm.name} ({type(self.norm).__name__})."
            )
        lengths = [tensor.shape[axis] for tensor, axis in self.tensors]
        is_grouped = isinstance(self.norm, keras.layers.GroupNormalization)
        if any(length % self.num_channels for length in lengths) or is_grouped and lengths[-1] != self.num_channels:
            raise ValueError(f"Tensors of {lengths} entries do not share {self.num_channels} channels.")

    @property
    def tensors(self) -> list[tuple[tf.Variable, int]]:
        """`shared`, and what the normalisation has for each channel."""
        return [*self.shared, *((weight, 0) for weight in self.norm.weights)]

    @property
    def group_size(self) -> int:
        """How many neighbouring channels must go together: those that share their statistics."""
        groups = self.norm.groups if isinstance(self.norm, keras.layers.GroupNormalization) else self.num_channels
        return self.num_channels // groups

    @property
    def num_groups(self) -> int:
        """How many such groups there are; as many as channels under batch normalisation."""
        return self.num_channels // self.group_size

    def groups_of_entries(self) -> np.ndarray:
        """For each entry of the normalisation's scale the group that it belongs to: int32."""
        length = self.norm.gamma.shape[0]
        return (np.arange(length, dtype=np.int32) % self.num_channels) // self.group_size


def channel_axes_along(layers: Sequence[keras.layers.Layer]) -> list[ChannelAxis]:
    """The channels of a chain: dense or convolutional layers with a normalisation behind each but the last.

    Args:
        layers: built, in the order in which they are called; those without kernel or statistics are passed over.

    Returns:
        One axis for each normalisation.
    """
    axes: list[ChannelAxis] = []
    chain: list[Any] = [layer for layer in layers if isinstance(layer, (*_KERNEL_AXES, *_NORMS))]
    for producer, norm, consumer in zip(chain[::2], chain[1::2], chain[2::2], strict=False):
        outputs = [(producer.kernel, _kernel_axes(producer)[1])]
        if producer.use_bias:
            outputs.append((producer.bias, 0))
        input_axis = _kernel_axes(consumer)[0]
        shared = (*outputs, (consumer.kernel, input_axis))
        axes.append(ChannelAxis(norm, shared, consumer.kernel.shape[input_axis]))
    return axes


def axis_between(
    norm: keras.layers.Layer, writers: Sequence[keras.layers.Layer], readers: Sequence[keras.layers.Layer]
) -> ChannelAxis:
    """The channels that some built layers write, in a sum, and others read behind `norm` and an activation.

    Args:
        norm: batch or group normalisation with scale and offset.
        writers: dense or convolutional layers.
        readers: the same.
    """
    shared = []
    for layer in writers:
        shared.append((layer.kernel, _kernel_axes(layer)[1]))
        if layer.use_bias:
            shared.append((layer.bias, 0))
    shared += [(layer.kernel, _kernel_axes(layer)[0]) for layer in readers]
    return ChannelAxis(norm, tuple(shared), readers[0].kernel.shape[_kernel_axes(readers[0])[0]])


def _kernel_axes(layer: keras.layers.Layer) -> tuple[int, int]:
    # Conv2DTranspose is a Conv2D for Keras and comes before it in the table.
    return next(axes for kind, axes in _KERNEL_AXES.items() if isinstance(layer, kind))
