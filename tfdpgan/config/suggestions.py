# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What somebody may have meant by a setting that is unknown."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable
from typing import Any

from tfdpgan.config.checks import ConfigError

# Words of other libraries and of papers, with what they may be called here; the first that a tool has is meant.
_ALIASES = {
    "epsilon": ("target_epsilon", "target_epsilons"),
    "eps": ("target_epsilon", "target_epsilons"),
    "lr": ("learning_rate",),
    "sigma": ("noise_multiplier", "noise_multipliers"),
    "noise": ("noise_multiplier", "noise_multipliers"),
    "clip": ("l2_norm_clip",),
    "clip_norm": ("l2_norm_clip",),
    "max_grad_norm": ("l2_norm_clip",),
    "output_dir": ("sweep_dir", "output", "model_dir"),
    "logdir": ("model_dir",),
    "log_dir": ("model_dir",),
    "data": ("data_dir", "dataset"),
    "data_path": ("data_dir",),
    "iterations": ("steps",),
    "max_steps": ("steps",),
    "n": ("num_images", "num_examples"),
}
_LEAST_LIKENESS = 0.7


def did_you_mean(name: str, known: Iterable[str]) -> list[str]:
    """The names among `known` that `name` may stand for, the likeliest first: two at most, and none if none is like it.

    Args:
        name: what was given.
        known: what there is.
    """
    known = list(known)
    aliases = [other for other in _ALIASES.get(name.lower().replace("-", "_"), ()) if other in known]
    return aliases[:1] or difflib.get_close_matches(name.replace("-", "_"), known, 2, _LEAST_LIKENESS)


def unknown_flag(name: str, known: Iterable[str]) -> str:
    """One line for a flag that a tool does not have."""
    meant = " or ".join(f"--{other}" for other in did_you_mean(name, known))
    return f"--{name} is unknown. " + (f"Did you mean {meant}?" if meant else "--help lists the flags.")


def refuse_unknown(names: Iterable[str], cls: type[Any]) -> None:
    """Raises ConfigError for names that are no settings of `cls`, with what the first of them may have meant."""
    known = {field.name for field in dataclasses.fields(cls)}
    unknown = sorted(set(names) - known)
    if unknown:
        meant = " or ".join(did_you_mean(unknown[0], known))
        suggestion = f"Did you mean {meant} by {unknown[0]}? " if meant else ""
        raise ConfigError(f"Unknown settings: {', '.join(unknown)}. {suggestion}{cls.__name__} lists all of them.")
