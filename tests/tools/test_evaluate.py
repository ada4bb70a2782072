# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""evaluate.py as a user meets it: a run, files, mistakes."""

import json

import numpy as np
import pytest

from tests.tools.test_tools import FAST, refused, run
from tfdpgan.data import load_dataset

SMALL = ["--num_images=60", "--classifiers=mlp", "--statistics_dir=statistics"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with one small run on digits, about 300 of which are held out."""
    path = tmp_path_factory.mktemp("evaluate")
    result = run("train_dpgan.py", "--noise_multiplier=1.3", "--model_dir=run", "--holdout=0.17", *FAST, cwd=path)
    assert result.returncode == 0, result.stderr
    return path


def test_a_run_is_evaluated_with_its_own_data(folder):
    result = run("evaluate.py", "--model_dir=run", "--json", *SMALL, cwd=folder)
    assert result.returncode == 0, result.stderr
    printed = json.loads(result.stdout.splitlines()[-1])
    assert printed == json.loads((folder / "run/evaluation.json").read_text())
    assert printed["dataset"]["name"] == "digits" and 250 < printed["dataset"]["num_reference"] < 360
    assert printed["images"]["num_images"] == 60
    rows = {row["measure"]: row for row in printed["measures"]}
    assert rows["real2gen"]["not_computed"] == "needs --allow_private_reference"
    assert 0 <= rows["gen2real_mlp"]["value"] <= 1
    page = (folder / "run/report.html").read_text()
    assert "Privacy card" in page and page.count("data:image/png;base64,") == 2


def test_files_are_evaluated_and_named(folder):
    digits = load_dataset("digits")
    np.savez(folder / "mine.npz", images=digits.pixels[:60], labels=digits.labels[:60])
    flags = ["--images=mine.npz", "--dataset=digits", "--holdout=0.17", "--extractors=pixels", *SMALL]
    measures = "--measures=frechet_distance,precision_recall"
    result = run("evaluate.py", *flags, measures, "--output_dir=out/deep", cwd=folder)
    assert result.returncode == 0, result.stderr
    assert "Frechet distance (pixels)" in result.stdout and "FID" not in result.stdout
    assert {path.name for path in (folder / "out/deep").iterdir()} == {"evaluation.json", "report.html"}


RARER_MISTAKES = [
    (["--model_dir=run", "--images=x.npz"], "exactly one"),
    (["--images=x.npz"], "--dataset"),
    (["--images=x.tflite", "--dataset=digits"], "x.tflite"),
    (["--model_dir=run", "--measures=beauty"], "beauty"),
    (["--model_dir=run", "--extractors=inception", "--inception_path=nowhere"], "--inception_path"),
    (["--model_dir=run", "--extractors=vgg16", "--vgg16_path=nowhere"], "--vgg16_path"),
    (["--model_dir=run", "--image_size=32"], "--image_size=28"),
    (["--model_dir=run", "--holdout=0"], "holdout"),
    (["--model_dir=run", "--public_data"], "--allow_private_reference"),
    (["--model_dir=run", "--num_images=many"], "many"),
]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], "--model_dir"),
        (["--model_dir=nowhere"], "no run"),
        (["--images=x.npz", "--dataset=digits"], "x.npz"),
        (["--model_dir=run", "--reference=train"], "--allow_private_reference"),
        *(pytest.param(flags, words, marks=pytest.mark.slow) for flags, words in RARER_MISTAKES),
    ],
)
def test_mistakes_get_one_line_and_leave_nothing(folder, flags, words):
    assert words in refused("evaluate.py", *flags, "--output_dir=new", cwd=folder)
    assert not (folder / "new").exists()


@pytest.mark.slow
def test_a_run_whose_data_have_no_test_split_says_what_to_do(tmp_path):
    assert run("train_dpgan.py", "--noise_multiplier=1.3", "--model_dir=run", *FAST, cwd=tmp_path).returncode == 0
    assert "--holdout" in refused("evaluate.py", "--model_dir=run", *SMALL, cwd=tmp_path)
