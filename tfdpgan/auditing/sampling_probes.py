# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Are the draws those that the accountant assumes? Sizes, inclusion frequencies and independence of Poisson draws.

Amplification by sampling holds for independent coins. Shuffled batches of fixed size give each image the same number of
turns, never twice in an epoch, and the same number of images each time: all three show here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from tfdpgan.auditing.finding import PROBES, Finding
from tfdpgan.auditing.noise_probes import FALSE_ALARM

_Z = float(stats.norm.isf(FALSE_ALARM / 2))


def poisson_findings(stage: str, draws: Sequence[np.ndarray], num_examples: int, probability: float) -> list[Finding]:
    """Holds draws against independent coins.

    Args:
        stage: of the run.
        draws: for each access the indices that it drew, `[k]`.
        num_examples: N.
        probability: q, with which each is drawn.
    """
    if probability == 1:
        missed = sum(len(set(draw.tolist())) != num_examples for draw in draws)
        return [_finding(stage, "draws that leave an image out (all are claimed)", float(missed), 0.0, len(draws))]
    sizes = np.array([len(draw) for draw in draws], np.float64)
    found = [_repeats(stage, draws), *_sizes(stage, sizes, num_examples, probability)]
    found.append(_frequencies(stage, draws, num_examples, probability))
    found.append(_overlaps(stage, draws, sizes, num_examples))
    found.append(_neighbours(stage, draws, num_examples, probability))
    return found


def shard_findings(stage: str, draws: Sequence[np.ndarray], num_shards: int) -> list[Finding]:
    """Are shards drawn uniformly, and independently of the draw before?

    Args:
        stage: of the run.
        draws: `[num_draws]` for each round.
        num_shards: K.
    """
    drawn = np.concatenate(list(draws)).astype(np.int64)
    if num_shards == 1:
        return [_finding(stage, "draws of a shard that is not there", float(np.sum(drawn != 0)), 0.0, len(drawn))]
    counts = np.bincount(drawn, minlength=num_shards)
    expected = len(drawn) / num_shards
    spread = float(np.sum((counts - expected) ** 2) / expected)
    freedom = num_shards - 1
    # Of a chi-square of few expected counts mean and variance are exact; the normal limit is good for many shards.
    score = (spread - freedom) / math.sqrt(2 * freedom * (1 - 1 / len(drawn)))
    same = float(np.sum(drawn[1:] == drawn[:-1]))
    pairs = len(drawn) - 1
    repeated = (same - pairs / num_shards) / math.sqrt(pairs / num_shards * (1 - 1 / num_shards))
    steps = (drawn[1:] - drawn[:-1]) % num_shards
    most = float(np.max(np.bincount(steps, minlength=num_shards)))
    limit = float(stats.binom.isf(FALSE_ALARM / num_shards, pairs, 1 / num_shards))
    return [
        _finding(stage, "frequencies of the shards", abs(score), 2 * _Z, len(drawn)),
        _finding(stage, "a shard drawn twice in a row", abs(repeated), 2 * _Z, len(drawn)),
        _finding(stage, "one step from shard to shard more often than chance has it", most, limit, len(drawn), ""),
    ]


def _repeats(stage: str, draws: Sequence[np.ndarray]) -> Finding:
    repeated = sum(len(draw) - len(np.unique(draw)) for draw in draws)
    return _finding(stage, "images drawn twice in one draw", float(repeated), 0.0, len(draws), "")


def _sizes(stage: str, sizes: np.ndarray, num_examples: int, probability: float) -> list[Finding]:
    mean, variance = num_examples * probability, num_examples * probability * (1 - probability)
    shift = abs(float(np.sum(sizes - mean))) / math.sqrt(len(sizes) * variance)
    spread = float(np.sum((sizes - mean) ** 2) / variance)
    tail = 2 * min(stats.chi2.cdf(spread, len(sizes)), stats.chi2.sf(spread, len(sizes)))
    score = float(stats.norm.isf(max(float(tail), 1e-300) / 2))
    return [
        _finding(stage, "mean size of the draws", shift, _Z, len(sizes)),
        _finding(stage, "variance of the size of the draws", score, 1.2 * _Z, len(sizes)),
    ]


def _frequencies(stage: str, draws: Sequence[np.ndarray], num_examples: int, probability: float) -> Finding:
    """How often each image was drawn: too even is as wrong as too uneven."""
    number = len(draws)
    counts = np.bincount(np.concatenate(list(draws)), minlength=num_examples)
    variance = number * probability * (1 - probability)
    terms = (counts - number * probability) ** 2 / variance
    kurtosis = (1 - 6 * probability * (1 - probability)) / variance  # of a binomial, in excess of a normal's
    score = (float(np.sum(terms)) - num_examples) / math.sqrt(num_examples * (2 + kurtosis))
    return _finding(stage, "how often each image was drawn", abs(score), 1.2 * _Z, number)


def _overlaps(stage: str, draws: Sequence[np.ndarray], sizes: np.ndarray, num_examples: int) -> Finding:
    """Images that one draw shares with the next, given both sizes: hypergeometric."""
    shared = np.array([len(np.intersect1d(one, other)) for one, other in zip(draws[:-1], draws[1:], strict=True)])
    one, other = sizes[:-1], sizes[1:]
    means = one * other / num_examples
    variances = means * (1 - one / num_examples) * (num_examples - other) / max(1, num_examples - 1)
    total = float(np.sum(variances))
    score = abs(float(np.sum(shared - means))) / math.sqrt(total) if total else 0.0
    return _finding(stage, "images that one draw shares with the next", score, 1.2 * _Z, len(draws))


def _neighbours(stage: str, draws: Sequence[np.ndarray], num_examples: int, probability: float) -> Finding:
    """Pairs of successive positions that are drawn together: coins of two images that hang together."""
    together = 0
    for draw in draws:
        drawn = np.zeros(num_examples, bool)
        drawn[draw] = True
        together += int(np.sum(drawn[1:] & drawn[:-1]))
    pairs, square = num_examples - 1, probability**2
    variance = pairs * square * (1 - square) + 2 * max(0, pairs - 1) * square * probability * (1 - probability)
    score = abs(together - len(draws) * pairs * square) / math.sqrt(len(draws) * variance)
    return _finding(stage, "neighbours in the data drawn together", score, 1.2 * _Z, len(draws))


def _finding(
    stage: str, name: str, found: float, limit: float, trials: int, note: str = "in standard deviations of fair draws"
) -> Finding:
    confidence = 1.0 if limit == 0 else 1 - FALSE_ALARM
    return Finding(PROBES, stage, name, 0.0, found, limit, found <= limit, trials, confidence, note * (limit > 0))
