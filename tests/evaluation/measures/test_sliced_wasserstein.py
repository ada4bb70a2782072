# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The sliced Wasserstein distance: closed forms, optimal assignment, sets of different sizes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from tfdpgan.evaluation.measures import sliced_wasserstein as module
from tfdpgan.evaluation.measures.sliced_wasserstein import sliced_wasserstein


@given(st.integers(0, 10**6), st.integers(1, 9), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_on_a_line_it_is_the_optimal_assignment(seed, num_first, num_second):
    rng = np.random.default_rng(seed)
    first, second = rng.standard_normal((num_first, 1)), rng.standard_normal((num_second, 1)) * 2
    # Every point counts as often as it takes to make both sets equally large.
    costs = (np.repeat(first, num_second, axis=0) - np.repeat(second, num_first, axis=0).T) ** 2
    rows, columns = optimize.linear_sum_assignment(costs)
    expected = np.sqrt(costs[rows, columns].mean())
    assert sliced_wasserstein(first, second, num_projections=3) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_shift_has_its_closed_form():
    """|<u, s>|^2 is |s|^2 / d in expectation over unit vectors u."""
    rng = np.random.default_rng(0)
    features, shift = rng.standard_normal((50, 8)), rng.standard_normal(8)
    found = sliced_wasserstein(features, features + shift, num_projections=20000)
    assert found == pytest.approx(np.linalg.norm(shift) / np.sqrt(8), rel=0.02)
    assert sliced_wasserstein(features, features[::-1]) == pytest.approx(0.0, abs=1e-12)


def test_it_is_symmetric_and_repeatable():
    rng = np.random.default_rng(1)
    first, second = rng.standard_normal((30, 4)), rng.standard_normal((45, 4)) + 1
    assert sliced_wasserstein(first, second) == pytest.approx(sliced_wasserstein(second, first), rel=1e-12)
    assert sliced_wasserstein(first, second) == sliced_wasserstein(first, second)
    assert sliced_wasserstein(first, second, seed=1) != sliced_wasserstein(first, second)


def test_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(2)
    first, second = rng.standard_normal((30, 4)), rng.standard_normal((45, 4))
    whole = sliced_wasserstein(first, second, 64)
    monkeypatch.setattr(module, "_BLOCK_VALUES", 500)
    assert sliced_wasserstein(first, second, 64) == pytest.approx(whole, rel=1e-12)


def test_what_does_not_fit_is_refused():
    features = np.zeros((4, 3))
    for arguments in ((features, features[:, :2]), (features[:0], features), (features, features, 0)):
        with pytest.raises(ValueError):
            sliced_wasserstein(*arguments)
    with pytest.raises(ValueError, match="NaN"):
        sliced_wasserstein(features, features * np.nan)
