# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One result of an evaluation: a figure, with everything that it takes to compare it with another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tfdpgan.evaluation.spread import Spread

TOO_FEW = "TOO FEW REAL IMAGES: says nothing"
CANNOT_TELL = "CANNOT TELL NOISE FROM REAL IMAGES HERE: says nothing"


@dataclass(frozen=True)
class Result:
    """One row of evaluation.json.

    Attributes:
        measure: its key, such as "frechet_distance", "precision", "gen2real_cnn".
        name: what it is called: "FID" on Inception alone, elsewhere with the extractor's name.
        value: the figure; over several seeds the mean; None where it was not computed.
        standard_deviation: over seeds or splits; None where there is one value.
        values: for each seed; () without seeds.
        ideal: the value of images of the data's own source; None where there is none.
        extractor: whose features were compared, or None.
        reference: the real images that were read, such as "test"; None for none.
        num_generated: images under evaluation that were read.
        num_reference: real images that were read.
        paper: where the measure comes from.
        reads_private_training_images: whether private training images took part: then it is outside the guarantee.
        details: more figures, plain values.
        not_computed: why there is no value, or None.
        real_against_real: what one half of the real images gets against the other; None where it was not computed.
        noise_against_real: what pure noise gets; likewise.
        warning: why the value says nothing, or None.
    """

    measure: str
    name: str
    value: float | None
    paper: str
    standard_deviation: float | None = None
    values: tuple[float, ...] = ()
    ideal: float | None = None
    extractor: str | None = None
    reference: str | None = None
    num_generated: int = 0
    num_reference: int = 0
    reads_private_training_images: bool = False
    details: dict[str, Any] = field(default_factory=dict)
    not_computed: str | None = None
    real_against_real: float | None = None
    noise_against_real: float | None = None
    warning: str | None = None

    @classmethod
    def over_seeds(cls, measure: str, name: str, values: Sequence[float], paper: str, **more: Any) -> Result:
        """Of one value for each seed; `more` are further fields."""
        spread = Spread.of(values)
        deviation = spread.standard_deviation if len(values) > 1 else None
        return cls(measure, name, spread.mean, paper, deviation, spread.values, **more)
