# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The scripts as a user meets them: real processes, exit codes, what is printed, what is left on the disk."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.tools.warm_process import run_warm
from tests.training.small import as_flags

TOOLS = Path(__file__).parents[2] / "tools"
FAST = [flag for flag in as_flags() if not flag.startswith("--noise_multiplier")]


def run(tool, *flags, cwd=None):
    return run_warm(TOOLS / tool, list(map(str, flags)), cwd)


def run_cold(tool, *flags, cwd=None):
    """As a user's shell does it, all imports included."""
    command = [sys.executable, str(TOOLS / tool), *map(str, flags)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd)


def refused(tool, *flags, cwd=None, run=run):
    """Runs a command that must fail as a user's mistake does; returns its one line."""
    result = run(tool, *flags, cwd=cwd)
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    assert result.returncode == 2, result.stderr
    assert len(lines) == 1, result.stderr
    assert "Traceback" not in result.stderr
    return lines[0]


@pytest.mark.parametrize("tool", sorted(path.name for path in TOOLS.glob("*.py")))
def test_help_shows_an_example_that_names_the_tool(tool):
    result = run_cold(tool, "--help")
    assert result.returncode == 0 and f"Example:\n  {tool} --" in result.stdout
    assert not result.stderr


def test_plan_prints_json_last():
    flags = ["--num_examples=1000", "--batch_size=100", "--steps=10", "--noise_multiplier=2", "--json"]
    result = run("plan_privacy.py", *flags)
    printed = json.loads(result.stdout.splitlines()[-1])
    assert {"epsilon", "delta", "noise_multiplier", "steps", "accountant"} <= set(printed)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--noise_multiplier=1", "--target_epsilon=1"], "not both"),
        ([], "--target_epsilon"),
        (["--target_epsilon=0"], "greater than 0"),
        (["--noise_multiplier=abc"], "abc"),
        (["--noise_multiplier=1", "--optimizer=newton"], "newton"),
        (["--noise_multiplier=1", "--no_such_flag"], "no_such_flag"),
        (["--noise_multiplier=1", "stray"], "stray"),
        (["--noise_multiplier=1", "--batch_size=5000"], "1797"),
        (["--noise_multiplier=1", "--discriminator_norm=batch"], "atch"),
        (["--noise_multiplier=1", "--dataset=cats"], "cats"),
        (["--noise_multiplier=1", "--dataset=folder", "--data_dir=nowhere"], "nowhere"),
        (["--noise_multiplier=1", "--dataset=digits", "--color_mode=rgb"], "rgb"),
        (["--noise_multiplier=1", "--model_dir=/proc/run"], "/proc/run"),
    ],
)
def test_mistakes_in_training_get_one_line_and_leave_nothing(tmp_path, flags, words):
    line = refused("train_dpgan.py", *FAST, *flags, cwd=tmp_path)
    assert words in line
    assert not list(tmp_path.iterdir())


def write_images(folder, count, size=(80, 64), mode="RGB"):
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for index in range(count):
        pixels = rng.integers(0, 255, (*size, 3), dtype=np.uint8)
        Image.fromarray(pixels).convert(mode).save(folder / f"{index:03d}.jpg")


def test_a_folder_of_jpegs_trains_and_generates(tmp_path):
    write_images(tmp_path / "photos/cats", 20)
    write_images(tmp_path / "photos/dogs", 20)
    flags = [flag for flag in FAST if not flag.startswith("--batch_size")]
    result = run(
        "train_dpgan.py",
        "--dataset=folder",
        "--data_dir=photos",
        "--noise_multiplier=1.3",
        "--model_dir=run",
        "--json",
        *flags,
        cwd=tmp_path,
    )
    assert result.returncode == 0, result.stderr
    printed = json.loads(result.stdout.splitlines()[-1])
    assert set(printed) == {"model_dir", "epsilon", "delta", "steps"}
    assert result.stdout.startswith("Plan: epsilon = ")
    for output, as_run in (("x.npz", run_cold), ("x.tfrecord", run), ("x.png", run), ("folder", run)):
        made = as_run("generate.py", "--model_dir=run", "--num_images=8", f"--output={output}", cwd=tmp_path)
        assert made.returncode == 0 and not made.stderr, made.stderr
        assert (tmp_path / output).exists()
    arrays = np.load(tmp_path / "x.npz")
    assert arrays["images"].shape == (8, 32, 32, 3) and arrays["images"].dtype == np.uint8
    assert len(list((tmp_path / "folder/cats").glob("*.png"))) == 4
    line = refused("generate.py", "--model_dir=run", "--class_name=birds", "--output=y.npz", cwd=tmp_path)
    assert "cats, dogs" in line


