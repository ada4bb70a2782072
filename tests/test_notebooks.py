# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The notebooks run from the first cell to the last, with small settings; they are stored without outputs."""

import json
import os
from pathlib import Path

import pytest

from tests.training.small import SETTINGS

FOLDER = Path(__file__).parents[1] / "notebooks"
NAMES = sorted(path.name for path in FOLDER.glob("*.ipynb"))
QUICK = {name: SETTINGS[name] for name in ("num_frequencies", "warm_start_batch_size", "latent_dim")} | dict(
    target_epsilon=10, method="mean_embedding", architecture="fully_connected", warm_start_steps=4, accountant="rdp"
)
SWEPT = {name: value for name, value in QUICK.items() if name != "target_epsilon"} | dict(
    dataset="digits", holdout=0.2, classifier="logistic", checkpoints=1
)
SMALL = {
    "1": f"settings = {QUICK}",
    "2": f"folder = 'photos'\nsettings = {QUICK | {'image_size': 28}}\nnum_images, num_evaluated = 300, 100",
    "3": f"budgets, seeds, num_images = '2,10', 1, 100\nsettings = {SWEPT}",
    "4": f"settings = {QUICK | {'architecture': 'dcgan', 'generator_width': 4}}\n"
    "slimming = dict(target_compute_ratio=1.5, pruning_steps=4, recovery_steps=4, distillation_images=100, "
    "distillation_batch_size=8, evaluation_images=0)",
    "5": "num_steps, noise_multiplier, expected_batch_size = 5, 1.5, 150",
}


def cells_of(name):
    return json.loads((FOLDER / name).read_text("utf-8"))["cells"]


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_stored_without_outputs_and_has_one_cell_of_settings(name):
    code = [cell for cell in cells_of(name) if cell["cell_type"] == "code"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
    assert sum("parameters" in cell["metadata"].get("tags", ()) for cell in code) == 1
    longest = max(len("".join(cell["source"]).strip().splitlines()) for cell in code)
    assert longest <= 10


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs(name, tmp_path, monkeypatch):
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(FOLDER / name, as_version=4)
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", ()):
            cell.source = SMALL[name[0]]
    root = os.fspath(FOLDER.parent)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]))
    client = nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": os.fspath(tmp_path)}})
    client.execute()
    if kept := os.environ.get("TFDPGAN_KEEP_NOTEBOOKS"):
        nbformat.write(notebook, Path(kept) / name)
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in shown if output.output_type == "error"]
    if name.startswith("1_"):
        kinds = {kind for output in shown for kind in output.get("data", {})}
        assert {"text/html", "image/png"} <= kinds
        pages = "".join(output["data"].get("text/html", "") for output in shown if "data" in output)
        assert "Plan: epsilon" in pages and "Privacy card" in pages
        assert "in a notebook" in (tmp_path / "digits_run/privacy_card.md").read_text()
