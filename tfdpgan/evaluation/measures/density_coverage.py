# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Density and coverage (Naeem et al. 2020, "Reliable Fidelity and Diversity Metrics for Generative Models").

Precision and recall that are robust against outliers. *Density* is the mean number of real images in whose
neighbourhood (to the k-th nearest neighbour) a generated image lies, over k: 1 in expectation for images of the same
source, and more than 1 where generated images crowd in the dense parts. *Coverage* is the share of real images whose
neighbourhood holds a generated one: 1 - 2^-k (0.969 for k = 5) in expectation for images of the same source and equal
counts.
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

NUM_NEIGHBOURS = 5  # the paper's


@dataclass(frozen=True)
class DensityCoverage:
    """Density, 0 or more and 1 in the ideal; coverage in [0, 1], 1 is best."""

    density: float
    coverage: float


def density_coverage(real: np.ndarray, generated: np.ndarray, num_neighbours: int = NUM_NEIGHBOURS) -> DensityCoverage:
    """Density and coverage of features.

    Args:
        real: `[n, d]`.
        generated: `[m, d]`.
        num_neighbours: k, from 1 to min(n, m) - 1.

    Raises:
        ValueError: for features that do not fit each other, or too few for k.
    """
    return of_counts(count_neighbours(real, generated, num_neighbours), num_neighbours)


def of_counts(counts: NeighbourCounts, num_neighbours: int) -> DensityCoverage:
    """From memberships that were counted already, with neighbourhoods to the `num_neighbours`-th neighbour."""
    return DensityCoverage(
        float(np.mean(counts.real_neighbours_of_generated) / num_neighbours), float(np.mean(counts.real_is_reached))
    )


def _compute(evaluation: Evaluation, comparison: FeatureComparison) -> list[Result]:
    del evaluation
    return comparison.results_of_equal_numbers(
        density_coverage, MEASURE.paper, ideal=1.0, details={"num_neighbours": NUM_NEIGHBOURS}
    )


MEASURE = Measure("Density and coverage", "Naeem et al. 2020, arXiv:2002.09797", _compute, per_extractor=True)
