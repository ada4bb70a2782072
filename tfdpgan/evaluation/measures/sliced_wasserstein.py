# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The sliced Wasserstein distance (Rabin, Peyre, Delon and Bernot 2011, "Wasserstein Barycenter and Its Application to
Texture Mixing").

    d^2 = mean over directions u of W2(<u, x>, <u, y>)^2,

where W2 is the Wasserstein distance of order 2 of two sets of numbers, which sorting solves exactly. It assumes no
Gaussian, and it grows with the distance of the two sets also where they share nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tfdpgan.evaluation.measures.measure import Measure

if TYPE_CHECKING:
    from tfdpgan.evaluation.context import Evaluation, FeatureComparison
    from tfdpgan.evaluation.result import Result

NUM_PROJECTIONS = 512
_BLOCK_VALUES = 2**23  # projected values at once


def sliced_wasserstein(
    first: np.ndarray, second: np.ndarray, num_projections: int = NUM_PROJECTIONS, seed: int = 0
) -> float:
    """The distance d between two sets of features or flattened pixels, in float64.

    Directions are drawn uniformly from the unit sphere; the error falls as one over the root of their number.

    Args:
        first: `[n, d]`.
        second: `[m, d]`; sets of different sizes are compared by their exact quantile functions.
        num_projections: directions, 1 or more.
        seed: of the directions.

    Returns:
        d, in the units of the features; 0 for equal sets.

    Raises:
        ValueError: for features that do not fit each other, no direction, or non-finite features.
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1] or not (len(first) and len(second)):
        raise ValueError(
            f"Features must be [n, d] and [m, d]. Received: {first.shape} and {second.shape}; use one extractor."
        )
    if num_projections < 1:
        raise ValueError(f"The number of projections must be 1 or more. Received: {num_projections}.")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("Features must be finite, and some are NaN or infinite: look at the images.")
    rows_first, rows_second, weights = _matching(len(first), len(second))
    rng = np.random.default_rng(seed)
    total, remaining = 0.0, num_projections
    while remaining:
        count = min(remaining, max(1, _BLOCK_VALUES // len(weights)))
        directions = rng.standard_normal((count, first.shape[1]))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        sorted_first = np.sort(directions @ first.T, axis=1)
        sorted_second = np.sort(directions @ second.T, axis=1)
        total += float((((sorted_first[:, rows_first] - sorted_second[:, rows_second]) ** 2) @ weights).sum())
        remaining -= count
    return float(np.sqrt(total / num_projections))


def _matching(num_first: int, num_second: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The optimal plan between two sorted sets: pairs of ranks, and the mass that each pair carries.

    Both quantile functions are steps; between two consecutive jumps of either, one rank meets one rank. Jumps are
    compared as whole numbers, in units of 1 / (num_first num_second).
    """
    unit = num_first * num_second
    first, second = (np.arange(1, count + 1, dtype=np.int64) for count in (num_first, num_second))
    jumps = np.union1d(first * num_second, second * num_first)
    starts = np.concatenate([[0], jumps[:-1]])
    return starts // num_second, starts // num_first, (jumps - starts) / unit


def _compute(evaluation: Evaluation, comparison: FeatureComparison) -> list[Result]:
    del evaluation
    distance = sliced_wasserstein(comparison.real.features, comparison.generated.features)
    details = {"num_projections": NUM_PROJECTIONS}
    return [comparison.result("sliced_wasserstein", MEASURE.title, distance, MEASURE.paper, ideal=0.0, details=details)]


MEASURE = Measure("Sliced Wasserstein distance", "Rabin et al. 2011", _compute, per_extractor=True)
