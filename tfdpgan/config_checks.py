# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What settings may be: their ranges by name, whichever tool they belong to, and which of them exclude each other."""

from __future__ import annotations

import dataclasses
import math
from typing import Any


class ConfigError(ValueError):
    """A setting that cannot be used: the message names the value, what is allowed and what to try."""


_POSITIVE = frozenset({
    "delta", "l2_norm_clip", "latent_dim", "generator_width", "discriminator_width", "batch_size",
    "physical_batch_size", "num_generated", "epochs", "steps", "learning_rate", "generator_learning_rate",
    "discriminator_steps", "generator_batch_size", "steps_per_block", "samples_every", "snapshots_every",
    "num_frequencies", "warm_start_batch_size", "warm_start_learning_rate", "target_epsilon", "microbatches",
    "noise_multiplier", "classifier_batch_size", "classifier_noise_multiplier", "warm_start_noise_multiplier",
    "classifier_learning_rate", "image_size", "final_learning_rate_fraction", "num_examples",
    "distillation_images", "distillation_batch_size", "distillation_learning_rate", "scale_learning_rate",
})
_BELOW_ONE = {"beta_1", "beta_2", "ema_decay", "momentum", "delta"}
_NOT_NEGATIVE = {
    "beta_1", "beta_2", "ema_decay", "momentum", "warm_start_steps", "holdout", "classifier_steps", "classifier_weight",
    "warm_start_classifier_weight", "pruning_steps", "recovery_steps", "fine_tuning_steps", "pixel_weight",
    "perceptual_weight", "style_weight", "gan_weight", "weight_decay", "scale_penalty", "evaluation_images",
}


def check_ranges(config: Any) -> None:
    """Raises ConfigError for a field outside its range."""
    for field in dataclasses.fields(config):
        name, value, choices = field.name, getattr(config, field.name), field.metadata["choices"]
        if choices and value is not None and value not in choices:
            raise ConfigError(f"--{name} must be one of {', '.join(choices)}. Received: {value}.")
        if not isinstance(value, (int, float)):
            continue
        if not math.isfinite(value):
            raise ConfigError(f"--{name} must be a finite number. Received: {value}.")
        if name in _POSITIVE and value <= 0:
            raise ConfigError(f"--{name} must be greater than 0. Received: {value}.{_HINTS.get(name, '')}")
        if name in _NOT_NEGATIVE and value < 0:
            raise ConfigError(f"--{name} must be 0 or more. Received: {value}.")
        if name in _BELOW_ONE and value >= 1:
            raise ConfigError(f"--{name} must be below 1. Received: {value}.")


_HINTS = {
    "noise_multiplier": " For training without noise say --non_private.",
    "target_epsilon": " Usual budgets are 1 to 10; 0 would allow nothing to be learned.",
}


def check_training(config: Any) -> None:
    """Raises ConfigError unless a training has one length, one kind of noise and, where it is private, one budget."""
    if config.epochs is not None and config.steps is not None:
        raise ConfigError("Give --epochs or --steps, not both.")
    if config.secure_noise and config.noise_seed is not None:
        raise ConfigError("--secure_noise has no seed: leave out --noise_seed, which is for tests only.")
    if not (config.non_private or config.public_data):
        check_budget(config.noise_multiplier, config.target_epsilon)
    elif config.noise_multiplier is not None or config.target_epsilon is not None:
        why = "--non_private" if config.non_private else "--public_data"
        raise ConfigError(f"{why} trains without noise: leave out --noise_multiplier and --target_epsilon.")


def check_budget(noise_multiplier: float | None, target_epsilon: float | None) -> None:
    """Raises ConfigError unless exactly one of the two is given."""
    if noise_multiplier is not None and target_epsilon is not None:
        raise ConfigError(
            f"Give --noise_multiplier or --target_epsilon, not both. Received: {noise_multiplier} and "
            f"{target_epsilon}. The one is computed from the other: see plan_privacy.py."
        )
    if noise_multiplier is None and target_epsilon is None:
        raise ConfigError(
            "Give --noise_multiplier (for example 1.3) or --target_epsilon (for example 10), so that the run has a "
            "stated cost in privacy. plan_privacy.py shows what each would cost."
        )
