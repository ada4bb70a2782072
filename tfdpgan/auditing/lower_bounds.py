# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Lower bounds on epsilon from the scores of an attack, each of which holds with a stated confidence.

An attack gives each trial a score, larger for "the canary was in". The scores of trials with the canary ("in") and
without ("out") are independent draws. A mechanism that is (epsilon, delta)-DP bounds how far the two kinds can lie
apart, so what is seen to lie farther apart refutes it. All bounds are one-sided: with probability 1 - alpha at least
the bound is at most the true epsilon.

* `by_clopper_pearson` assumes nothing (Jagielski, Ullman and Oprea 2020; Nasr et al. 2021): (1 - FNR - delta) / FPR.
* `by_gaussian_dp` takes the mechanism to be Gaussian DP, as one or many Gaussian releases on the whole data are
  (Nasr et al. 2023, "Tight Auditing of Differentially Private Machine Learning").
* `mu_by_difference_of_means` takes the scores themselves to be Gaussian, with one variance: the strongest, for scores
  that are projections of a noised sum.

A threshold that was chosen on the scores that it is judged by finds too much: among many, one looks good by chance.
Two remedies, `correction`: "split" chooses on one half and judges on the other; "bonferroni" shares alpha out among the
candidates. "none" is for showing what goes wrong without.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
from scipy import optimize, special, stats

CORRECTIONS = ("split", "bonferroni", "none")
_LARGEST_T = 1e5  # beyond, the noncentral t distribution is not computed
_LARGEST_EPSILON = 100.0


@dataclasses.dataclass(frozen=True)
class Counts:
    """What one threshold makes of the scores: "in" is said of those at or above it.

    Attributes:
        threshold: the threshold.
        false_negatives: of `num_in` trials with the canary, those below.
        false_positives: of `num_out` trials without, those at or above.
    """

    threshold: float
    false_negatives: int
    num_in: int
    false_positives: int
    num_out: int


def clopper_pearson_upper(events: int, trials: int, alpha: float) -> float:
    """The upper confidence limit of a probability after `events` of `trials` (Clopper and Pearson 1934).

    The true probability is at most this with confidence 1 - alpha; 1 if all trials were events, or there were none.
    """
    return 1.0 if events >= trials else float(special.betaincinv(events + 1, trials - events, 1 - alpha))


def clopper_pearson_lower(events: int, trials: int, alpha: float) -> float:
    """The lower confidence limit: see `clopper_pearson_upper`."""
    return 1.0 - clopper_pearson_upper(trials - events, trials, alpha)


def epsilon_of_mu(mu: float, delta: float) -> float:
    """The epsilon at which mu-Gaussian DP is (epsilon, delta)-DP, exactly (Dong, Roth and Su 2022, Corollary 2.13)."""
    if mu <= 0:
        return 0.0
    if math.isinf(mu):
        return math.inf

    def excess(epsilon: float) -> float:
        upper = special.log_ndtr(-epsilon / mu + mu / 2)
        lower = epsilon + special.log_ndtr(-epsilon / mu - mu / 2)
        return float(np.exp(upper) * -np.expm1(min(0.0, lower - upper))) - delta

    if excess(0.0) <= 0:
        return 0.0
    largest = 1.0
    while excess(largest) > 0:
        largest *= 2
    return float(optimize.brentq(excess, 0.0, largest, xtol=1e-9))


def counts_on_front(in_scores: np.ndarray, out_scores: np.ndarray) -> list[Counts]:
    """The thresholds worth asking: the corners of the lower convex hull of (false positives, false negatives).

    Args:
        in_scores: `[n]` of trials with the canary.
        out_scores: `[m]` of trials without.

    Raises:
        ValueError: there are none of a kind, or one is not a number.
    """
    held, left = _checked(in_scores), _checked(out_scores)
    candidates = np.append(np.unique(np.concatenate([held, left])), np.inf)
    misses = np.searchsorted(np.sort(held), candidates, side="left")
    alarms = len(left) - np.searchsorted(np.sort(left), candidates, side="left")
    hull: list[int] = []
    for place in range(len(candidates)):  # by rising threshold: misses rise, alarms fall
        while hull and (misses[hull[-1]], alarms[hull[-1]]) == (misses[place], alarms[place]):
            hull.pop()
        while len(hull) >= 2 and _turns_up(misses, alarms, hull[-2], hull[-1], place):
            hull.pop()
        hull.append(place)
    return [
        Counts(float(candidates[place]), int(misses[place]), len(held), int(alarms[place]), len(left)) for place in hull
    ]


def counts_at(threshold: float, in_scores: np.ndarray, out_scores: np.ndarray) -> Counts:
    """What a threshold that was chosen elsewhere makes of the scores."""
    held, left = _checked(in_scores), _checked(out_scores)
    return Counts(threshold, int(np.sum(held < threshold)), len(held), int(np.sum(left >= threshold)), len(left))


def by_clopper_pearson(
    in_scores: np.ndarray,
    out_scores: np.ndarray,
    delta: float,
    alpha: float = 0.05,
    correction: str = "split",
    two_sided: bool = False,
    seed: int = 0,
) -> float:
    """A lower bound on epsilon that assumes nothing of the mechanism.

    Args:
        in_scores: `[n]`, one for each trial with the canary, larger for "in".
        out_scores: `[m]`, of trials without.
        delta: in [0, 1).
        alpha: probability that the bound is above the true epsilon, in (0, 0.5).
        correction: for the choice of the threshold: see the module.
        two_sided: also ask how well the absence shows, ln[(1 - FPR - delta) / FNR]. Needs no further correction, since
            it rests on the same two limits.
        seed: of the split.

    Returns:
        The bound, >= 0. From n trials of each kind no more than about ln(n / 3.7) can come: 5.6 for 1000.
    """

    def bound(counts: Counts, alpha: float) -> float:
        missed = clopper_pearson_upper(counts.false_negatives, counts.num_in, alpha / 2)
        alarmed = clopper_pearson_upper(counts.false_positives, counts.num_out, alpha / 2)
        found = [_log_ratio(1 - missed - delta, alarmed)]
        if two_sided:
            found.append(_log_ratio(1 - alarmed - delta, missed))
        return max(0.0, *found)

    return _over_thresholds(bound, in_scores, out_scores, alpha, correction, seed)


