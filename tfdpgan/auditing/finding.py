# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What an audit says: one finding for each thing that was tried."""

from __future__ import annotations

import dataclasses
from typing import Any

from tfdpgan.files.atomic import json_number

PROBES = "probes"
WHITE_BOX = "white box"
BLACK_BOX = "black box"
ONE_RUN = "one run"
LAYERS = (PROBES, WHITE_BOX, ONE_RUN, BLACK_BOX)


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was tried, and what came of it.

    Attributes:
        layer: one of LAYERS.
        stage: of the run, by the ledger's name.
        name: what was tried, in few words.
        claimed: what a correct build shows, or the claimed epsilon.
        found: what was seen, or the lower bound on epsilon.
        limit: what `found` may not pass; for a lower bound the claim.
        holds: whether the claim survived it.
        trials: scores, draws or images that it rests on.
        confidence: probability that a correct build survives it, for one test; 1 for a deterministic one.
        note: what else to know, one sentence or "".
    """

    layer: str
    stage: str
    name: str
    claimed: float
    found: float
    limit: float
    holds: bool
    trials: int
    confidence: float
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain data; infinities are the string "infinite"."""
        values = dataclasses.asdict(self)
        return {name: json_number(value) if isinstance(value, float) else value for name, value in values.items()}

    @property
    def margin(self) -> float:
        """How far beyond its limit it was found, as a ratio of at least 1; infinite beside a zero."""
        low, high = sorted((self.found, self.limit))
        return high / low if low > 0 else float("inf")


@dataclasses.dataclass(frozen=True)
class NotTried:
    """A layer, or a fault, that does not apply, and why."""

    what: str
    why: str

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return dataclasses.asdict(self)
