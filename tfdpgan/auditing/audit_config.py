# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of audit_privacy.py. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import ConfigError, Settings, setting

DEPTHS = ("quick", "full")
_CANARIES = {"quick": 12_000, "full": 200_000}
_TRAININGS = {"quick": 0, "full": 600}


@dataclasses.dataclass(frozen=True)
class AuditSettings(Settings):
    """What is tried, and how hard."""

    model_dir: str | None = setting(None, "The run to audit. audit.json and audit.html are written into it.")
    depth: str = setting(
        "quick",
        "quick: probes, canaries, planted faults, in minutes. full: more of them, and trainings that are attacked from "
        "outside.",
        choices=DEPTHS,
    )
    confidence: float = setting(
        0.95, "Probability that no bound on epsilon is above the truth, all layers together.", at_least=0.5, below=1
    )
    canaries: int | None = setting(
        None, "Canaries of each stage (default: 12000, or 200000 for --depth=full).", at_least=100
    )


@dataclasses.dataclass(frozen=True)
class BlackBoxSettings(Settings):
    """Trainings that are attacked by what they release."""

    trainings: int | None = setting(
        None,
        "Tiny trainings, half of them with the canary (default: 0, or 600 for --depth=full). An unfinished audit goes "
        "on.",
        at_least=0,
    )
    processes: int = setting(2, "Trainings side by side.", at_least=1)


@dataclasses.dataclass(frozen=True)
class MembershipSettings(Settings):
    """Membership inference on the run's own images."""

    allow_private_reference: bool = setting(
        False,
        "Attack the run's own training images too. That reads them: the result is OUTSIDE THE GUARANTEE, is marked so, "
        "and lies in the run's private/.",
    )
    membership_images: int = setting(
        2000, "Training images, and as many test images, that are told apart.", at_least=20
    )
    data_dir: str | None = setting(None, "Where the run's data set is now (default: where it was).")
    seed: int = setting(0, "Seed of canaries and splits. Noise and draws are never seeded.")


@dataclasses.dataclass(frozen=True)
class AuditConfig(AuditSettings, BlackBoxSettings, MembershipSettings):
    """Everything that audit_privacy.py can be told."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.model_dir is None:
            raise ConfigError("Give the run to audit: --model_dir=RUN, trained by train_dpgan.py or another tool.")
        if self.trainings and self.trainings < 60:
            raise ConfigError(
                f"--trainings must be 60 or more, or 0 for none: fewer can show nothing. Received: {self.trainings}."
            )

    @property
    def num_canaries(self) -> int:
        """Canaries of each stage."""
        return self.canaries or _CANARIES[self.depth]

    @property
    def num_trainings(self) -> int:
        """Tiny trainings."""
        return _TRAININGS[self.depth] if self.trainings is None else self.trainings
