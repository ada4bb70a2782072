# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of plan_privacy.py."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, TypeAlias

import tfdpgan.methods.train_config  # noqa: F401  (marks which settings are for which method)
from tfdpgan.config import (
    ACCOUNTANTS,
    BUDGET_HINT,
    NOISE_HINT,
    ConfigError,
    Settings,
    check_budget,
    choices_from,
    compose,
    setting,
)
from tfdpgan.methods import planned_methods, rows


@dataclasses.dataclass(frozen=True)
class PlannedConfig(Settings):
    """What is planned."""

    method: str = setting("dpgan", "Training method.", choices=choices_from("tfdpgan.methods:planned_methods"))
    num_examples: int | None = setting(None, "Number of private images.", above=0)
    batch_size: int | None = setting(None, "Expected size of the Poisson batch, for dpgan.", above=0)
    epochs: float | None = setting(None, "Passes over the data in expectation. Give this or --steps.", above=0)
    steps: int | None = setting(None, "Steps. Give this or --epochs.", above=0)
    noise_multiplier: float | None = setting(
        None, "Noise over clip. Give this or --target_epsilon.", above=0, hint=NOISE_HINT
    )
    target_epsilon: float | None = setting(
        None, "Budget: finds the noise. Give this or --noise_multiplier.", above=0, hint=BUDGET_HINT
    )
    delta: float = setting(1e-5, "Delta of the guarantee.", above=0, below=1)
    accountant: str = setting("pld", "Accountant.", choices=ACCOUNTANTS)
    warm_start_noise_multiplier: float | None = setting(
        None,
        "Noise multiplier of one release of the whole data before the steps (default: no release).",
        above=0,
    )


def planned_settings() -> tuple[type, ...]:
    """The classes of settings that decide the cost of some method, each once."""
    return tuple(dict.fromkeys(cls for name in planned_methods() for cls in rows()[name].planned or ()))


PlanSettings = compose("PlanSettings", "What is planned.", PlannedConfig, *planned_settings())


if TYPE_CHECKING:
    PlanConfig: TypeAlias = Any  # which settings it has, the rows decide
else:

    @dataclasses.dataclass(frozen=True)
    class PlanConfig(PlanSettings):
        """Everything that plan_privacy.py can be told."""

        def __post_init__(self) -> None:
            super().__post_init__()
            needed = ("num_examples", "batch_size") if rows()[self.method].reads_batches else ("num_examples",)
            missing = [name for name in needed if getattr(self, name) is None]
            if missing:
                raise ConfigError(f"--{missing[0]} is needed, for example --num_examples=60000 --batch_size=250.")
            if (self.epochs is None) == (self.steps is None):
                raise ConfigError("Give exactly one of --epochs and --steps.")
            check_budget(self.noise_multiplier, self.target_epsilon)
