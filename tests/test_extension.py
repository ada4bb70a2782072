# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One file or folder and one line in a table, nothing else: six additions to a copy of the tree, used by its tools.

The files are those in tests/extension/, which stand there as they would in the package.
"""

import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
ADDED = Path(__file__).parent / "extension"
LINES = {  # module of the table: its name, and the line of the new row
    "methods/__init__.py": ("METHODS", '"pixel_means": "tfdpgan.methods.pixel_means",'),
    "models/__init__.py": ("ARCHITECTURES", '"two_layers": Architecture("tfdpgan.models.two_layers", prunable=False),'),
    "data/__init__.py": ("DATASETS", '"stripes": Row("tfdpgan.data.stripes:load_stripes"),'),
    "losses/__init__.py": ("LOSSES", '"least_squares": Row("tfdpgan.losses.least_squares:LeastSquares"),'),
    "evaluation/measures/__init__.py": (
        "MEASURES",
        '"mean_brightness": "tfdpgan.evaluation.measures.mean_brightness",',
    ),
    "generation/samplers/__init__.py": ("SAMPLERS", '"mirrored": "tfdpgan.generation.samplers.mirrored",'),
}
SMALL = (
    *("--dataset=stripes", "--architecture=two_layers", "--noise_multiplier=1.3", "--generator_width=8"),
    *("--discriminator_width=4", "--latent_dim=4", "--batch_size=40", "--json"),
)
METHOD = ("--method=pixel_means", "--pixel_mean_steps=40", "--steps_per_block=10", *SMALL)
GAN = (
    *("--method=dpgan", "--loss=least_squares", "--warm_start_steps=0", "--steps=4", "--discriminator_steps=2"),
    *("--generator_batch_size=8", "--num_generated=8", *SMALL),
)


def files_of(root):
    skipped = ("__pycache__", ".pytest_cache", ".hypothesis")
    paths = (path for folder in ("tfdpgan", "tools", "tests") for path in (root / folder).rglob("*") if path.is_file())
    return {path.relative_to(root): path for path in paths if not set(skipped) & set(path.parts)}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the tree with the additions in it."""
    copy = tmp_path_factory.mktemp("extension") / "tree"
    for path, source in files_of(ROOT).items():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, copy / path)
    shutil.copy(ROOT / "pyproject.toml", copy)
    shutil.copytree(ADDED / "tfdpgan", copy / "tfdpgan", dirs_exist_ok=True)
    for module, (table, line) in LINES.items():
        text = (copy / "tfdpgan" / module).read_text()
        end = text.index("\n}\n", text.index(f"\n{table} = {{\n"))
        (copy / "tfdpgan" / module).write_text(f"{text[:end]}\n    {line}{text[end:]}")
    return copy


def start(tree, *command, **kwargs):
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        [sys.executable, *map(str, command)],
        cwd=tree,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **kwargs,
    )


def run(tree, tool, *flags):
    """What the tool prints, once it has ended as it should."""
    process = start(tree, tree / "tools" / tool, *flags)
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    return output


@pytest.fixture(scope="module")
def method_run(tree):
    """A run of the new method, on the new data set and architecture."""
    run(tree, "train_dpgan.py", "--model_dir=method_run", *METHOD)
    return tree / "method_run"


@pytest.fixture(scope="module")
def gan_run(tree):
    """A run of the GAN with the new loss, on the new data set and architecture."""
    run(tree, "train_dpgan.py", "--model_dir=gan_run", *GAN)
    return tree / "gan_run"


def test_nothing_else_differs(tree):
    """New files, and one line more in each table."""
    before, after = files_of(ROOT), files_of(tree)
    new = {Path("tfdpgan") / path.relative_to(ADDED / "tfdpgan") for path in files_of(ADDED).values()}
    assert new and after.keys() - before.keys() == new
    assert not before.keys() - after.keys()
    changed = {}
    for path, source in before.items():
        if source.read_bytes() != after[path].read_bytes():
            lines = difflib.ndiff(source.read_text().splitlines(), after[path].read_text().splitlines())
            changed[path] = [line for line in lines if line[0] in "+-?"]
    assert changed == {Path("tfdpgan") / module: [f"+     {line}"] for module, (_, line) in LINES.items()}


def test_the_new_settings_are_in_the_help_and_the_plan_is_made_before_anything_is_written(tree):
    shown = run(tree, "train_dpgan.py", "--help", "--method=pixel_means")
    assert "--pixel_mean_steps=INTEGER (greater than 0, default 100)" in shown
    assert "The noised mean image of each class" in shown and "--warm_start_steps" not in shown
    for name in ("two_layers", "stripes"):
        assert name in shown
    output = run(tree, "train_dpgan.py", "--model_dir=planned", "--dry_run", *METHOD)
    assert "pixel_means: 1 access" in output and json.loads(output.splitlines()[-1])["epsilon"] > 0
    assert not (tree / "planned").exists()


