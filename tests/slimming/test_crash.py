# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""`kill -9` in each stage of a slimming, by the real tool in a real process."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.slimming.small import slim_config, train_teacher
from tfdpgan import api
from tfdpgan.privacy.accounting.ledger import Ledger

TOOL = Path(__file__).parents[2] / "tools" / "slim_generator.py"
STAGES = ("channel_pruning", "recovery", "fine_tuning")
STEPS, BLOCK = 60, 10
SETTINGS = dict(
    pruning_steps=STEPS,
    recovery_steps=STEPS,
    fine_tuning_steps=STEPS,
    steps_per_block=BLOCK,
    noise_multiplier=1.5,
    batch_size=30,
    distillation_images=300,
)


@pytest.fixture(scope="module")
def teacher_dir(tmp_path_factory, digit_images):
    folder = tmp_path_factory.mktemp("teacher") / "run"
    train_teacher(folder, digit_images)
    return folder


def command(teacher_dir, output_dir):
    settings = vars(slim_config(teacher_dir, output_dir, **SETTINGS))
    flags = [f"--{name}={value}" for name, value in settings.items() if value is not None]
    return [sys.executable, str(TOOL), "--json", *flags]


def logged(slim_dir):
    """Stage, step and the rest of each whole line of the log."""
    log = slim_dir / "metrics.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")] if log.exists() else []
    return [(line["phase"], line["step"], json.dumps(line)) for line in lines]


def kill_in(stage, arguments, slim_dir):
    """Starts the tool and kills it after two blocks of the stage; returns what it had logged."""
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not any(entry[0] == stage and entry[1] >= 2 * BLOCK for entry in logged(slim_dir)):
        time.sleep(0.02)
    assert process.poll() is None, "it ended before it could be killed"
    process.kill()
    process.wait()
    return logged(slim_dir)


@pytest.mark.slow
def test_killed_in_every_stage_it_goes_on_where_it_was(teacher_dir, tmp_path):
    slim_dir = tmp_path / "slim"
    arguments = command(teacher_dir, slim_dir)
    for stage in STAGES:
        before = kill_in(stage, arguments, slim_dir)
        assert not (slim_dir / "released/generator").exists()
        assert [name for name in STAGES if any(entry[0] == name for entry in before)] == [
            *STAGES[: STAGES.index(stage)],
            stage,
        ]
        ledger = Ledger.open(slim_dir / "ledger.json")
        taken = max((step for name, step, _ in before if name == "fine_tuning"), default=0)
        assert ledger.booked("fine_tuning") >= taken, "never below what was done"
        # What was done and saved is not done again: its lines are still there the next time.
        saved = [entry for entry in before if entry[0] != stage or entry[1] <= BLOCK]
        (tmp_path / f"{stage}.json").write_text(json.dumps(saved))

    result = subprocess.run(arguments, capture_output=True, text=True, check=True)
    content, after = json.loads(result.stdout.splitlines()[-1]), logged(slim_dir)
    for stage in STAGES:
        for entry in json.loads((tmp_path / f"{stage}.json").read_text()):
            assert tuple(entry) in after, f"a step before the kill in {stage} was taken again"
    ledger = Ledger.open(slim_dir / "ledger.json")
    kept, lost = ledger.done("fine_tuning"), ledger.lost("fine_tuning")
    assert kept + lost == ledger.booked("fine_tuning") == STEPS and lost <= BLOCK
    for stage, last in zip(STAGES, (STEPS, STEPS, kept // 10 * 10), strict=True):
        assert [step for name, step, _ in after if name == stage] == list(range(10, last + 1, 10)), stage
    assert content["epsilon"] == pytest.approx(ledger.epsilon(1e-5))
    assert content["compute_ratio"] >= 1.5
    if lost:
        assert "crash" in (slim_dir / "privacy_card.md").read_text()
    assert len(api.load_generator(str(slim_dir)).draw(3)[0]) == 3
