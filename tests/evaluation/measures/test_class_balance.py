# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Class balance against SciPy's test and by hand."""

import numpy as np
import pytest
from scipy import stats

from tfdpgan.evaluation.measures.class_balance import class_balance


def test_equal_to_scipy():
    rng = np.random.default_rng(0)
    prior = np.array([0.5, 0.2, 0.2, 0.1])
    labels = rng.choice(4, 1000, p=[0.45, 0.25, 0.2, 0.1])
    found = class_balance(labels, 4, prior)
    expected = stats.chisquare(np.bincount(labels, minlength=4), 1000 * prior)
    assert found.chi_square == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue)


def test_a_lost_class_by_hand():
    found = class_balance(np.repeat([0, 1, 2], 40), 4)
    assert found.shares == (1 / 3, 1 / 3, 1 / 3, 0)
    assert found.prior == (0.25,) * 4
    assert found.total_variation == pytest.approx(0.25)
    assert found.chi_square == pytest.approx(3 * 10**2 / 30 + 30)
    assert found.p_value < 1e-6


def test_exact_balance_and_counts_as_prior():
    assert class_balance(np.arange(100) % 10, 10).chi_square == 0
    assert class_balance([0, 0, 1], 2, [200, 100]).total_variation == 0


def test_classes_that_must_not_appear():
    assert class_balance([0, 1], 3, [1, 1, 0]).chi_square == 0
    found = class_balance([0, 2], 3, [1, 1, 0])
    assert (found.chi_square, found.p_value, found.total_variation) == (np.inf, 0, 0.5)
    assert class_balance([1, 1], 2, [0, 1]).p_value == 1


def test_p_values_of_true_draws_are_uniform():
    rng = np.random.default_rng(1)
    values = [class_balance(rng.integers(0, 10, 2000), 10).p_value for _ in range(400)]
    assert stats.kstest(values, "uniform").pvalue > 1e-3


@pytest.mark.parametrize(
    ("labels", "prior", "words"),
    [
        ([], None, "labels"),
        ([3], None, "0 to 2"),
        ([-1], None, "0 to 2"),
        ([0], [1, 1], "3 shares"),
        ([0], [0, 0, 0], "not all 0"),
        ([0], [1, -1, 1], "0 or more"),
    ],
)
def test_refused(labels, prior, words):
    with pytest.raises(ValueError, match=words):
        class_balance(np.array(labels, int), 3, prior)