def test_mistakes_in_folders_get_one_line(tmp_path):
    (tmp_path / "empty").mkdir()
    write_images(tmp_path / "some", 3)
    (tmp_path / "some/bad.jpg").write_bytes((tmp_path / "some/000.jpg").read_bytes()[:300])
    write_images(tmp_path / "grey", 3, mode="L")
    common = ["--noise_multiplier=1.3", "--dataset=folder", "--model_dir=run", *FAST]
    assert "empty" in refused("train_dpgan.py", *common, "--data_dir=empty", cwd=tmp_path, run=run_cold)
    assert "bad.jpg" in refused("train_dpgan.py", *common, "--data_dir=some", cwd=tmp_path)
    assert "grey" in refused("train_dpgan.py", *common, "--data_dir=grey", "--color_mode=rgb", cwd=tmp_path).lower()
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere; /proc stands in above")
def test_a_folder_that_may_not_be_written(tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(stat.S_IRUSR | stat.S_IXUSR)
    assert "cannot be written" in refused(
        "train_dpgan.py", "--noise_multiplier=1.3", f"--model_dir={locked}/run", *FAST, cwd=tmp_path
    )


def test_resuming_with_another_noise_is_refused(tmp_path):
    assert run("train_dpgan.py", "--noise_multiplier=1.3", "--model_dir=run", *FAST, cwd=tmp_path).returncode == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*")}
    line = refused("train_dpgan.py", "--noise_multiplier=1.2", "--model_dir=run", *FAST, cwd=tmp_path)
    assert "1.3" in line and "1.2" in line
    again = run("train_dpgan.py", "--noise_multiplier=1.3", "--model_dir=run", *FAST, cwd=tmp_path)
    assert "Nothing to do, this run was finished before, with these images" in again.stdout
    assert f"next:    {TOOLS}/generate.py --model_dir=run" in again.stdout or shutil.which("generate.py")
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*")}


def test_generating_without_a_run_or_from_an_unfinished_one(tmp_path):
    assert "no run" in refused("generate.py", "--model_dir=run", "--output=x.npz", cwd=tmp_path)
    (tmp_path / "run").mkdir()
    (tmp_path / "run/config.json").write_text("{}")
    assert "run/ledger.json is missing" in refused("generate.py", "--model_dir=run", "--output=x.npz", cwd=tmp_path)
    assert not (tmp_path / "x.npz").exists()


def test_dry_run_prints_the_plan_and_writes_nothing(tmp_path):
    result = run("train_dpgan.py", "--target_epsilon=5", "--dry_run", *FAST, cwd=tmp_path)
    assert result.returncode == 0
    assert "Plan: epsilon" in result.stdout and "\nExpected time: " in result.stdout
    assert "digits, 1797 images of 28x28, grey; 10 classes: 0, 1, 2" in result.stdout and "--holdout" in result.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--architecture=dcgan2020"], "class"),
        (["--loss=wgan"], "wgan"),
        pytest.param(["--architecture=dcgan64"], "64", marks=pytest.mark.slow),
    ],
)
def test_a_dry_run_refuses_what_training_would_refuse(tmp_path, flags, words):
    line = refused("train_dpgan.py", "--target_epsilon=5", "--dry_run", *FAST, *flags, cwd=tmp_path)
    assert words in line
    assert not list(tmp_path.iterdir())
