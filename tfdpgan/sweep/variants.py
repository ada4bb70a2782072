# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of compare_variants.py: those of a training, and a file of variants, such as the rows of an ablation."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import Any

from absl import flags

from tfdpgan.config import ConfigError, setting
from tfdpgan.config.flags import define_flags
from tfdpgan.methods.train_config import TrainConfig, TrainSettings
from tfdpgan.sweep.config import JudgingSettings, Level, level_of, refuse_settings

_INSTEAD = {
    "model_dir": "give --sweep_dir; each run gets a folder there",
    "non_private": "variants are compared at a budget, or on images declared public",
}
_OF_THE_COMMAND = ("seed", "model_dir", "dataset", "data_dir", "delta", "accountant")


@dataclasses.dataclass(frozen=True)
class VariantSettings(JudgingSettings):
    """What is compared."""

    variants: str | None = setting(
        None, "Text file: a line for each variant, NAME --flag=value --flag=value ...; # begins a comment."
    )


@dataclasses.dataclass(frozen=True)
class ComparisonConfig(VariantSettings, TrainSettings):
    """Everything that compare_variants.py can be told."""

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_settings(self, "a comparison", _INSTEAD)
        if self.variants is None:
            raise ConfigError("Give --variants=FILE: a line for each variant, such as: slow --learning_rate=1e-4")
        self.levels()  # raises for a setting that no run could have

    @property
    def varied(self) -> str:
        """What the points are."""
        return "variant"

    def levels(self) -> tuple[Level, ...]:
        """The variants in the order of the file; raises ConfigError for a file or a line that cannot be used."""
        lines = _lines(Path(self.variants))
        return tuple(
            level_of(self, name, None, _changes(name, words), self.seeds * len(lines)) for name, words in lines.items()
        )


def _lines(path: Path) -> dict[str, list[str]]:
    """Name -> flags, as the file has them."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ConfigError(f"--variants={path} cannot be read: {reason}.") from error
    found: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        try:
            name, *words = shlex.split(line, comments=True) or [""]
        except ValueError as error:
            raise ConfigError(f"{path}, line {number}: {error}. Received: {line}") from error
        if not name:
            continue
        if name in found or name.startswith((".", "-")) or "/" in name:
            raise ConfigError(f"{path}, line {number}: a line begins with a name of its own. Received: {line}")
        found[name] = words
    if not found:
        raise ConfigError(f"--variants={path} names no variant. A line is: NAME --flag=value ...")
    return found


def _changes(name: str, words: list[str]) -> dict[str, Any]:
    """The settings that the flags of a line give."""
    given = flags.FlagValues()
    define_flags(TrainConfig, given)
    try:
        rest = given([name, *words])[1:]
    except flags.Error as error:
        raise ConfigError(f"Variant {name}: {error}") from error
    changes = {flag: given[flag].value for flag in given if given[flag].present}
    wrong = [*rest, *(f"--{flag}" for flag in changes if flag in _OF_THE_COMMAND)]
    if wrong:
        raise ConfigError(
            f"Variant {name}: {wrong[0]} is the same for all variants, or no flag: give it on the command line. A line "
            "is: NAME --flag=value ..."
        )
    return changes
