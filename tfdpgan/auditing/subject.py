# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One stage of a run as the audit sees it: whatever a white-box attacker may see, and may choose, of its accesses."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Protocol

import dp_accounting
import numpy as np

from tfdpgan.auditing.finding import PROBES, Finding
from tfdpgan.privacy.mechanisms import Mechanism

ROUNDING = 1e-4  # what a sum in float32 may be off by, relative


@dataclasses.dataclass(frozen=True)
class Scores:
    """What an attacker scores canaries by: projections of what was released on each canary's own direction, over C.

    Attributes:
        released: `[accesses, canaries]`.
        was_in: `[accesses, canaries]` bool.
    """

    released: np.ndarray
    was_in: np.ndarray


class Subject(Protocol):
    """The mechanism of a stage, made to run on what the audit chooses.

    Attributes:
        name: of the stage in the ledger.
        mechanism: as the run declared it; what is held against it are the objects that make its accesses.
        num_accesses: booked.
    """

    @property
    def name(self) -> str: ...

    @property
    def mechanism(self) -> Any: ...

    @property
    def num_accesses(self) -> int: ...

    def noise(self, least: int) -> list[list[np.ndarray]]:
        """Pure noise over the claimed standard deviation: for each access its parts; `least` numbers, two accesses."""

    def restarted_noise(self) -> list[np.ndarray]:
        """One access of objects that were made anew, as by a process that goes on, in the same parts."""

    def noise_drawn(self) -> tuple[int, int]:
        """Draws of noise, and accesses that they were for."""

    def moves(self) -> list[Finding]:
        """How far crafted neighbours move what is released, noise off, over what is claimed."""

    def draws(self, thorough: bool) -> list[Finding]:
        """Who is drawn."""

    def canaries(self, least: int) -> Scores:
        """Scores of canaries whose inclusion is forced, `least` of them over two accesses or more."""

    def event(self, noise_multiplier: float) -> dp_accounting.DpEvent:
        """All accesses, where one included image moves each by one over `noise_multiplier` standard deviations."""


def move_finding(stage: str, name: str, moved: float, limit: float, trials: int, note: str = "") -> Finding:
    """Whether something moved no farther than it may; what is not a number moved infinitely far."""
    found = moved if np.isfinite(moved) else float("inf")
    return Finding(PROBES, stage, name, limit, found, limit * (1 + ROUNDING), found <= limit * (1 + ROUNDING), trials,
                   1.0, note)  # fmt: skip


def largest(values: Sequence[float]) -> float:
    """The largest, or infinity where one is not a number."""
    return max(float("inf") if not np.isfinite(value) else value for value in values)


def times(event: dp_accounting.DpEvent, count: int) -> dp_accounting.DpEvent:
    """An event so many times."""
    return dp_accounting.SelfComposedDpEvent(event, count) if count else dp_accounting.NoOpDpEvent()


def norm_of(parts: Sequence[np.ndarray]) -> float:
    """The l2 norm of several arrays together, in float64."""
    return float(np.sqrt(sum(np.sum(np.square(part.astype(np.float64))) for part in parts)))


__all__ = ["Mechanism", "Scores", "Subject", "largest", "move_finding", "norm_of", "times"]
