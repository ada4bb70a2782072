# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""`kill -9` in the middle of a training, by the real tool in a real process."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.training.small import as_flags
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.run import RunDirectory

TOOL = Path(__file__).parents[2] / "tools" / "train_dpgan.py"


def command(model_dir, **changes):
    return [sys.executable, str(TOOL), f"--model_dir={model_dir}", "--json", *as_flags(**changes)]


def steps_taken(process, model_dir, until):
    """Waits until the run has logged step `until` (or ended); returns the last step logged."""
    log, seen = model_dir / "metrics.jsonl", 0
    while process.poll() is None and seen < until:
        time.sleep(0.02)
        if log.exists():
            lines = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")]
            seen = max((line["step"] for line in lines if line["phase"] == "dp_sgd"), default=0)
    return seen


def train_with_kills(model_dir, num_kills, steps, rng, **changes):
    changes = dict(steps=steps, steps_per_block=10, **changes)
    taken = 0
    for kill in range(num_kills):
        before = Ledger.open(model_dir / "ledger.json") if (model_dir / "ledger.json").exists() else None
        booked_before = before.booked("dp_sgd") if before and "dp_sgd" in before.to_json()["stages"] else 0
        process = subprocess.Popen(command(model_dir, **changes), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        last = steps_taken(process, model_dir, until=(kill + 1) * 10)
        time.sleep(rng.uniform(0.0, 0.5))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        taken = max(taken, last)
        ledger = Ledger.open(model_dir / "ledger.json")
        assert ledger.booked("dp_sgd") >= taken
        assert ledger.booked("dp_sgd") >= booked_before
    result = subprocess.run(command(model_dir, **changes), capture_output=True, text=True, check=True)
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "num_kills", [pytest.param(1, id="once"), pytest.param(20, id="twenty-times", marks=pytest.mark.slow)]
)
def test_killed_and_started_again_it_ends_within_its_plan(tmp_path, num_kills):
    steps = 40 if num_kills == 1 else 600
    model_dir = tmp_path / "run"
    outcome = train_with_kills(model_dir, num_kills, steps, random.Random(7))
    ledger = Ledger.open(model_dir / "ledger.json")
    kept, lost = ledger.done("dp_sgd"), ledger.lost("dp_sgd")
    assert kept + lost == ledger.booked("dp_sgd") == steps, "all planned accesses, and not one more"
    assert lost <= num_kills * 10, "a crash costs at most one block"
    assert outcome["epsilon"] == pytest.approx(ledger.epsilon(1e-5))
    if lost:
        assert "crash" in (model_dir / "privacy_card.md").read_text()
    logged = [json.loads(line) for line in (model_dir / "metrics.jsonl").read_text().splitlines()]
    steps_logged = [line["step"] for line in logged if line["phase"] == "dp_sgd"]
    assert steps_logged == sorted(set(steps_logged)), "no step is logged twice"


@pytest.mark.slow
def test_what_is_kept_is_the_run_without_the_kill(tmp_path):
    """With the noise held fixed, weights after a kill and a resume equal those of the same step without one."""
    train_with_kills(tmp_path / "killed", 1, 40, random.Random(3), noise_seed=3)
    kept = Ledger.open(tmp_path / "killed/ledger.json").done("dp_sgd")
    flags = dict(steps=40, noise_seed=3, snapshots_every=10)
    subprocess.run(command(tmp_path / "whole", **flags), capture_output=True, check=True)
    assert kept >= 30, "one kill costs one block at most"
    resumed = ReleasedGenerator.load(RunDirectory(tmp_path / "killed").generator)
    whole = ReleasedGenerator.load(dict(RunDirectory(tmp_path / "whole").snapshots())[kept])
    for one, other in zip(resumed.model.get_weights(), whole.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
