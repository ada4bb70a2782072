# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of a private classifier."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import (
    ConfigError,
    DataConfig,
    PrivacyConfig,
    RunConfig,
    check_ranges,
    check_training,
    setting,
)


@dataclasses.dataclass(frozen=True)
class ClassifierModelConfig:
    """The network."""

    classifier_width: int = setting(16, "Channels of the first convolution; the second has twice as many.")
    activation: str = setting(
        "tanh", "Activation; bounded ones suit clipping (Papernot et al. 2021).", ("relu", "tanh")
    )
    classifier_norm: str = setting(
        "none", "Normalisation after the convolutions; batch mixes images and is refused under privacy.",
        ("none", "group", "layer", "batch"),
    )


@dataclasses.dataclass(frozen=True)
class ClassifierOptimizationConfig:
    """Steps, batches and learning rates."""

    batch_size: int | None = setting(
        None, "Expected size of the Poisson batch (default: a sixth of the images, at most 250)."
    )
    physical_batch_size: int | None = setting(
        None, "Images in memory at once: bounds memory, changes nothing else (default: the batch, at most 1024)."
    )
    epochs: float | None = setting(None, "Passes over the data in expectation (default: 15). Give this or --steps.")
    steps: int | None = setting(None, "Steps. Give this or --epochs.")
    optimizer: str = setting("sgd", "Optimizer.", ("sgd", "adam"))
    learning_rate: float = setting(0.25, "Learning rate.")
    momentum: float = setting(0.0, "Momentum of sgd, beta_1 of adam.")
    learning_rate_schedule: str = setting(
        "constant", "How the learning rate changes over the run.", ("constant", "linear", "cosine", "exponential")
    )
    final_learning_rate_fraction: float = setting(0.1, "Where the schedule ends, as a fraction of its start.")
    ema_decay: float = setting(0.0, "Decay of the average of the weights that is released, for one step (0: none).")
    seed: int = setting(0, "Seed of the weights. Noise and sampling never depend on it.")


@dataclasses.dataclass(frozen=True)
class ClassifierConfig(DataConfig, PrivacyConfig, ClassifierModelConfig, ClassifierOptimizationConfig, RunConfig):
    """Everything that train_dp_classifier.py can be told."""

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.classifier_width < 1:
            raise ConfigError(f"--classifier_width must be 1 or more. Received: {self.classifier_width}.")
        if self.conditional is False:
            raise ConfigError("--noconditional drops the labels, and a classifier learns from them: leave it out.")
        check_training(self)
