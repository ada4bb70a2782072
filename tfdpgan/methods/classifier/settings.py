# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of a private classifier."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import (
    SCHEDULES,
    ConfigError,
    DataConfig,
    PrivacyConfig,
    RunConfig,
    Settings,
    check_training,
    choices_from,
    setting,
)


@dataclasses.dataclass(frozen=True)
class ClassifierModelConfig(Settings):
    """The network."""

    classifier_architecture: str = setting(
        "cnn",
        "The classifier: a small convolutional network, or one dense layer on public scattering coefficients.",
        choices=choices_from("tfdpgan.models.classifiers:CLASSIFIERS"),
    )
    classifier_width: int = setting(16, "Channels of the first convolution; the second has twice as many.", at_least=1)
    activation: str = setting(
        "tanh", "Activation; bounded ones suit clipping (Papernot et al. 2021).", choices=("relu", "tanh")
    )
    classifier_norm: str = setting(
        "none",
        "Normalisation after the convolutions; batch mixes images and is refused under privacy.",
        choices=("none", "group", "layer", "batch"),
    )


@dataclasses.dataclass(frozen=True)
class ClassifierOptimizationConfig(Settings):
    """Steps, batches and learning rates."""

    batch_size: int | None = setting(
        None, "Expected size of the Poisson batch (default: a sixth of the images, at most 250).", above=0
    )
    physical_batch_size: int | None = setting(
        None,
        "Images in memory at once: bounds memory, changes nothing else (default: the batch, at most 1024).",
        above=0,
        may_change=True,
    )
    epochs: float | None = setting(
        None, "Passes over the data in expectation (default: 15). Give this or --steps.", above=0
    )
    steps: int | None = setting(None, "Steps. Give this or --epochs.", above=0)
    optimizer: str = setting("sgd", "Optimizer.", choices=("sgd", "adam"))
    learning_rate: float = setting(0.25, "Learning rate.", above=0)
    momentum: float = setting(0.0, "Momentum of sgd, beta_1 of adam.", at_least=0, below=1)
    learning_rate_schedule: str = setting("constant", "How the learning rate changes over the run.", choices=SCHEDULES)
    final_learning_rate_fraction: float = setting(0.1, "Where the schedule ends, as a fraction of its start.", above=0)
    ema_decay: float = setting(
        0.0,
        "Decay of the average of the weights that is released, for one step (0: none).",
        at_least=0,
        below=1,
    )
    seed: int = setting(0, "Seed of the weights. Noise and sampling never depend on it.")


@dataclasses.dataclass(frozen=True)
class ClassifierConfig(DataConfig, PrivacyConfig, RunConfig, ClassifierModelConfig, ClassifierOptimizationConfig):
    """Everything that train_dp_classifier.py can be told."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.conditional is False:
            raise ConfigError("--noconditional drops the labels, and a classifier learns from them: leave it out.")
        check_training(self)