def test_a_new_method_trains_and_its_card_says_that_nobody_has_reviewed_it(method_run):
    card = (method_run / "privacy_card.md").read_text()
    assert "NOT REVIEWED" in card and "as claimed by method pixel_means" in card
    assert "protects every single image" not in card
    assert not json.loads((method_run / "privacy_card.json").read_text())["is_private"]
    assert json.loads((method_run / "ledger.json").read_text())["stages"]["pixel_means"]["booked_steps"] == 1
    losses = [json.loads(line)["distance"] for line in (method_run / "metrics.jsonl").read_text().splitlines()]
    assert losses[-1] < losses[0]


def test_a_new_sampler_draws_from_it(tree, method_run):
    run(tree, "generate.py", f"--model_dir={method_run}", "--num_images=6", "--output=m.npz", "--sampler=mirrored")
    with np.load(tree / "m.npz") as file:
        assert file["images"].shape == (6, 16, 16, 1)
        (mark,) = [json.loads(str(file[name])) for name in file.files if str(file[name]).startswith("{")]
    assert mark["sampler"] == "mirrored" and mark["is_private"] is False


@pytest.mark.slow
def test_killed_in_the_middle_and_started_again_it_ends_with_its_one_access(tree):
    command = (tree / "tools/train_dpgan.py", "--model_dir=killed", *METHOD, "--pixel_mean_steps=1000")
    process, log = start(tree, *command), tree / "killed/metrics.jsonl"
    seen = 0
    while process.poll() is None and seen < 30:
        time.sleep(0.02)
        lines = log.read_text().splitlines() if log.exists() else []
        seen = max((json.loads(line)["step"] for line in lines if line.endswith("}")), default=0)
    process.kill()
    process.communicate()
    assert process.returncode == -9, "it had ended before it was killed"
    release = tree / "killed/private/checkpoints/pixel_means/release.npy"
    taken = release.read_bytes()
    assert not (tree / "killed/released/generator").exists()
    run(tree, *[command[0].name, *command[1:]])
    assert release.read_bytes() == taken
    ledger = json.loads((tree / "killed/ledger.json").read_text())
    assert ledger["stages"]["pixel_means"]["booked_steps"] == 1
    steps = [json.loads(line)["step"] for line in log.read_text().splitlines()]
    assert steps == sorted(set(steps)) and steps[-1] == 1000
    assert "as claimed by method pixel_means" in (tree / "killed/privacy_card.md").read_text()


@pytest.mark.slow
def test_a_new_loss_trains_the_gan_whose_card_is_a_guarantee(gan_run):
    card = (gan_run / "privacy_card.md").read_text()
    assert "protects every single image of stripes" in card and "NOT REVIEWED" not in card
    assert json.loads((gan_run / "config.json").read_text())["config"]["loss"] == "least_squares"


@pytest.mark.slow
def test_a_new_measure_is_computed_on_it(tree, gan_run):
    output = run(
        *(tree, "evaluate.py", f"--model_dir={gan_run}", "--measures=mean_brightness"),
        *("--num_images=20", "--output_dir=evaluated", "--json"),
    )
    assert "Mean brightness" in output
    (row,) = json.loads((tree / "evaluated/evaluation.json").read_text())["measures"]
    assert row["measure"] == "mean_brightness" and 0 < row["value"] < 1


@pytest.mark.slow
def test_a_new_architecture_becomes_a_file_for_phones_and_is_not_slimmed(tree, gan_run):
    run(tree, "export_tflite.py", f"--model_dir={gan_run}", "--quantization=float32", "--output_dir=exported")
    assert list((tree / "exported").glob("*.tflite"))
    process = start(tree, tree / "tools/slim_generator.py", f"--model_dir={gan_run}", "--output_dir=slim")
    errors = [line for line in process.communicate()[1].splitlines() if line.strip()]
    assert process.returncode == 2 and len(errors) == 1
    assert "--architecture=two_layers has a generator that cannot be slimmed" in errors[0]
    assert not (tree / "slim").exists()


@pytest.mark.slow
def test_the_contract_tests_hold_for_the_new_rows(tree):
    names = ("two_layers", "least_squares", "stripes", "mean_brightness", "mirrored")
    rooms = ("models", "losses", "data", "evaluation", "methods/test_released.py", "methods/dpgan", "config")
    process = start(
        *(tree, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-k", f"{' or '.join(names)} or test_help"),
        *(f"tests/{room}" for room in rooms),
    )
    output, _ = process.communicate()
    assert process.returncode == 0, output[-4000:]
    passed = [line for line in output.splitlines() if " PASSED" in line]
    for name in names:
        assert any(name in line for line in passed), name
    assert re.search(r"\d+ passed", output) and " SKIPPED" not in output and "failed" not in output.splitlines()[-1]