def by_gaussian_dp(
    in_scores: np.ndarray,
    out_scores: np.ndarray,
    delta: float,
    alpha: float = 0.05,
    correction: str = "split",
    seed: int = 0,
) -> float:
    """A lower bound on epsilon of a mechanism that is Gaussian DP; arguments as for `by_clopper_pearson`, delta > 0.

    mu = Phi^-1(1 - FPR) - Phi^-1(FNR) at the threshold, both rates at their upper limits.
    """

    def bound(counts: Counts, alpha: float) -> float:
        missed = clopper_pearson_upper(counts.false_negatives, counts.num_in, alpha / 2)
        alarmed = clopper_pearson_upper(counts.false_positives, counts.num_out, alpha / 2)
        if max(missed, alarmed) >= 1 - delta:
            return 0.0
        return epsilon_of_mu(float(special.ndtri(1 - alarmed) - special.ndtri(missed)), delta)

    return _over_thresholds(bound, in_scores, out_scores, alpha, correction, seed)


def mu_by_difference_of_means(in_scores: np.ndarray, out_scores: np.ndarray, alpha: float = 0.05) -> float:
    """A lower bound on mu, the distance of the two kinds' means in standard deviations, where both are Gaussian.

    The t statistic of two samples is noncentral t with noncentrality mu / sqrt(1 / n + 1 / m). Its distribution is
    solved for the mu under which so large a t appears with probability alpha: exact for Gaussian scores.

    Args:
        in_scores: `[n]`, n >= 2, of trials with the canary.
        out_scores: `[m]`, m >= 2, of trials without.
        alpha: probability that the bound is above the true mu, in (0, 0.5).

    Returns:
        The bound, >= 0; infinite where scores of a kind are all alike and the kinds differ: there is no noise.
    """
    held, left = _checked(in_scores), _checked(out_scores)
    if min(len(held), len(left)) < 2:
        raise ValueError(f"Two scores of each kind are needed. Received: {len(held)} in, {len(left)} out.")
    freedom = len(held) + len(left) - 2
    squares = np.sum((held - held.mean()) ** 2) + np.sum((left - left.mean()) ** 2)
    deviation = math.sqrt(float(squares) / freedom)
    difference = float(held.mean() - left.mean())
    if difference <= 0:
        return 0.0
    if deviation <= 1e-12 * difference:
        return math.inf
    root = math.sqrt(1 / len(held) + 1 / len(left))
    found = difference / deviation / root
    if found > _LARGEST_T:  # sigma's limit and the mean's, alpha shared out
        ratio = math.sqrt(float(stats.chi2.ppf(alpha / 2, freedom)) / freedom)
        return max(0.0, difference / deviation * ratio + float(special.ndtri(alpha / 2)) * root)
    if stats.t.sf(found, freedom) >= alpha:
        return 0.0
    solved = optimize.brentq(lambda noncentrality: stats.nct.sf(found, freedom, noncentrality) - alpha, 0.0, found)
    return float(solved) * root


def _over_thresholds(
    bound: Callable[[Counts, float], float],
    in_scores: np.ndarray,
    out_scores: np.ndarray,
    alpha: float,
    correction: str,
    seed: int,
) -> float:
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha is {alpha}; it must lie between 0 and 0.5. Try 0.05 for 95 % confidence.")
    if correction not in CORRECTIONS:
        raise ValueError(f"correction is {correction!r}; it must be one of {', '.join(CORRECTIONS)}.")
    if correction == "split":
        rng = np.random.default_rng(seed)
        (held, held_back), (left, left_back) = (_halves(_checked(s), rng) for s in (in_scores, out_scores))
        chosen = max(counts_on_front(held, left), key=lambda counts: bound(counts, alpha))
        return bound(counts_at(chosen.threshold, held_back, left_back), alpha)
    front = counts_on_front(in_scores, out_scores)
    share = alpha / len(front) if correction == "bonferroni" else alpha
    return max(bound(counts, share) for counts in front)


def _halves(scores: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    if len(scores) < 2:
        raise ValueError(f"A split needs two scores of each kind. Received: {len(scores)}.")
    mixed = rng.permutation(scores)
    return mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]


def _turns_up(misses: np.ndarray, alarms: np.ndarray, first: int, middle: int, last: int) -> bool:
    """Whether the middle point lies on or above the line between the other two."""
    across = float(misses[middle] - misses[first]) * float(alarms[last] - alarms[first])
    return across <= float(alarms[middle] - alarms[first]) * float(misses[last] - misses[first])


def _log_ratio(numerator: float, denominator: float) -> float:
    return math.log(numerator / denominator) if numerator > 0 and denominator > 0 else 0.0


def _checked(scores: np.ndarray) -> np.ndarray:
    array = np.asarray(scores, np.float64).ravel()
    if array.size == 0 or np.isnan(array).any():
        raise ValueError(f"Scores must be numbers, one or more of each kind. Received: {array.size} scores.")
    return array
