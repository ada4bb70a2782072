# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One figure of an evaluation, with everything that it takes to compare it with another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One row of evaluation.json.

    Attributes:
        measure: key of the figure, such as "frechet_distance", "precision", "gen2real_cnn".
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
