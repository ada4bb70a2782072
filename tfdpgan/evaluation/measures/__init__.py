# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Measures of generated images, one file each.

To add one: a module whose `MEASURE` (a `Measure`) says what it is called, who defined it, what it needs and how it is
computed; and one line in MEASURES, whose order is that of the report. Flags, report and contract tests follow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfdpgan.evaluation.measures.measure import Measure

MEASURES = {
    "frechet_distance": "tfdpgan.evaluation.measures.frechet_distance",
    "inception_score": "tfdpgan.evaluation.measures.inception_score",
    "precision_recall": "tfdpgan.evaluation.measures.precision_recall",
    "density_coverage": "tfdpgan.evaluation.measures.density_coverage",
    "sliced_wasserstein": "tfdpgan.evaluation.measures.sliced_wasserstein",
    "class_balance": "tfdpgan.evaluation.measures.class_balance",
    "gen2real": "tfdpgan.evaluation.measures.gen2real",
    "real2gen": "tfdpgan.evaluation.measures.real2gen",
    "real_fake": "tfdpgan.evaluation.measures.real_fake",
    "nearest_neighbours": "tfdpgan.evaluation.measures.nearest_neighbours",
}


def find_measure(name: str) -> Measure:
    """The row of a key of MEASURES. Its module is imported here: the table itself is needed where TensorFlow is not."""
    return importlib.import_module(MEASURES[name]).MEASURE
