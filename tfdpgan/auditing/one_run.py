# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Lower bounds on epsilon from one training with many canaries, each of which was in by a fair coin of its own.

Of m canaries the attacker guesses some to have been in (those with scores at or above a threshold). A private training
limits how many of r guesses can be right: at epsilon at most as many as coins of e^epsilon / (1 + e^epsilon) would be,
but for delta.

* `by_guesses`: Steinke, Nasr and Jagielski 2023, "Privacy Auditing with One (1) Training Run", Theorem 5.2.
* `by_gaussian_guesses`: Mahloujifar, Melis and Chaudhuri 2024, "Auditing f-Differential Privacy in One Run", for the
  trade-off curve of the Gaussian mechanism.

Only positive guesses are made here. The number of guesses is chosen on the scores, so alpha is shared out among the
numbers that are tried; these are fixed before anything is seen (the powers of two).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import optimize, special, stats

from tfdpgan.auditing.lower_bounds import epsilon_of_mu

_LARGEST_EPSILON = 60.0
_LARGEST_MU = 40.0


def by_guesses(scores: np.ndarray, was_in: np.ndarray, delta: float, alpha: float = 0.05) -> float:
    """A lower bound on epsilon that assumes nothing of the mechanism.

    Args:
        scores: `[m]`, larger for "in".
        was_in: `[m]` bool, by independent fair coins.
        delta: in [0, 1).
        alpha: probability that the bound is above the true epsilon.
    """
    return _over_guesses(scores, was_in, alpha, lambda r, v, m, share: bound_of_guesses(m, r, v, delta, share))


def by_gaussian_guesses(scores: np.ndarray, was_in: np.ndarray, delta: float, alpha: float = 0.05) -> float:
    """A lower bound on epsilon where the trade-off curve is a Gaussian one; arguments as for `by_guesses`."""
    return _over_guesses(
        scores, was_in, alpha, lambda r, v, m, share: epsilon_of_mu(mu_of_guesses(m, r, v, share), delta)
    )


def bound_of_guesses(num_canaries: int, num_guesses: int, num_right: int, delta: float, alpha: float) -> float:
    """The largest epsilon under which `num_right` of `num_guesses` appear with probability alpha at most.

    p(epsilon) = beta + 2 m delta max_i (P[Bin(r, q) >= v - i] - beta) / i with beta = P[Bin(r, q) >= v] and
    q = e^epsilon / (1 + e^epsilon); the root of p = alpha.
    """

    def probability(epsilon: float) -> float:
        right = float(special.expit(epsilon))
        beta = float(stats.binom.sf(num_right - 1, num_guesses, right))
        if delta == 0 or num_right == 0:
            return beta
        places = np.arange(1, num_right + 1)
        more = stats.binom.sf(num_right - places - 1, num_guesses, right)
        slope = max(0.0, float(np.max((more - beta) / places)))
        return min(1.0, beta + 2 * num_canaries * delta * slope)

    if probability(0.0) >= alpha:
        return 0.0
    if probability(_LARGEST_EPSILON) < alpha:
        return _LARGEST_EPSILON
    return float(optimize.brentq(lambda epsilon: probability(epsilon) - alpha, 0.0, _LARGEST_EPSILON, xtol=1e-6))


def mu_of_guesses(num_canaries: int, num_guesses: int, num_right: int, alpha: float) -> float:
    """The largest mu of a Gaussian trade-off curve that so many right guesses falsify at confidence 1 - alpha."""
    if not _falsified(0.0, num_canaries, num_guesses, num_right, alpha):
        return 0.0
    low, high = 0.0, 1.0
    while high < _LARGEST_MU and _falsified(high, num_canaries, num_guesses, num_right, alpha):
        low, high = high, 2 * high
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if _falsified(middle, num_canaries, num_guesses, num_right, alpha) else (low, middle)
    return low


def _falsified(mu: float, num_canaries: int, num_guesses: int, num_right: int, alpha: float) -> bool:
    """Mahloujifar et al. 2024, Algorithm 3: the recursion of expected numbers, from the observed one downwards."""
    reached = alpha * num_right / num_canaries
    held = alpha * (num_guesses - num_right) / num_canaries
    for right in range(num_right - 1, -1, -1):
        moved = max(held, float(special.ndtr(special.ndtri(min(1.0, reached)) - mu)))
        if moved == held:
            break
        reached = min(1.0, reached + right / (num_guesses - right) * (moved - held))
        held = moved
    return reached + held > num_guesses / num_canaries


def _over_guesses(
    scores: np.ndarray, was_in: np.ndarray, alpha: float, bound: Callable[[int, int, int, float], float]
) -> float:
    ordered = np.asarray(was_in, bool)[np.argsort(-np.asarray(scores, np.float64), kind="stable")]
    sizes = [size for size in (2**power for power in range(3, 40)) if size <= len(ordered)] or [len(ordered)]
    share = alpha / len(sizes)
    if math.isnan(float(np.sum(np.asarray(scores, np.float64)))):
        raise ValueError("Scores must be numbers, and one of them is not.")
    return max(bound(size, int(ordered[:size].sum()), len(ordered), share) for size in sizes)
