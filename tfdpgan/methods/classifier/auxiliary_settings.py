# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of a classifier that is trained before a generator."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import Settings, choices_from, setting


@dataclasses.dataclass(frozen=True)
class AuxiliaryConfig(Settings):
    """The private classifier that tells the generator whether an image shows its class (AC-GAN)."""

    classifier_steps: int = setting(
        0,
        "DP-SGD steps of a classifier that is trained first, then guides the generator (default: none).",
        at_least=0,
    )
    classifier_architecture: str = setting(
        "cnn",
        "The classifier: a small convolutional network, or one dense layer on public scattering coefficients.",
        choices=choices_from("tfdpgan.models.classifiers:CLASSIFIERS"),
    )
    classifier_batch_size: int | None = setting(
        None, "Expected size of the classifier's Poisson batch (default: a sixth of the images, at most 1024).", above=0
    )
    classifier_noise_multiplier: float | None = setting(
        None, "Noise multiplier of the classifier's steps (default: that of the discriminator).", above=0
    )
    classifier_learning_rate: float = setting(
        2.5, "Initial learning rate of the classifier (SGD with momentum).", above=0
    )
