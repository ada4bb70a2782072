# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Is the noise what was claimed? Standard deviation, shape, and independence, from pure noise.

Each test is passed by a correct build but for one time in 10^8, so that a hundred of them together raise fewer false
alarms than one in a million. From n numbers the standard deviation is known to about 4 / sqrt(n) of itself at that
confidence: 0.9 % from 200 000.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import special, stats

from tfdpgan.auditing.finding import PROBES, Finding

FALSE_ALARM = 1e-8
_Z = float(stats.norm.isf(FALSE_ALARM / 2))
_FEWEST = 30  # numbers in a part whose correlation is looked at
_MOST_TESTED = 200_000  # numbers that the shape is tested on


def noise_findings(
    stage: str, accesses: Sequence[Sequence[np.ndarray]], restarted: Sequence[np.ndarray] | None
) -> list[Finding]:
    """Everything that pure noise can show.

    Args:
        stage: of the run.
        accesses: for each access its noise in parts (layers, images, rows), each of one axis, over the claimed standard
            deviation. The same parts in each access.
        restarted: the noise of one access of a process that was started anew from the same state; None if not tried.
    """
    whole = [np.concatenate(list(parts)) for parts in accesses]
    found = [_spread(stage, np.concatenate(whole)), _shape(stage, np.concatenate(whole))]
    if len(whole) > 1:
        pairs = list(zip(whole[:-1], whole[1:], strict=True))
        found.append(_correlation(stage, "noise of one access and the next", pairs))
    if len(accesses[0]) > 1:
        pairs = [
            (one[: min(len(one), len(other))], other[: min(len(one), len(other))])
            for parts in accesses
            for one, other in zip(parts[:-1], parts[1:], strict=True)
        ]
        found.append(_correlation(stage, "noise of one part of an access and the next", pairs))
    if restarted is not None:
        again = np.concatenate(list(restarted))
        found.append(_correlation(stage, "noise before and after a restart", [(one, again) for one in whole]))
    return found


def count_finding(stage: str, drawn: int, accesses: int) -> Finding:
    """Is each access noised once: neither left without noise, nor released more than once?"""
    return Finding(
        PROBES,
        stage,
        "noise drawn per booked access",
        1.0,
        drawn / accesses,
        1.0,
        drawn == accesses,
        accesses,
        1.0,
        "fewer is a release without noise, more is a second release of what was booked once",
    )


def _spread(stage: str, noise: np.ndarray) -> Finding:
    """Too little noise refutes the claim; too much costs utility alone, and is noted."""
    size = len(noise)
    found = float(np.sqrt(np.mean(noise**2)))
    limit = math.sqrt(float(stats.chi2.ppf(FALSE_ALARM, size)) / size)
    most = math.sqrt(float(stats.chi2.isf(FALSE_ALARM, size)) / size)
    note = "over the claimed one" if found <= most else "more than claimed: costs utility, not privacy"
    return Finding(
        PROBES, stage, "noise standard deviation", 1.0, found, limit, found >= limit, size, 1 - FALSE_ALARM, note
    )


def _shape(stage: str, noise: np.ndarray) -> Finding:
    """Kolmogorov and Smirnov's distance from a normal distribution of the same standard deviation."""
    tested = noise[:_MOST_TESTED]
    expected = special.ndtr(np.sort(tested) / (float(np.std(tested)) or 1.0))
    steps = np.arange(len(tested) + 1) / len(tested)
    distance = float(max(np.max(steps[1:] - expected), np.max(expected - steps[:-1])))
    limit = math.sqrt(-math.log(FALSE_ALARM / 2) / (2 * len(tested)))  # Massart 1990
    return Finding(
        PROBES, stage, "noise distance from a normal", 0.0, distance, limit, distance <= limit, len(tested),
        1 - FALSE_ALARM,
    )  # fmt: skip


def _correlation(stage: str, name: str, pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> Finding:
    """The largest correlation of any pair, in standard deviations of its own under independence."""
    scores, trials = [0.0], 0
    for one, other in pairs:
        if len(one) < _FEWEST:
            continue
        trials += len(one)
        lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
        scores.append(abs(float(one @ other)) / lengths * math.sqrt(len(one)) if lengths else 0.0)
    limit = float(stats.norm.isf(FALSE_ALARM / 2 / max(1, len(pairs))))
    return Finding(
        PROBES, stage, f"correlation: {name}", 0.0, max(scores), limit, max(scores) <= limit, trials, 1 - FALSE_ALARM,
        "in standard deviations of independent noise",
    )  # fmt: skip
