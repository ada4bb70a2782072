# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A whole benchmark, small."""

import math

import pytest

from tfdpgan.benchmark import private_step
from tfdpgan.benchmark.config import BenchmarkConfig
from tfdpgan.benchmark.interleaved import Measurement
from tfdpgan.config import ConfigError


def test_an_unknown_model_is_refused_before_anything_runs():
    with pytest.raises(ConfigError, match="dcgan_tutorial.*Received: lenet"):
        private_step.run(BenchmarkConfig(models="dcgan2020,lenet"))


def test_another_network_is_no_comparison():
    ours = Measurement("plain", milliseconds=1.0, facts={"num_weights": 10})
    other = Measurement("torch_plain", milliseconds=1.0, facts={"num_weights": 11})
    checked = private_step._with_equal_networks([ours, other])
    assert checked[0] == ours and "11 weights, not 10" in checked[1].unavailable


@pytest.mark.slow
def test_a_private_step_is_measured():
    config = BenchmarkConfig(models="dcgan_tutorial", batch_sizes="4", rounds=2, steps_per_round=2, tf_privacy=False)
    report = private_step.run(config)
    rows = {row["way"]: row for row in report["results"]}
    assert rows["plain"]["ratio"] == 1.0
    assert all(
        math.isfinite(rows[candidate]["milliseconds"]) for candidate in ("plain", "book_keeping", "vectorized_map")
    )
    assert rows["book_keeping"]["facts"]["num_weights"] == 212_865


@pytest.mark.slow
def test_a_part_of_an_epoch_is_measured():
    report = private_step.run(BenchmarkConfig(what="epoch", epoch_batch_size=8, num_batches=4, rounds=2))
    assert [row["way"] for row in report["results"]] == ["plain_epoch", "private_epoch"]
    assert all(row["num_steps"] == 4 and not row["is_whole_epoch"] for row in report["results"])


@pytest.mark.slow
def test_a_warm_up_of_many_critics_is_measured():
    config = BenchmarkConfig(what="critic_warm_up", num_critics=6, batch_sizes="4", rounds=2, steps_per_round=2)
    rows = private_step.run(config)["results"]
    assert [row["way"] for row in rows] == ["one_by_one", "at_once"]
    assert rows[0]["ratio"] == 1.0 and rows[1]["ratio"] < 1.0
    assert {row["facts"]["num_weights"] for row in rows} == {rows[0]["facts"]["num_weights"]}
