# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A generator's start from the weights of another of its architecture, which may know other classes."""

from __future__ import annotations

import dataclasses

import numpy as np

from tfdpgan.config import ConfigError
from tfdpgan.models import ImageShape, ModelConfig
from tfdpgan.models.model_config import DiscriminatorConfig
from tfdpgan.models.network import Network


def require_same_form(
    shape: ImageShape, config: ModelConfig, received_shape: ImageShape, received: ModelConfig, name: str
) -> None:
    """Raises ConfigError unless a generator of the second form can start one of the first; `name` says whose it is."""
    if tuple(shape[:3]) != tuple(received_shape[:3]):
        mine, other = (f"{height}x{width}x{channels}" for height, width, channels in (shape[:3], received_shape[:3]))
        raise ConfigError(
            f"{name} draws images of {other} (height, width, channels), and these are {mine}. Give --image_size and "
            "--color_mode so that both are the same, or start from another run."
        )
    of_discriminator = {field.name for field in dataclasses.fields(DiscriminatorConfig)}
    for field in dataclasses.fields(ModelConfig):
        value, other = getattr(config, field.name), getattr(received, field.name)
        if value != other and field.name not in of_discriminator:
            raise ConfigError(
                f"{name} was trained with --{field.name}={other}. Received: --{field.name}={value}. Give the same, or "
                "start from another run."
            )


def take_over(source: Network, target: Network) -> None:
    """Copies the weights of one generator into another that was built by the same settings, but for the classes.

    Every architecture feeds its generator latents with the one-hot label behind them, so the last rows of the layer
    that reads them belong to the classes. With as many classes these are taken over as they are, whatever the classes
    are; otherwise each new class begins as the mean of the old ones.

    Raises:
        ConfigError: the source was slimmed, or the weights differ in more than that.
    """
    if source.quantization is not None or source.get_config().get("channels") is not None:
        raise ConfigError("A generator that was slimmed cannot start a training: start from the run that it came from.")
    values = [
        _fitted(old.numpy(), new.numpy(), target.latent_dim, source.num_classes)
        for old, new in zip(source.weights, target.weights, strict=True)
    ]
    for weight, value in zip(target.weights, values, strict=True):
        weight.assign(value)


def _fitted(old: np.ndarray, new: np.ndarray, num_latents: int, num_classes: int) -> np.ndarray:
    if old.shape == new.shape:
        return old
    axes = [axis for axis in range(new.ndim) if old.shape[axis] != new.shape[axis]] if old.ndim == new.ndim else []
    if len(axes) != 1 or old.shape[axes[0]] - num_latents not in (0, num_classes):
        raise ConfigError(
            f"A weight of shape {old.shape} cannot start one of shape {new.shape}: the two generators have other "
            "classes, and the architecture reads them elsewhere than behind its latents. Start from a run on as many."
        )
    rows, fitted = np.moveaxis(old, axes[0], 0), np.moveaxis(new.copy(), axes[0], 0)
    fitted[:num_latents] = rows[:num_latents]
    if len(rows) > num_latents:
        fitted[num_latents:] = rows[num_latents:].mean(axis=0)
    return np.moveaxis(fitted, 0, axes[0])
