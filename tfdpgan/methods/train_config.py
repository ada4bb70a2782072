# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Everything that a training can be told: what all methods share, and what each method and architecture brings."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, TypeAlias

from tfdpgan.config import (
    DataConfig,
    PrivacyConfig,
    RunConfig,
    Settings,
    check_training,
    choices_from,
    compose,
    setting,
)
from tfdpgan.methods import rows
from tfdpgan.models import ModelConfig


@dataclasses.dataclass(frozen=True)
class SharedConfig(Settings):
    """The method, and what every method shares."""

    method: str = setting("dpgan", "Training method.", choices=choices_from("tfdpgan.methods:generator_methods"))
    ema_decay: float = setting(
        0.97, "Decay of the average of the generator's weights, for one generator step.", at_least=0, below=1
    )
    samples_every: int = setting(100, "Steps between two grids of samples.", above=0, may_change=True)
    snapshots_every: int | None = setting(
        None, "Steps between two generators kept in released/generators/ (default: none).", above=0, may_change=True
    )
    seed: int = setting(0, "Seed of weights and latents. Noise and sampling never depend on it.")


def _settings_of_methods() -> list[type]:
    """The classes that the rows bring, each marked with the methods that it is for: its own, and those after it."""
    found: dict[type, list[str]] = {}
    for name, row in rows().items():
        for settings in row.settings:
            later = [other for other, after in rows().items() if name in after.after]
            found.setdefault(settings, []).extend([name, *later])
    for settings, names in found.items():
        generators = [name for name in rows() if name in names and rows()[name].releases == "generator"]
        settings.for_method = tuple(generators)  # type: ignore[attr-defined]
    return list(found)


TrainSettings = compose(
    "TrainSettings",
    "Everything that a training can be told.",
    DataConfig,
    PrivacyConfig,
    RunConfig,
    SharedConfig,
    *(settings for settings in _settings_of_methods() if not issubclass(ModelConfig, settings)),
    ModelConfig,
)


if TYPE_CHECKING:
    TrainConfig: TypeAlias = Any  # which settings it has, the rows decide
else:

    @dataclasses.dataclass(frozen=True)
    class TrainConfig(TrainSettings):
        """Everything that train_dpgan.py can be told."""

        def __post_init__(self) -> None:
            super().__post_init__()
            check_training(self)
