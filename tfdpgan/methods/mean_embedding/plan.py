# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a mean embedding takes from private images: one release. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses
from typing import Any

from tfdpgan.config import ConfigError
from tfdpgan.methods.mean_embedding.length_scales import check_length_scales
from tfdpgan.privacy.mechanisms import GaussianRelease
from tfdpgan.training.plan import PrivateStage

MEAN_EMBEDDING = "mean_embedding"
_DEFAULT_STEPS = 600


def resolve(config: Any, num_examples: int) -> Any:
    """Decides whether there is a warm start; raises ConfigError for settings that do not fit."""
    del num_examples
    is_last = config.method == MEAN_EMBEDDING
    steps = config.warm_start_steps
    if steps is None:
        steps = _DEFAULT_STEPS if is_last or not (config.non_private or config.public_data) else 0
    check_length_scales(config)
    if config.classifier_length_scales is not None and not (config.classifier_steps or config.pretrained):
        raise ConfigError(
            "--classifier_length_scales describes images by a classifier: give --classifier_steps too, or --pretrained "
            "for one that public images have trained."
        )
    if is_last and not steps:
        raise ConfigError("--method=mean_embedding needs --warm_start_steps above 0: these are its only steps.")
    return dataclasses.replace(config, warm_start_steps=steps)


def stages(config: Any, noise_multiplier: float, num_examples: int) -> tuple[PrivateStage, ...]:
    """The one release."""
    del num_examples
    mechanism = GaussianRelease(
        noise_multiplier=config.warm_start_noise_multiplier or noise_multiplier,
        of="the class-wise sums of random features of all images",
        details={
            "num_frequencies": config.num_frequencies,
            "length_scales": config.length_scales,
            "scattering_length_scales": config.scattering_length_scales or "none",
            "classifier_length_scales": config.classifier_length_scales or "none",
        },
    )
    return (PrivateStage(MEAN_EMBEDDING, mechanism, 1),)
