# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""sweep_epsilon.py and compare_variants.py as a user meets them: small, in a real process, and mistakes in one line."""

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
        "real2gen.png",
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


@pytest.mark.slow
def test_variants_come_in_one_table(tmp_path):
    (tmp_path / "variants.txt").write_text("short --steps=4\nlong --steps=8\n")
    flags = [*SMALL, "--noise_multiplier=2", "--variants=variants.txt"]
    result = run("compare_variants.py", *flags, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    rows = [line.split() for line in result.stdout.splitlines()]
    short, long = (next(row for row in rows if row[:1] == [name] and len(row) > 4) for name in ("short", "long"))
    assert float(short[1]) < float(long[1])
    assert {path.name for path in (tmp_path / "sweep").iterdir()} == {
        "short",
        "long",
        "statistics",
        "sweep.json",
        "samples.png",
    }


def test_a_variant_that_cannot_be_trained_gets_one_line_and_leaves_nothing(tmp_path):
    (tmp_path / "variants.txt").write_text("a --steps=4\nb --stepz=8\n")
    words = refused("compare_variants.py", *SMALL, "--noise_multiplier=2", "--variants=variants.txt", cwd=tmp_path)
    assert "Variant b: " in words and "stepz" in words
    assert [path.name for path in tmp_path.iterdir()] == ["variants.txt"]
