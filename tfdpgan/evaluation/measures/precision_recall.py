# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Improved precision and recall (Kynkaanniemi et al. 2019, "Improved Precision and Recall Metric for Assessing
Generative Models").

The manifold of a set is the union of the neighbourhoods of its features: balls that reach to their k-th nearest
neighbours. *Precision* is the share of generated images in the manifold of the real ones: quality. *Recall* is the
share of real images in the manifold of the generated ones: variety. Both are 1 for the same images, and below 1 (about
0.7 to 0.9) for two halves of one data set.

The paper counts a point on the border of a neighbourhood as inside; here it is outside, as in the package `prdc`. The
two differ for exact ties only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tfdpgan.evaluation.measures.measure import Measure
from tfdpgan.evaluation.neighbour_counts import NeighbourCounts, count_neighbours

if TYPE_CHECKING:
    from tfdpgan.evaluation.context import Evaluation, FeatureComparison
    from tfdpgan.evaluation.result import Result

NUM_NEIGHBOURS = 3  # the paper's


@dataclass(frozen=True)
class PrecisionRecall:
    """Both in [0, 1]; 1 is best."""

    precision: float
    recall: float


def precision_recall(real: np.ndarray, generated: np.ndarray, num_neighbours: int = NUM_NEIGHBOURS) -> PrecisionRecall:
    """Precision and recall of features; the paper takes equally many of both.

    Args:
        real: `[n, d]`.
        generated: `[m, d]`.
        num_neighbours: k, from 1 to min(n, m) - 1.

    Raises:
        ValueError: for features that do not fit each other, or too few for k.
    """
    return of_counts(count_neighbours(real, generated, num_neighbours))


def of_counts(counts: NeighbourCounts) -> PrecisionRecall:
    """From memberships that were counted already."""
    return PrecisionRecall(
        float(np.mean(counts.real_neighbours_of_generated > 0)), float(np.mean(counts.generated_neighbours_of_real > 0))
    )


def _compute(evaluation: Evaluation, comparison: FeatureComparison) -> list[Result]:
    del evaluation
    return comparison.results_of_equal_numbers(
        precision_recall, MEASURE.paper, ideal=1.0, details={"num_neighbours": NUM_NEIGHBOURS}
    )


MEASURE = Measure("Precision and recall", "Kynkaanniemi et al. 2019, arXiv:1904.06991", _compute, per_extractor=True)
