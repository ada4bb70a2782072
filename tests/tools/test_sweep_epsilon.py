# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""sweep_epsilon.py as a user meets it: one small sweep in a real process, and mistakes in one line."""

import json

import pytest

from tests.tools.test_tools import FAST, refused, run

SMALL = [
    *FAST,
    "--dataset=digits",
    "--holdout=0.07",
    "--classifier=logistic",
    "--num_images=100",
    "--seeds=1",
    "--checkpoints=1",
    "--sweep_dir=sweep",
]


@pytest.mark.slow
def test_a_sweep_writes_its_report_and_figures(tmp_path):
    result = run("sweep_epsilon.py", "--noise_multipliers=2", "--json", *SMALL, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "All runs together cost epsilon" in result.stdout
    printed = json.loads(result.stdout.splitlines()[-1])
    assert printed == json.loads((tmp_path / "sweep/sweep.json").read_text())
    assert {path.name for path in (tmp_path / "sweep").iterdir()} == {
        "noise_2.0",
        "statistics",
        "sweep.json",
        "samples.png",
        "gen2real.png",
        "frechet.png",
        "real_fake.png",
        "real_fake_frechet.png",
        "over_epochs.png",
    }


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], "neither"),
        (["--noise_multipliers=1", "--target_epsilons=1"], "both"),
        (["--target_epsilons=1,two"], "1,two"),
        (["--target_epsilons=5", "--holdout=0"], "--holdout"),
    ],
)
def test_mistakes_get_one_line_and_leave_nothing(tmp_path, flags, words):
    assert words in refused("sweep_epsilon.py", *SMALL, *flags, cwd=tmp_path)
    assert not list(tmp_path.iterdir())
