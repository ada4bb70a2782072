# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What every measure says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfdpgan.evaluation.extractors.extractor import Extractor
    from tfdpgan.evaluation.result import Result


@dataclass(frozen=True)
class Measure:
    """A measure: one row of MEASURES. It is computed only where what it needs is there.

    Attributes:
        title: what it is called where it was not computed.
        paper: who defined it.
        compute: `(evaluation, comparison) -> results` for one that is computed for each extractor, else
            `(evaluation) -> results`; one result or more.
        per_extractor: reads features, and is computed once for each extractor.
        needs_logits: per extractor: needs one with a classifier's head.
        needs_own_classes: per extractor: needs one that reads the data's own classes.
        needs_train_images: needs training images, which are private unless they were declared public.
        needs_labels: needs the labels of the images under evaluation, and data with classes.
        shows_real_images: draws real images into the report.
    """

    title: str
    paper: str
    compute: Callable[..., list[Result]]
    per_extractor: bool = False
    needs_logits: bool = False
    needs_own_classes: bool = False
    needs_train_images: bool = False
    needs_labels: bool = False
    shows_real_images: bool = False

    def is_for(self, extractor: Extractor) -> bool:
        """Whether it can be computed on what this extractor finds."""
        return not (
            (self.needs_logits and not extractor.has_logits)
            or (self.needs_own_classes and not extractor.learned_from_data)
        )
