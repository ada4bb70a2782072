# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The page and the table: self-contained, honest about what is private, published figures beside ours."""

import base64
import json
import re

import numpy as np
import pytest

from tfdpgan.config import ConfigError
from tfdpgan.evaluation import report
from tfdpgan.evaluation.evaluated_images import EvaluatedImages
from tfdpgan.evaluation.published import PUBLISHED, published_figures
from tfdpgan.evaluation.result import Result
from tfdpgan.generation.grid import image_grid
from tfdpgan.run import RunDirectory


@pytest.fixture(scope="module")
def evaluated(digit_images):
    images, labels = digit_images
    return EvaluatedImages(images[..., np.newaxis], labels, "run <b>", {"epsilon": 9.99, "delta": 1e-5})


@pytest.fixture(scope="module")
def content():
    figures = [
        Result(
            "gen2real_cnn",
            "gen2real accuracy (cnn)",
            0.9412,
            "paper",
            0.002,
            (0.94, 0.9424),
            1.0,
            None,
            "test",
            100,
            50,
        ),
        Result("frechet_distance", "FID", 12.3456, "paper", extractor="inception", reference="test", num_generated=9),
        Result(
            "frechet_distance",
            "Frechet distance (pixels)",
            7.5,
            "paper",
            extractor="pixels",
            reference="train",
            num_generated=9,
            reads_private_training_images=True,
        ),
        Result("real2gen", "real2gen accuracy", None, "paper", not_computed="needs --allow_private_reference"),
    ]
    return {
        "images": {
            "source": "run <b>",
            "num_images": 120,
            "labels": True,
            "provenance": {"epsilon": 9.99, "delta": 1e-5},
        },
        "dataset": {
            "name": "mnist",
            "is_public": False,
            "image_shape": [28, 28, 1],
            "class_names": list("0123456789"),
            "reference": "test",
            "num_reference": 50,
        },
        "measures": [vars(figure) for figure in figures],
        "training_images": {"compared": True, "left_out_of_test_images": 0},
        "seconds": 1.0,
        "settings": {},
        "versions": {"python": "3"},
        "command": "evaluate.py",
    }


@pytest.fixture
def run_dir(tmp_path):
    run = RunDirectory(tmp_path / "run")
    run.path.mkdir()
    run.card.write_text("# Privacy card: <i>x</i>\n\n- flag\n\n| Constant | Value |\n|---|---|\n| a | 1 |")
    for step in (10, 20):
        run.append_metrics({"phase": "dp_sgd", "step": step, "epsilon": 1.0, "generator_loss": 0.5})
    with open(run.metrics, "a") as file:
        file.write('{"phase": "dp_s')  # a crash
    return run


def test_the_table_says_value_basis_and_what_is_private(content):
    lines = report.render_table(content).splitlines()
    assert re.match(r"gen2real accuracy \(cnn\) +94.12 \+- 0.20 %  100 images against 50 of test; ideal 1", lines[0])
    assert "needs --allow_private_reference" in lines[3]
    assert "Frechet distance (pixels) *" in lines[2] and "OUTSIDE THE GUARANTEE" in lines[-1]


def test_the_page_needs_nothing_beside_it(tmp_path, content, evaluated, run_dir):
    picture = np.zeros((10, 12, 1), np.uint8)
    paths = report.write(content, evaluated, {"nearest_neighbours": picture}, run_dir, tmp_path, image_grid)
    assert json.loads((tmp_path / "evaluation.json").read_text())["measures"][1]["name"] == "FID"
    page = (tmp_path / "report.html").read_text()
    assert paths == [str(tmp_path / "evaluation.json"), str(tmp_path / "report.html")]
    sources = re.findall(r'src="([^"]+)"', page)
    assert len(sources) == 3  # samples, curves, neighbours
    for source in sources:
        assert base64.b64decode(source.removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
    assert not re.findall(r'(?:src|href)="(?!data:)', page) and "<script" not in page
    assert "run <b>" not in page and "<i>x</i>" not in page  # escaped
    assert "<h1>Privacy card" in page and "<td>a</td>" in page and "<li>flag</li>" in page
    assert page.count("OUTSIDE THE GUARANTEE") == 2


def test_published_figures_stand_beside_the_same_measure_on_the_same_network(content, evaluated):
    page = report.render_page(content, evaluated, {}, None, image_grid)
    rows = re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    of = {name: next(row for row in rows if name in row) for name in ("gen2real", "FID", "Frechet distance (pixels)")}
    assert "GS-WGAN 80.0 % (epsilon 10)" in of["gen2real"]
    assert "GS-WGAN 61.34 (epsilon 10)" in of["FID"]
    assert "GS-WGAN" not in of["Frechet distance (pixels)"]


def test_images_without_labels_and_without_a_run(content, evaluated):
    unlabelled = {**content, "images": {**content["images"], "labels": False, "provenance": {}}}
    page = report.render_page(unlabelled, EvaluatedImages(evaluated.images, None, "x", {}), {}, None, image_grid)
    assert "Privacy card" not in page and "epsilon =" not in page


def test_published_rows_have_sources_and_sane_values():
    for row in PUBLISHED:
        assert row.source and row.method and row.epsilon in (None, 1, 10)
        assert 0 < row.value <= (1 if row.measure.startswith(("gen2", "real2", "prec", "rec")) else 400)
    assert [row.value for row in published_figures("mnist", "gen2real_cnn") if row.method == "DP-MERF"] == [0.82]
    assert published_figures("digits", "fid") == []


def test_a_folder_that_cannot_be_written_is_refused_first(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="--output_dir"):
        report.prepare_folder(str(tmp_path / "file/inside"))
