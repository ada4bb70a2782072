# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of benchmark.py."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from tfdpgan.config import ConfigError, Settings, choices_from, setting


@dataclasses.dataclass(frozen=True)
class BenchmarkConfig(Settings):
    """What is measured, and how often."""

    what: str = setting(
        "private_step",
        "Measure one discriminator step, the 2020 seed's epoch, or a warm-up step of GS-WGAN's critics.",
        choices=("private_step", "epoch", "critic_warm_up"),
    )
    models: str = setting("dcgan2020,dcgan_tutorial,dcgan,dcgan64", "private_step: discriminators, comma-separated.")
    batch_sizes: str = setting(
        "256", "private_step, critic_warm_up: batch sizes, comma-separated, usually 64 to 1024, of a critic 8 to 32."
    )
    rounds: int = setting(5, "Rounds; in each, the candidates are measured one after the other.", at_least=1)
    steps_per_round: int = setting(5, "Not epoch: steps of each candidate in a round (TF Privacy: one).", at_least=1)
    tf_privacy: bool = setting(True, "private_step: include TF Privacy's optimizer where it is installed (slow).")
    peers: bool = setting(False, "private_step: include Opacus' modes; needs torch and opacus.")
    peers_python: str | None = setting(None, "Interpreter that has torch and opacus (default: this one).")
    epoch_batch_size: int = setting(120, "epoch: expected batch of real images, of 60 000.", at_least=1)
    num_batches: int | None = setting(None, "epoch: measure only so many batches, a part of the epoch.", at_least=1)
    critic: str = setting(
        "patch",
        "critic_warm_up: layout of a critic.",
        choices=choices_from("tfdpgan.methods.gswgan.critic_spec:KINDS"),
    )
    critic_width: int = setting(8, "critic_warm_up: channels of a critic's first layer.", at_least=1)
    num_critics: int = setting(100, "critic_warm_up: critics that learn at once, or one after the other.", at_least=1)
    output_dir: str = setting("benchmark", "Folder for the JSON and the plot.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.num_batches is not None and self.num_batches < self.rounds:
            raise ConfigError(f"--num_batches must be at least --rounds, {self.rounds}. Received: {self.num_batches}.")
        if not self.model_list or any(size < 1 for size in self.batch_size_list):
            raise ConfigError(f"--batch_sizes must be 1 or more. Received: {self.batch_sizes}.")

    @property
    def model_list(self) -> list[str]:
        """The names in `models`."""
        return _parts("models", self.models, str)

    @property
    def batch_size_list(self) -> list[int]:
        """The numbers in `batch_sizes`."""
        return _parts("batch_sizes", self.batch_sizes, int)


def _parts(name: str, text: str, kind: Callable[[str], Any]) -> list[Any]:
    try:
        parts = [kind(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError:
        raise ConfigError(f"--{name} takes whole numbers, comma-separated, such as 64,256. Received: {text}.") from None
    if not parts:
        raise ConfigError(f"--{name} must name at least one. Received: {text!r}.")
    return parts
