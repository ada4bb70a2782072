# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of sweep_epsilon.py: those of a training, the list that they are swept over, how runs are judged."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from tfdpgan.config import ConfigError, Settings, setting
from tfdpgan.evaluation.evaluation_config import CLASSIFIERS
from tfdpgan.methods.train_config import TrainConfig, TrainSettings

_INSTEAD = {
    "noise_multiplier": "give --noise_multipliers=1,2,4",
    "target_epsilon": "give --target_epsilons=0.5,1,2",
    "model_dir": "give --sweep_dir; each run gets a folder there",
    "non_private": "a sweep varies epsilon",
    "public_data": "a sweep varies epsilon",
}


@dataclasses.dataclass(frozen=True)
class JudgingSettings(Settings):
    """How often each point is trained, where to, and how each run is judged."""

    seeds: int = setting(3, "Runs at each point, with the seeds --seed, --seed + 1, ...", at_least=1)
    sweep_dir: str = setting("sweep", "Folder of the runs, sweep.json and the figures. An unfinished sweep goes on.")
    checkpoints: int = setting(
        4, "Generators of each run to judge, evenly spaced over its steps, the last included.", at_least=1
    )
    num_images: int = setting(10_000, "Generated images to judge a generator by.", at_least=100)
    classifier: str = setting("cnn", "Classifier of the gen2real accuracy.", choices=CLASSIFIERS)
    vgg16_path: str | None = setting(
        None,
        "A .h5 file with VGG16's weights, no top: judges by a Frechet distance on these features too, and by an "
        "Inception score where the classifier of the features has classes.",
    )
    vgg16_preprocessing: str = setting("caffe", "Preprocessing that these weights expect.", choices=("caffe", "torch"))
    allow_private_reference: bool = setting(
        False, "Let the real/fake network train on the private images: OUTSIDE THE GUARANTEE (default: test images)."
    )


@dataclasses.dataclass(frozen=True)
class SweepSettings(JudgingSettings):
    """What is swept over."""

    noise_multipliers: str | None = setting(
        None, "Noise multipliers to train with, comma-separated. Give this or --target_epsilons."
    )
    target_epsilons: str | None = setting(
        None, "Budgets to train within, comma-separated. Give this or --noise_multipliers."
    )


@dataclasses.dataclass(frozen=True)
class Level:
    """One point: a noise, a budget or a variant, and its runs.

    Attributes:
        name: of its folder, such as "epsilon_1.0".
        value: the noise multiplier or the budget; None for a variant.
        runs: the settings of its runs, one for each seed.
    """

    name: str
    value: float | None
    runs: tuple[TrainConfig, ...]


def refuse_settings(config: Any, whose: str, instead: dict[str, str]) -> None:
    """Raises ConfigError where a setting is given that the points, or this tool, decide; says what to give instead."""
    for name, way_out in instead.items():
        if getattr(config, name) not in (None, False):
            raise ConfigError(f"--{name} is not for {whose}: {way_out}. Received: {getattr(config, name)}.")


def level_of(config: Any, name: str, value: float | None, changes: dict[str, Any], num_runs: int) -> Level:
    """The point at which `changes` replace settings of `config`.

    Args:
        config: a training's settings, and `seeds` and `sweep_dir`.
        name: of the point, and of its folder.
        value: of the point, if it is a number.
        changes: setting -> value.
        num_runs: runs at all points together, for the card.

    Raises:
        ConfigError: for settings that no run could have.
    """
    shared = {field.name: getattr(config, field.name) for field in dataclasses.fields(TrainConfig)} | changes
    shared["tuning_runs"] = _tuning_statement(shared["tuning_runs"], num_runs)
    seeds = range(config.seed, config.seed + config.seeds)
    runs = (TrainConfig(**shared | {"seed": n, "model_dir": f"{config.sweep_dir}/{name}/seed_{n}"}) for n in seeds)
    return Level(name, value, tuple(runs))


@dataclasses.dataclass(frozen=True)
class SweepConfig(SweepSettings, TrainSettings):
    """Everything that sweep_epsilon.py can be told."""

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_settings(self, "a sweep", _INSTEAD)
        if (self.noise_multipliers is None) == (self.target_epsilons is None):
            received = "neither" if self.noise_multipliers is None else "both"
            raise ConfigError(
                "Give exactly one of --noise_multipliers and --target_epsilons, for example --target_epsilons=0.5,1,2. "
                f"Received: {received}."
            )
        self.levels()  # raises for a setting that no run could have

    @property
    def varied(self) -> str:
        """The field of TrainConfig that the sweep varies."""
        return "noise_multiplier" if self.noise_multipliers is not None else "target_epsilon"

    def levels(self) -> tuple[Level, ...]:
        """The points of the sweep by rising value; raises ConfigError for values that cannot be trained with."""
        values = _numbers(f"{self.varied}s", getattr(self, f"{self.varied}s"))
        prefix = "noise" if self.varied == "noise_multiplier" else "epsilon"
        num_runs = self.seeds * len(values)
        return tuple(level_of(self, f"{prefix}_{value}", value, {self.varied: value}, num_runs) for value in values)


def _tuning_statement(stated: str | None, num_runs: int) -> str:
    others = f"one of the {num_runs} runs of a sweep on the same images, each with an epsilon of its own (not added up)"
    return f"{others}; {stated}" if stated else others


def _numbers(name: str, text: str) -> list[float]:
    try:
        values = [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise ConfigError(f"--{name} takes numbers, comma-separated, such as 0.5,1,2. Received: {text}.") from None
    if not values or len(set(values)) < len(values) or not all(math.isfinite(value) for value in values):
        raise ConfigError(f"--{name} takes one number or more, each once. Received: {text!r}.")
    return sorted(values)
