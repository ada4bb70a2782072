# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Architectures: a pair of a generator and a discriminator, one row each.

To add one: a module with the networks `Generator(shape, config)` and `Discriminator(shape, config)` (network.py) and a
function `require_shape(shape)` that refuses what they cannot make, and one line in ARCHITECTURES, which says what they
can do (architecture.py). Where the generator's normalisation is a choice, GENERATOR_NORMS names what `--generator_norm`
may be, the default first; DISCRIMINATOR_NORMS what `--discriminator_norm` may be, where that is not the usual four. A
generator maps `(latents [batch, latent_dim] float32, labels [batch] int32)` to images
`[batch, height, width, channels]` float32 in [-1, 1]; a discriminator maps `(images, labels)` to logits `[batch]`.
Labels of data without classes are zero. To be slimmed, a generator takes `channels` and says in `channel_axes` which
tensors share them (channels.py); with `prunable=False` in its row it needs neither.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from tfdpgan.config import ConfigError
from tfdpgan.models.architecture import Architecture
from tfdpgan.models.model_config import compose_model_config
from tfdpgan.models.shapes import ImageShape

if TYPE_CHECKING:
    from tfdpgan.models.network import Network

_NORM_CHOICE = "tfdpgan.models.generator_norm_config:GeneratorNormConfig"

ARCHITECTURES = {
    "dcgan": Architecture("tfdpgan.models.dcgan"),
    "dcgan64": Architecture("tfdpgan.models.dcgan64", _NORM_CHOICE, ImageShape(64, 64, 3, 1)),
    "dcgan2020": Architecture("tfdpgan.models.dcgan2020", example_shape=ImageShape(28, 28, 1, 1)),
    "fully_connected": Architecture("tfdpgan.models.fully_connected"),
    "gswgan_dcgan": Architecture("tfdpgan.models.gswgan_dcgan", _NORM_CHOICE),
    "gswgan_resnet": Architecture("tfdpgan.models.gswgan_resnet", _NORM_CHOICE, ImageShape(32, 32, 1, 10)),
    "autogan": Architecture(
        "tfdpgan.models.autogan.networks", "tfdpgan.models.autogan.settings:GenotypeConfig", ImageShape(32, 32, 3, 1)
    ),
    "progan": Architecture(
        "tfdpgan.models.progan.networks",
        "tfdpgan.models.progan.settings:GrowthConfig",
        ImageShape(32, 32, 3, 1),
        prunable=False,  # pixel normalisation has no scale that could be zero
        psnr_db={"int8": 30.0, "int8_float_io": 30.0},  # its squares and roots in 8 bits: 34 dB were measured
    ),
    "stylegan2": Architecture(
        "tfdpgan.models.stylegan2.networks",
        "tfdpgan.models.stylegan2.settings:StyleConfig",
        ImageShape(32, 32, 3, 1),
        prunable=False,  # nor has demodulation
        # The same, twice in each layer: 26, 26, 20 and 33 dB.
        psnr_db={"int8": 24.0, "int8_float_io": 24.0, "int16x8": 18.0, "dynamic": 30.0},
    ),
    "sngan": Architecture(
        "tfdpgan.models.sngan",
        example_shape=ImageShape(32, 32, 3, 1),
        learned_ranges=False,  # what is added up and then normalised is no layer's input
    ),
}
if TYPE_CHECKING:
    ModelConfig: TypeAlias = Any  # which settings it has, the rows decide
else:
    ModelConfig = compose_model_config(ARCHITECTURES)


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
    norms = getattr(architecture, "DISCRIMINATOR_NORMS", ("none", "group", "layer", "batch"))
    if config.discriminator_norm not in norms:
        raise ConfigError(
            f"--discriminator_norm={config.discriminator_norm} is not in --architecture={config.architecture}, which "
            f"has {' or '.join(norms)}."
        )


def require_prunable(config: ModelConfig) -> None:
    """Raises ConfigError for an architecture whose generator cannot be slimmed."""
    _require(
        config,
        "prunable",
        "has a generator that cannot be slimmed: it says nowhere which tensors share its channels",
        "Train one of",
    )


def require_exportable(config: ModelConfig) -> None:
    """Raises ConfigError for an architecture whose generator becomes no TFLite file."""
    _require(config, "exportable", "has a generator that cannot become a TFLite file", "Train one of")


def require_learned_ranges(config: ModelConfig) -> None:
    """Raises ConfigError for an architecture whose generator cannot be slimmed to fewer than 32 bits."""
    _require(
        config,
        "learned_ranges",
        "has sums whose range no layer learns, which stay in float in a file of integers",
        "Give --bits=32 (export_tflite.py --quantization=int8 finds ranges of its own), or train one of",
    )


def require_private_discriminator(config: ModelConfig) -> None:
    """Raises ConfigError for an architecture or a norm whose discriminator must not be trained by DP-SGD."""
    _require(
        config,
        "private_discriminator",
        "has a discriminator that cannot be trained by DP-SGD",
        "Train on public images, by a method without a discriminator, or one of",
    )
    if config.discriminator_norm == "spectral":
        raise ConfigError(
            "--discriminator_norm=spectral moves its vectors while the loss is computed, and a loss that writes state "
            "cannot be trained by DP-SGD. Give --discriminator_norm=group, or train on public images."
        )
    if config.architecture in ("progan", "stylegan2") and config.minibatch_stddev:
        raise ConfigError(
            f"--minibatch_stddev={config.minibatch_stddev} compares the images of a batch, so that no image's part of "
            "a gradient can be clipped. Give --minibatch_stddev=0, or train on public images."
        )


def _require(config: ModelConfig, ability: str, what: str, way_out: str) -> None:
    _architecture(config)  # refuses an unknown one
    if not getattr(ARCHITECTURES[config.architecture], ability):
        able = ", ".join(name for name, row in ARCHITECTURES.items() if getattr(row, ability))
        raise ConfigError(
            f"--architecture={config.architecture} {what} (its row in ARCHITECTURES has {ability}=False). "
            f"{way_out} {able}."
        )


def build_generator(shape: ImageShape, config: ModelConfig, channels: Sequence[int] | None = None) -> Network:
    """The generator of the row `config.architecture`, with its weights made.

    `channels`: of a slim generator, how many are left on each of its channel axes.
    """
    if channels is not None:
        require_prunable(config)
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
    return ARCHITECTURES[config.architecture].load()


__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "ImageShape",
    "ModelConfig",
    "build_discriminator",
    "build_generator",
    "require_exportable",
    "require_learned_ranges",
    "require_private_discriminator",
    "require_prunable",
    "require_shape",
]
