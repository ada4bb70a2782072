# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What DPAC takes from private images: the rounds of GS-WGAN, whose images a classifier judges too."""

from __future__ import annotations

import dataclasses
from typing import Any

from tfdpgan.methods.gswgan.plan import ROUNDS, mechanism_of
from tfdpgan.training.plan import PrivateStage

_ENTRY = 0.3  # of all rounds: 6000 of 20 000


def is_carried_over(config: Any) -> bool:
    """Whether a classifier that saw a drawn shard outlives its round."""
    return config.dpac_real2gen and not config.dpac_fresh_start


def resolve(config: Any, num_examples: int) -> Any:
    """Decides when the classifiers enter."""
    del num_examples
    entry = config.dpac_entry_round
    return dataclasses.replace(config, dpac_entry_round=round(_ENTRY * config.steps) if entry is None else entry)


def stages(config: Any, noise_multiplier: float, num_examples: int) -> tuple[PrivateStage, ...]:
    """The one stage: all rounds, also those before the classifiers enter, at the price of those after."""
    mechanism = mechanism_of(config, noise_multiplier, num_examples, is_carried_over(config))
    return (PrivateStage(ROUNDS, mechanism, config.steps),)
