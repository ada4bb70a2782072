# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The noise has the tails that the accountant assumes: computed from every value that the sampler can give, not drawn.

A sampler that cuts its tails passes every test on a few million draws. So the probability of the outermost outcomes is
computed here: a Box-Muller radius rises with its random word, so the number of words beyond a radius is found by
bisection of the sampler's own function; angles are grouped into sectors; the terms of a sum are convolved. Rounding
everything down, then everything up, brackets the probability.
"""

from collections.abc import Callable

import numpy as np
import pytest
import scipy.stats

from tfdpgan.privacy.mechanisms.normal_numbers import LARGEST, NUM_TERMS, radius, sums_of_normals

_WORDS = 2**52  # values of the upper bits, which alone count
_STEP = 0.001  # of the terms' values
_RADIUS_STEP = 0.0001
_SECTORS = 2048  # of a quarter circle

RadiusFn = Callable[[np.ndarray], np.ndarray]


def radius_with_a_cut(bits: np.ndarray) -> np.ndarray:
    """As in `tf.random.stateless_normal`: the uniform number is 1e-7 at least."""
    return np.sqrt(-2.0 * np.log(np.maximum(1e-7, 1.0 - (bits >> np.uint64(12)) * 2.0**-52)))


def tail_of_radius(radius_fn: RadiusFn, thresholds: np.ndarray) -> np.ndarray:
    """P(radius > threshold), exactly, by bisection over the words."""
    low, high = np.zeros(len(thresholds), np.uint64), np.full(len(thresholds), _WORDS, np.uint64)
    for _ in range(53):  # the first word beyond each threshold is in [low, high]
        middle = (low + high) // np.uint64(2)
        is_beyond = radius_fn(np.minimum(middle, np.uint64(_WORDS - 1)) << np.uint64(12)) > thresholds
        is_beyond |= middle == _WORDS
        high, low = np.where(is_beyond, middle, high), np.where(is_beyond, low, np.minimum(middle + np.uint64(1), high))
    return (_WORDS - high.astype(np.float64)) / _WORDS


def tails_of_term(radius_fn: RadiusFn) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of P(term > k * step) for k = 0, 1, ... up to 9: below, above."""
    radii = np.arange(0.0, 9.0 + 2 * _RADIUS_STEP, _RADIUS_STEP)
    tail = np.append(tail_of_radius(radius_fn, radii), 0.0)
    values = np.arange(0.0, 9.0, _STEP)[:, None]
    cosines = np.cos(np.arange(_SECTORS + 1) * (np.pi / 2 / _SECTORS))
    cosines[-1] = 0.0
    bounds = []
    for cosine, rounded in ((cosines[1:], np.ceil), (cosines[:-1], np.floor)):
        with np.errstate(divide="ignore", invalid="ignore"):
            needed = np.nan_to_num(rounded(values / cosine / _RADIUS_STEP), nan=np.inf)
        indices = np.minimum(needed, len(tail) - 1).astype(np.int64)
        bounds.append(tail[indices].mean(axis=1) / 2)  # half of the circle has a positive cosine
    return bounds[0], bounds[1]


def tail_bounds(radius_fn: RadiusFn, num_terms: int, threshold: float) -> tuple[float, float]:
    """Bounds of P(sum of the terms / sqrt(their number) > threshold), for one or four terms."""
    below, above = tails_of_term(radius_fn)
    results = []
    for positive, negative, offset in ((below, above, 0), (above, below, 1)):
        # P(term > v) for v from the smallest up; a term in (v, v + step] counts as v, or as v + step
        beyond = np.concatenate([1.0 - negative[::-1], positive[1:], [0.0]])
        masses = np.maximum(beyond[:-1] - beyond[1:], 0.0)
        first = -(len(negative) - 1) + offset
        needed = threshold * np.sqrt(num_terms) / _STEP
        if num_terms == 1:
            results.append(masses[np.arange(len(masses)) + first > needed - offset].sum())
            continue
        pairs = np.convolve(masses, masses)
        tail_of_pairs = np.append(np.cumsum(pairs[::-1])[::-1], 0.0)
        # index i + j + 4 * first > needed
        smallest = np.floor(needed - 4 * first - np.arange(len(pairs))).astype(np.int64) + 1
        results.append(float((pairs * tail_of_pairs[np.clip(smallest, 0, len(pairs))]).sum()))
    return results[0], results[1]


@pytest.mark.parametrize("threshold", [1.0, 4.0, 5.7, 6.5, 8.0, 12.0])
def test_a_tail_has_the_mass_that_the_accountant_assumes(threshold):
    below, above = tail_bounds(radius, NUM_TERMS, threshold)
    assert below <= scipy.stats.norm.sf(threshold) <= above
    assert above < 1.05 * below  # so the bracket says something


def test_the_computation_finds_a_cut():
    """A sampler that ends at 5.678 standard deviations has no mass beyond, where a normal number has 1.2e-8."""
    below, above = tail_bounds(radius_with_a_cut, 1, 5.6)
    assert 0.0 < below <= above
    assert tail_bounds(radius_with_a_cut, 1, 5.7) == (0.0, 0.0)
    assert tail_bounds(radius, 1, 5.7)[0] > 1e-9


def test_the_outermost_number_lies_at_seventeen_standard_deviations():
    """What a normal number has beyond cannot be told from 0 by all the noise that will ever be drawn."""
    bits = np.full([2, NUM_TERMS, 1], 2**64 - 1, np.uint64)
    bits[1] = 2**63  # the angle 0
    largest = sums_of_normals(bits)[0]
    assert largest == pytest.approx(LARGEST)
    assert 2 * scipy.stats.norm.sf(largest) < 1e-63
