# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The auxiliary classifier: trained on the private images by DP-SGD first, it then tells the generator what it draws.

As in AC-GAN (Odena, Olah and Shlens 2017, "Conditional image synthesis with auxiliary classifier GANs") the generator's
loss gets the cross-entropy of the class that was asked for. Where we differ: the classifier is a network of its own,
trained before the generator and then frozen, so that its cost in privacy is that of a classifier (a stage of its own in
the ledger), and using it is post-processing. Needs no TensorFlow.
"""

from __future__ import annotations

from typing import Any

from tfdpgan.config import ConfigError
from tfdpgan.methods.classifier.settings import ClassifierConfig

# Chosen on Fashion-MNIST (configs/mnist_classifier_ours.cfg): a clip far below every gradient's norm makes clip times
# learning rate the one step size (--classifier_learning_rate).
_L2_NORM_CLIP = 0.1
_MOMENTUM = 0.9
_EMA_DECAY = 0.98
_MOST_IMAGES_IN_BATCH = 1024
_MOST_IMAGES_IN_MEMORY = 1024


def auxiliary_classifier(config: Any, num_examples: int, noise_multiplier: float | None) -> ClassifierConfig:
    """The settings of the classifier that a GAN's settings ask for.

    Args:
        config: the GAN's, with `classifier_steps` above 0.
        num_examples: number of private images.
        noise_multiplier: of its steps; None without privacy.
    """
    batch_size = config.classifier_batch_size or min(_MOST_IMAGES_IN_BATCH, max(1, num_examples // 6))
    if batch_size > num_examples:
        raise ConfigError(
            f"--classifier_batch_size must be at most the number of images, {num_examples}. Received: {batch_size}."
        )
    return ClassifierConfig(
        classifier_architecture=config.classifier_architecture,
        batch_size=batch_size,
        physical_batch_size=min(_MOST_IMAGES_IN_MEMORY, num_examples),
        steps=config.classifier_steps,
        noise_multiplier=noise_multiplier,
        non_private=noise_multiplier is None,
        l2_norm_clip=_L2_NORM_CLIP,
        learning_rate=config.classifier_learning_rate,
        learning_rate_schedule="linear",
        momentum=_MOMENTUM,
        ema_decay=_EMA_DECAY,
        seed=config.seed,
        noise_seed=config.noise_seed,
        clipping_method=config.clipping_method,
        distribution=config.distribution,
        delta=config.delta,
    )
