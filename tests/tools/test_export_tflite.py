# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""export_tflite.py as a user meets it, and the tools that take its files."""

import json

import numpy as np
import pytest

from tests.tools.test_tools import FAST, refused, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with one small run on digits and its int8 file."""
    path = tmp_path_factory.mktemp("export")
    assert run("train_dpgan.py", "--noise_multiplier=1.3", "--model_dir=run", *FAST, cwd=path).returncode == 0
    result = run("export_tflite.py", "--model_dir=run", "--json", cwd=path)
    assert result.returncode == 0, result.stderr
    assert not result.stderr
    (path / "printed.json").write_text(result.stdout.splitlines()[-1])
    return path


def test_the_file_is_where_it_says(folder):
    (row,) = json.loads((folder / "printed.json").read_text())
    assert set(row) >= {"path", "quantization", "bytes", "psnr_db", "latency_ms"}
    file = folder / row["path"]
    assert file.parent == folder / "run/export" and file.stat().st_size == row["bytes"]
    assert [path.name for path in file.parent.iterdir()] == ["generator_int8.tflite"]


def test_the_card_comes_back_out(folder):
    result = run("export_tflite.py", "--show=run/export/generator_int8.tflite", "--json", cwd=folder)
    assert result.returncode == 0, result.stderr
    page = (folder / "run/privacy_card.md").read_text().strip()
    assert page in result.stdout and "Signature generate" in result.stdout
    printed = json.loads(result.stdout.splitlines()[-1])
    assert printed["privacy_card"] == json.loads((folder / "run/privacy_card.json").read_text())
    assert printed["model_card"]["epsilon"] == printed["privacy_card"]["epsilon"]


def test_images_are_drawn_from_the_file(folder):
    flags = ["--model_dir=run/export/generator_int8.tflite", "--num_images=20"]
    made = run("generate.py", *flags, "--output=x.npz", cwd=folder)
    assert made.returncode == 0, made.stderr
    arrays = np.load(folder / "x.npz")
    assert arrays["images"].shape == (20, 28, 28, 1)
    assert sorted(arrays["labels"]) == sorted(list(range(10)) * 2)
    assert json.loads(str(arrays["provenance"]))["synthetic"]
    assert run("generate.py", *flags, "--interpolate", "--output=x.png", cwd=folder).returncode == 0


def test_the_file_is_evaluated(folder):
    result = run(
        "evaluate.py",
        "--images=run/export/generator_int8.tflite",
        "--dataset=digits",
        "--holdout=0.17",
        "--num_images=60",
        "--extractors=pixels",
        "--measures=frechet_distance,class_balance",
        "--output_dir=out",
        "--statistics_dir=statistics",
        "--json",
        cwd=folder,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[-1])["images"]["num_images"] == 60


def test_mistakes_get_one_line_and_leave_nothing(folder, tmp_path):
    assert "no run" in refused("export_tflite.py", "--model_dir=none", cwd=tmp_path)
    (tmp_path / "half").mkdir()
    (tmp_path / "half/config.json").write_text("{}")
    assert "half/ledger.json is missing" in refused("export_tflite.py", "--model_dir=half", cwd=tmp_path)
    assert [path.name for path in (tmp_path / "half").iterdir()] == ["config.json"]
    line = refused("export_tflite.py", f"--model_dir={folder}/run", "--output_dir=half/config.json", cwd=tmp_path)
    assert "cannot be written" in line
    assert "--show" in refused("export_tflite.py", cwd=tmp_path)
    assert "int4" in refused("export_tflite.py", "--model_dir=half", "--quantization=int4", cwd=tmp_path)
    (tmp_path / "x.tflite").write_bytes(b"no")
    assert "x.tflite" in refused("export_tflite.py", "--show=x.tflite", cwd=tmp_path)
    assert "x.tflite" in refused("generate.py", "--model_dir=x.tflite", "--output=y.npz", cwd=tmp_path)
    assert not (tmp_path / "y.npz").exists()
