# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Results over seeds: mean, spread, and every value."""

from tfdpgan.evaluation.result import Result
from tfdpgan.evaluation.spread import Spread


def test_a_spread_is_mean_and_deviation_of_a_sample():
    assert Spread.of([1.0, 2.0, 3.0]) == Spread(2.0, 1.0, (1.0, 2.0, 3.0))
    assert Spread.of([0.5]) == Spread(0.5, 0.0, (0.5,))


def test_one_seed_has_no_deviation():
    assert Result.over_seeds("m", "name", [0.5], "paper", ideal=1.0) == Result(
        "m", "name", 0.5, "paper", None, (0.5,), ideal=1.0
    )
    assert Result.over_seeds("m", "name", [1.0, 2.0, 3.0], "paper").standard_deviation == 1.0
