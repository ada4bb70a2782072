# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Architectures: a pair of a generator and a discriminator, one row each.

To add one: a module with the networks `Generator(shape, config)` and `Discriminator(shape, config)` and a function
`require_shape(shape)` that refuses what they cannot make, and one line in ARCHITECTURES. Where the generator's
normalisation is a choice, GENERATOR_NORMS names what `--generator_norm` may be, the default first. A generator maps
`(latents [batch, latent_dim] float32, labels [batch] int32)` to images `[batch, height, width, channels]` float32 in
[-1, 1]; a discriminator maps `(images, labels)` to logits `[batch]`. Labels of data without classes are zero. To be
slimmed, a generator takes `channels` and says in `channel_axes` which tensors share them (channels.py).
"""

from __future__ import annotations

import importlib
import types
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tfdpgan.config import ConfigError, ModelConfig
from tfdpgan.models.shapes import ImageShape

if TYPE_CHECKING:
    from tfdpgan.models.network import Network

ARCHITECTURES = {
    "dcgan": "tfdpgan.models.dcgan",
    "dcgan64": "tfdpgan.models.dcgan64",
    "dcgan2020": "tfdpgan.models.dcgan2020",
    "fully_connected": "tfdpgan.models.fully_connected",
}


def require_shape(shape: ImageShape, config: ModelConfig) -> None:
    """Raises ConfigError for an unknown architecture, or for images or a norm that the one asked for cannot make."""
    architecture = _architecture(config)
    architecture.require_shape(shape)
    norms = getattr(architecture, "GENERATOR_NORMS", ("batch",))
    if config.generator_norm is not None and config.generator_norm not in norms:
        raise ConfigError(
            f"--generator_norm={config.generator_norm} is not in --architecture={config.architecture}, which has "
            f"{' or '.join(norms)}."
        )


def build_generator(shape: ImageShape, config: ModelConfig, channels: Sequence[int] | None = None) -> Network:
    """The generator of the row `config.architecture`, with its weights made.

    `channels`: of a slim generator, how many are left on each of its channel axes.
    """
    slim = {} if channels is None else {"channels": channels}
    return _built("Generator", shape, config, [config.latent_dim], **slim)


def build_discriminator(shape: ImageShape, config: ModelConfig) -> Network:
    """The discriminator of the row `config.architecture`, with its weights made."""
    return _built("Discriminator", shape, config, shape[:3])


def _built(role: str, shape: ImageShape, config: ModelConfig, input_shape: Sequence[int], **slim: Any) -> Network:
    import tensorflow as tf  # the table itself is needed where TensorFlow is not

    require_shape(shape, config)
    network = getattr(_architecture(config), role)(shape, config, **slim)
    network((tf.zeros([1, *input_shape]), tf.zeros([1], tf.int32)))
    return network


def _architecture(config: ModelConfig) -> types.ModuleType:
    if config.architecture not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise ConfigError(f"--architecture must be one of {known}. Received: {config.architecture}.")
    return importlib.import_module(ARCHITECTURES[config.architecture])


__all__ = ["ARCHITECTURES", "ImageShape", "build_discriminator", "build_generator", "require_shape"]
