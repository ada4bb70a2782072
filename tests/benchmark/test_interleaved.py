# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Workers as real processes: turns, ratios, memory, and candidates that cannot be measured."""

import sys

import pytest

from tfdpgan.benchmark.interleaved import Candidate, measure
from tfdpgan.benchmark.step_worker import Unavailable, Worker

WORKER = """
import sys, time
from tfdpgan.benchmark.step_worker import Unavailable, serve

kind = sys.argv[1]
steps_taken = 0

def step():
    global steps_taken
    steps_taken += 1
    print("a library talks")
    if kind == "dies" and steps_taken > 3:
        raise RuntimeError("the third step was one too many")
    if kind == "hungry":
        return (b"x" * (200 * 2**20))[0]
    time.sleep(float(kind) if kind[0] == "0" else 0)

def prepare():
    if kind == "absent":
        raise Unavailable("nothing to measure here")
    if kind == "insatiable":
        bytearray(2**50)
    return step, {"kind": kind}

serve(prepare)
"""


@pytest.fixture(autouse=True)
def worker_module(tmp_path, monkeypatch):
    (tmp_path / "a_worker.py").write_text(WORKER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def candidate(kind, baseline, most_steps=None):
    return Candidate(kind, sys.executable, "a_worker", (kind,), baseline, most_steps)


def test_ratios_are_to_the_baseline():
    slow, fast = measure([candidate("0.03", "0.01"), candidate("0.01", "0.01")], [2, 3])
    assert fast.ratio == 1.0 and 2 < slow.ratio < 4
    assert slow.num_steps == fast.num_steps == 5
    assert 30 <= slow.milliseconds < 60
    assert slow.total_seconds == pytest.approx(5 * slow.milliseconds / 1000, rel=0.5)


def test_slow_ways_take_one_step_in_few_rounds():
    few, _ = measure([candidate("0.02", "0.01", most_steps=2), candidate("0.01", "0.01")], [3, 3, 3])
    assert few.num_steps == 2 and 1 < few.ratio < 4


def test_memory_is_that_of_the_steps():
    hungry, modest = measure([candidate("hungry", "hungry"), candidate("0.01", "hungry")], [1])
    assert hungry.step_memory_mib == pytest.approx(200, abs=30)
    assert modest.step_memory_mib < 20
    assert hungry.peak_memory_mib > hungry.step_memory_mib


def test_what_cannot_be_measured_says_why_and_spares_the_others():
    absent, dies, fine = measure(
        [candidate("absent", "0.01"), candidate("dies", "0.01"), candidate("0.01", "0.01")], [2, 2]
    )
    assert absent.unavailable == "nothing to measure here" and absent.milliseconds is None
    assert "one too many" in dies.unavailable
    assert fine.unavailable is None and fine.num_steps == 4


def test_a_worker_without_memory_ends_alone():
    with pytest.raises(Unavailable, match="MemoryError|more memory"):
        Worker(sys.executable, "a_worker", ["insatiable"])
