# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What settings may be: each as it was declared, and which of them exclude each other."""

from __future__ import annotations

from typing import Any, ClassVar

from tfdpgan.config.declaration import declared, plain


class ConfigError(ValueError):
    """A setting that cannot be used: the message names the value, what is allowed and what to try."""


class Settings:
    """What every class of settings is: one that refuses, when it is made, values that its declarations do not allow.

    Attributes:
        for_method: the methods that a class's settings are for, where that is not all of them; for its `--help`.
        for_architecture: likewise the architectures.
    """

    for_method: ClassVar[tuple[str, ...]]
    for_architecture: ClassVar[tuple[str, ...]]

    def __post_init__(self) -> None:
        check_declared(self)


def check_declared(config: Any) -> None:
    """Raises ConfigError for a field of another type than declared, outside its range, or not among its choices.

    Numbers of NumPy and paths are turned into Python's numbers and text, which config.json can hold.
    """
    for one in declared(type(config)):
        given = getattr(config, one.name)
        value = plain(given)
        problem = one.declaration.problem(value, one.kind, one.is_optional)
        if problem:
            raise ConfigError(f"--{one.name} {problem}")
        if value is not given:
            object.__setattr__(config, one.name, value)  # the config is frozen once it has been made


def check_training(config: Any) -> None:
    """Raises ConfigError unless a training has one length, one kind of noise and, where it is private, one budget."""
    if config.epochs is not None and config.steps is not None:
        raise ConfigError("Give --epochs or --steps, not both.")
    if config.secure_noise and config.noise_seed is not None:
        raise ConfigError("--secure_noise contradicts --noise_seed, which is for tests only: leave out one of them.")
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
