# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of compare_samplers.py: those of a training, those of the samplers, and how each is judged."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import ConfigError, DataConfig, Settings, setting
from tfdpgan.evaluation.extractors import EXTRACTORS
from tfdpgan.generation.sampler_config import SamplerConfig, sampler_config
from tfdpgan.methods.train_config import TrainConfig, TrainSettings

ROWS = {  # the slides' table: name of the row -> sampler, whether on lines
    "plain": ("plain", False),
    "CS": ("collaborative", False),
    "plain + LSI": ("plain", True),
    "CS + LSI": ("collaborative", True),
}


@dataclasses.dataclass(frozen=True)
class TableSettings(Settings):
    """The table: plain and collaborative sampling, each with and without interpolation."""

    seeds: int = setting(3, "Runs, with the seeds --seed, --seed + 1, ...", at_least=1)
    sweep_dir: str = setting(
        "samplers", "Folder of the runs, samplers.json and the grids. What is there is not redone."
    )
    num_images: int = setting(10_000, "Images of each run to judge a sampler by.", at_least=100)
    extractor: str = setting("classifier", "Network whose features are compared.", choices=tuple(EXTRACTORS))


@dataclasses.dataclass(frozen=True)
class SamplerTableConfig(TableSettings, SamplerConfig, TrainSettings):  # type: ignore[misc]
    """Everything that compare_samplers.py can be told."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.model_dir is not None:
            raise ConfigError("--model_dir is not for a table: give --sweep_dir; each run gets a folder there.")
        if self.interpolate:
            raise ConfigError("--interpolate is not for a table: two of its rows interpolate already. Leave it out.")
        self.training(0)  # raises for settings that no run could have

    def training(self, index: int) -> TrainConfig:
        """The settings of a run."""
        own = {field.name: getattr(self, field.name) for field in dataclasses.fields(TrainConfig)}
        seed = self.seed + index
        return TrainConfig(**{**own, "seed": seed, "model_dir": f"{self.sweep_dir}/seed_{seed}"})

    def labelled_data(self) -> DataConfig:
        """The data with their labels, also where the runs are unconditional."""
        own = {field.name: getattr(self, field.name) for field in dataclasses.fields(DataConfig)}
        return DataConfig(**{**own, "conditional": True})

    def sampling(self, row: str) -> tuple[str, SamplerConfig]:
        """Sampler and settings of a row."""
        sampler, on_lines = ROWS[row]
        return sampler, dataclasses.replace(sampler_config(self), interpolate=on_lines)
