# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The plan of a private classifier: steps, the private stage, epsilon. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from tfdpgan.methods.classifier.auxiliary import auxiliary_classifier
from tfdpgan.methods.classifier.settings import ClassifierConfig
from tfdpgan.training.plan import Plan, PrivateStage, dp_sgd_stage, plan_of_stages, resolve_batch_size

DP_SGD = "dp_sgd"  # the stage of a classifier that is trained for itself
CLASSIFIER = "classifier"  # and of one that a generator learns from
_STEPS_OF = "classifier steps"
# Slots beyond the expected batch that make a second physical batch rare: four standard deviations of a Poisson draw.
_DEVIATIONS_OF_SLACK = 4
_MOST_IMAGES_IN_MEMORY = 1024
_MOST_IMAGES_IN_BATCH = 250  # where --batch_size is open: that of TF Privacy's tutorial


def make_classifier_plan(config: ClassifierConfig, num_examples: int) -> Plan:
    """The plan of a classifier on `num_examples` images, its noise found where a budget was given.

    Args:
        config: the settings; open ones are resolved.
        num_examples: number of private images, taken as public.

    Raises:
        ConfigError: for settings that do not fit together.
        ValueError: for a budget that cannot be met.
    """
    config = _resolve(config, num_examples)
    return plan_of_stages(
        config, num_examples, lambda noise: (dp_sgd_stage(DP_SGD, config, noise, num_examples, _STEPS_OF),)
    )


def stages(config: Any, noise_multiplier: float, num_examples: int) -> tuple[PrivateStage, ...]:
    """The steps of the auxiliary classifier that a generator's settings ask for."""
    own = auxiliary_classifier(config, num_examples, config.classifier_noise_multiplier or noise_multiplier)
    return (dp_sgd_stage(CLASSIFIER, own, own.noise_multiplier, num_examples, _STEPS_OF),)


def _resolve(config: ClassifierConfig, num_examples: int) -> ClassifierConfig:
    batch_size = resolve_batch_size(config, num_examples, _MOST_IMAGES_IN_BATCH)
    whole_batch = math.ceil(batch_size + _DEVIATIONS_OF_SLACK * math.sqrt(batch_size))
    return dataclasses.replace(
        config,
        batch_size=batch_size,
        physical_batch_size=config.physical_batch_size or min(whole_batch, num_examples, _MOST_IMAGES_IN_MEMORY),
        epochs=None,
        steps=config.steps or math.ceil((config.epochs or 15) * num_examples / batch_size),
        model_dir=config.model_dir or f"runs/{config.dataset}_classifier",
    )
