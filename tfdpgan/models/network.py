# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What every network of the table is: a Keras model that can say from which shape and settings it was built."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import tensorflow as tf
import tf_keras as keras

from tfdpgan.config import ConfigError, from_dict
from tfdpgan.keras_autograph import leave_keras_unconverted
from tfdpgan.models import ModelConfig
from tfdpgan.models.blocks.block import Block
from tfdpgan.models.channels import ChannelAxis
from tfdpgan.models.shapes import ImageShape

leave_keras_unconverted()


class Regularizer(Protocol):
    """What a generator may bring along to be trained by, beside its loss.

    Attributes:
        every: steps of the generator from one for this to the next.
        trackables: what checkpoints keep of it, by name.
    """

    every: int
    trackables: dict[str, tf.Variable]

    def __call__(self, latents: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """A scalar for latents `[n, latent_dim]` and labels `[n]`; must not depend on real images."""


class Network(keras.Model):
    """A generator or a discriminator.

    Args:
        shape: of the images.
        config: architecture and widths.
        name: "generator" or "discriminator".
        channels: of a slim generator: how many are left on each of its `channel_axes`.

    Attributes:
        num_classes: of the images.
        latent_dim: of a generator's latents.
        quantization: bits and method of `quantize_layers`, or None.
    """

    def __init__(
        self, shape: ImageShape, config: ModelConfig, name: str, channels: Sequence[int] | None = None
    ) -> None:
        super().__init__(name=name)
        self.num_classes = shape.num_classes
        self.latent_dim = config.latent_dim
        self._quantization: dict[str, Any] | None = None
        self._channels = None if channels is None else list(channels)
        self._settings: dict[str, Any] = {
            "shape": list(shape),
            "config": {field.name: getattr(config, field.name) for field in dataclasses.fields(ModelConfig)},
        }

    @property
    def quantization(self) -> dict[str, Any] | None:
        """Bits and method, as plain data: what Keras makes of a dict that it holds is none to JSON (Python 3.13)."""
        return None if self._quantization is None else dict(self._quantization)

    @quantization.setter
    def quantization(self, value: dict[str, Any] | None) -> None:
        self._quantization = value  # set by quantized_layers.py

    def get_config(self) -> dict[str, Any]:
        """Shape, settings and, of a slim generator, its channels, as plain data."""
        slim = {} if self._channels is None else {"channels": list(self._channels)}
        return {"shape": list(self._settings["shape"]), "config": dict(self._settings["config"]), **slim}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Network:
        """A network of the same architecture with fresh weights."""
        slim = {"channels": config["channels"]} if "channels" in config else {}
        return cls(ImageShape(*config["shape"]), from_dict(ModelConfig, config["config"]), **slim)

    def channel_axes(self) -> list[ChannelAxis]:
        """The hidden channels that can be taken out of a built network, in the order of `channels`; none by default."""
        return []

    def grow(self, progress: float) -> None:
        """Told before each step of a GAN what share of them is done, in [0, 1]; for networks that grow."""

    def regularizer(self, rng: tf.random.Generator) -> Regularizer | None:
        """What a generator pays in steps of its own, when a GAN trains it; nothing by default. `rng`: for its draws."""
        del rng
        return None

    def never_pruned(self) -> list[tf.Variable]:
        """Weights that prune-and-regrow leaves alone; none by default."""
        return []

    def weights_by_layer(self) -> list[tf.Variable]:
        """All weights, in an order that stays when layers are frozen: Keras' `weights` lists frozen ones later."""
        layers = [part for part in self.submodules if isinstance(part, keras.layers.Layer)]
        innermost = [
            layer for layer in layers if not any(isinstance(part, keras.layers.Layer) for part in layer.submodules)
        ]
        return [weight for layer in innermost for weight in layer.weights]

    def replace_layers(self, replace: Callable[[keras.layers.Layer], keras.layers.Layer]) -> None:
        """Puts `replace(layer)` in the place of each layer held by the network, in a list, a block or a Sequential."""
        _replace_layers_of(self, replace)

    def _widths(self, stock: Sequence[int], group_sizes: Sequence[int] | None = None) -> list[int]:
        """The hidden widths: the stock ones, or the slim network's own. ConfigError where those cannot be."""
        if self._channels is None:
            return list(stock)
        steps = group_sizes or [1] * len(stock)
        fits = len(self._channels) == len(stock) and all(
            0 < width <= most and width % step == 0
            for width, most, step in zip(self._channels, stock, steps, strict=True)
        )
        if not fits:
            raise ConfigError(
                f"channels must be {len(stock)} numbers, at most {list(stock)} and multiples of {list(steps)}. "
                f"Received: {list(self._channels)}."
            )
        return list(self._channels)


def _replace_layers_of(holder: keras.layers.Layer, replace: Callable[[keras.layers.Layer], keras.layers.Layer]) -> None:
    for name, value in list(vars(holder).items()):
        if name.startswith("_"):
            continue
        if isinstance(value, keras.Sequential):
            setattr(holder, name, keras.Sequential([replace(layer) for layer in value.layers], name=value.name))
        elif isinstance(value, Block):
            _replace_layers_of(value, replace)
        elif isinstance(value, keras.layers.Layer):
            setattr(holder, name, replace(value))
        elif isinstance(value, list) and value and all(isinstance(part, keras.layers.Layer) for part in value):
            for part in value:
                if isinstance(part, Block):
                    _replace_layers_of(part, replace)
            setattr(holder, name, [part if isinstance(part, Block) else replace(part) for part in value])
