# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A whole runs, small: what it leaves, that it goes on, and that its figures and correlations are right."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.training.small import SETTINGS
from tfdpgan import api
from tfdpgan.config import ConfigError
from tfdpgan.privacy.accounting.epsilon_text import epsilon_text
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.run import RunDirectory
from tfdpgan.sweep import figures, runs
from tfdpgan.sweep.config import SweepConfig
from tfdpgan.sweep.curves import CURVES
from tfdpgan.sweep.generator_evaluator import GeneratorEvaluator

MEASURED = {curve.name for curve in CURVES} - {"vgg16_frechet_distance", "inception_score"}  # for public images alone
SMALL = {name: value for name, value in SETTINGS.items() if name != "noise_multiplier"} | {
    "dataset": "digits",
    "holdout": 0.07,
    "classifier": "logistic",
    "num_images": 100,
    "seeds": 1,
    "checkpoints": 2,
    "accountant": "rdp",
}


def quiet_train(plan, dataset):
    return api.train(plan, dataset, show_progress=False)


def run(config, announce=lambda line: None):
    return runs.run(config, api.load_data(config), quiet_train, announce)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    config = SweepConfig(target_epsilons="20,5", sweep_dir=str(tmp_path_factory.mktemp("sweep")), **SMALL)
    return config, run(config)


def test_each_run_has_its_directory_its_epsilon_and_its_checkpoints(finished):
    config, report = finished
    assert [level["name"] for level in report["levels"]] == ["epsilon_5.0", "epsilon_20.0"]
    for level, budget in zip(report["levels"], (5, 20), strict=True):
        assert level["runs"] == [f"epsilon_{budget}.0/seed_0"]
        folder = RunDirectory(f"{config.sweep_dir}/{level['runs'][0]}")
        ledger = Ledger.open(folder.ledger, "rdp")
        assert level["epsilon"] == pytest.approx(ledger.epsilon(1e-5))
        assert 0.98 * budget < level["epsilon"] <= budget
        assert "sweep" in folder.card.read_text()
        assert [point["step"] for point in level["checkpoints"]] == [0, 6, 12]
        num_examples = folder.read_config()["data"]["num_examples"]
        assert level["checkpoints"][1]["epochs"] == pytest.approx(6 * 30 / num_examples)
        assert level["checkpoints"][-1]["measures"] == level["measures"]
        assert set(level["measures"]) == MEASURED
        assert 0 <= level["measures"]["gen2real_accuracy"]["mean"] <= 1
    assert report["epsilon_of_all_runs"] > 20
    correlations = [value for value in report["rank_correlation"].values() if value is not None]
    assert correlations and all(abs(value) == pytest.approx(1) for value in correlations)  # of two levels
    json.dumps(report, allow_nan=False)


def test_again_it_trains_and_judges_nothing(finished):
    config, report = finished
    judged = RunDirectory(f"{config.sweep_dir}/epsilon_5.0/seed_0").path / "sweep_quality.json"
    before = judged.stat().st_mtime_ns
    assert run(config) == report
    assert judged.stat().st_mtime_ns == before


def test_every_epsilon_is_that_of_the_ledgers_not_of_the_plans(finished, tmp_path):
    """A process that dies between the booking of its release and the file takes it again: the ledger has two."""
    config, report = finished
    again = dataclasses.replace(config, sweep_dir=str(shutil.copytree(config.sweep_dir, tmp_path / "sweep")))
    folder = RunDirectory(f"{again.sweep_dir}/epsilon_5.0/seed_0")
    ledger = Ledger.open(folder.ledger, "rdp")
    ledger.resume("mean_embedding", 0)
    ledger.book("mean_embedding", 1)
    lines = []
    more = run(again, lines.append)
    level = more["levels"][0]
    assert level["epsilon"] == Ledger.open(folder.ledger, "rdp").epsilon(1e-5) > report["levels"][0]["epsilon"]
    assert more["epsilon_of_all_runs"] > report["epsilon_of_all_runs"]
    assert any(f"cost epsilon {epsilon_text(more['epsilon_of_all_runs'])}, as their" in line for line in lines)


@pytest.mark.slow
def test_a_seed_and_a_level_more_leave_the_others_as_they_are(finished):
    config, report = finished
    more = run(dataclasses.replace(config, target_epsilons="5,20,40", seeds=2))
    assert [len(level["runs"]) for level in more["levels"]] == [2, 2, 2]
    for level, old in zip(more["levels"], report["levels"], strict=False):
        for name, spread in level["measures"].items():
            assert spread["values"][0] == old["measures"][name]["values"][0]


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on(tmp_path):
    config = SweepConfig(noise_multipliers="2", sweep_dir=str(tmp_path), **SMALL)
    calls = []

    def stop_after_training(plan, dataset):
        quiet_train(plan, dataset)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runs.run(config, api.load_data(config), stop_after_training, calls.append)
    report = run(config)
    assert report["levels"][0]["name"] == "noise_2.0" and report["levels"][0]["noise_multiplier"] == 2
    assert set(report["rank_correlation"].values()) == {None}


def made_up_report(num_levels=4):
    """Mean embedding's steps read no data, so its epochs are None."""
    spread = {"mean": 0.5, "standard_deviation": 0.1, "values": [0.4, 0.6]}
    levels = []
    for index in range(num_levels):
        measures = {curve.name: {**spread, "mean": 0.5 + 0.1 * index} for curve in CURVES}
        levels.append(
            {
                "name": f"epsilon_{2.0**index}",
                "epsilon": 2.0**index,
                "noise_multiplier": 3.0 - 0.5 * index,
                "runs": ["a", "b"],
                "measures": measures,
                "checkpoints": [{"step": step, "epochs": None, "measures": measures} for step in (5, 10)],
            }
        )
    correlation = runs._rank_correlations(levels)
    return {
        "varied": "target_epsilon",
        "delta": 1e-5,
        "dataset": "mnist",
        "classifier": "cnn",
        "extractor": "classifier[mnist]",
        "levels": levels,
        "rank_correlation": correlation,
        "reads_private_training_images": False,
    }


def test_rank_correlations():
    report = made_up_report()
    assert list(report["rank_correlation"].values()) == pytest.approx([1.0] * len(CURVES))
    levels = report["levels"][::-1]
    for level, epsilon in zip(levels, (1.0, 2.0, 4.0, 8.0), strict=True):
        level["epsilon"] = epsilon
    assert list(runs._rank_correlations(levels).values()) == pytest.approx([-1.0] * len(CURVES))
    assert set(made_up_report(1)["rank_correlation"].values()) == {None}


def test_the_table_names_every_level_and_measure():
    table = runs.render_table(made_up_report())
    assert "60.00 +- 10.00 %" in table and "Frechet distance (classifier[mnist])" in table
    assert "gen2real accuracy (cnn) with epsilon: +1.00 (higher is better)" in table
    assert len(table.splitlines()) == 1 + 4 + len(CURVES)


@pytest.mark.parametrize(("num_levels", "channels"), [(4, 1), (1, 3)])
def test_every_figure_is_drawn(tmp_path, num_levels, channels):
    report = made_up_report(num_levels)
    samples = {level["name"]: np.zeros((20, 28, 28, channels), np.uint8) for level in report["levels"]}
    paths = figures.write(report, samples, str(tmp_path))
    assert len(paths) == 2 + len(CURVES)
    for path in paths:
        with Image.open(path) as image:
            assert image.width > 400 and len(set(image.convert("L").getdata())) > 5


def test_private_training_images_take_no_part_unless_allowed(finished):
    """Other training images give the very same figures."""
    config, report = finished
    dataset = api.load_data(config)
    others = dataclasses.replace(dataset, pixels=255 - dataset.pixels)
    generator = api.load_generator(f"{config.sweep_dir}/{report['levels'][0]['runs'][0]}")
    own, judged = GeneratorEvaluator(config, dataset), GeneratorEvaluator(config, others)
    assert own(generator, 0) == judged(generator, 0) and own.facts == judged.facts
    assert not own.facts["reads_private_training_images"]
    allowed = GeneratorEvaluator(dataclasses.replace(config, allow_private_reference=True), dataset)
    assert allowed.facts["reads_private_training_images"]
    assert allowed.facts["real_fake_network"] == "learns from train, tested on test"


def test_figures_from_private_images_are_marked():
    assert "OUTSIDE THE GUARANTEE" in runs.render_table({**made_up_report(), "reads_private_training_images": True})


def test_data_without_test_images_are_refused_before_anything_is_written(tmp_path):
    config = SweepConfig(target_epsilons="5", sweep_dir=str(tmp_path / "sweep"), **{**SMALL, "holdout": 0})
    with pytest.raises(ConfigError, match="--holdout"):
        run(config)
    assert not list(tmp_path.iterdir())


def test_without_classes_there_is_no_gen2real_and_no_real2gen(tmp_path):
    settings = {**SMALL, "conditional": False, "checkpoints": 1, "warm_start_steps": 0}
    report = run(SweepConfig(noise_multipliers="2", sweep_dir=str(tmp_path), **settings))
    assert set(report["levels"][0]["measures"]) == {name for name in MEASURED if "2" not in name}
    assert report["extractor"] == "pixels"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "neither"),
        ({"target_epsilons": "1", "noise_multipliers": "1"}, "both"),
        ({"target_epsilons": "1,many"}, "1,many"),
        ({"target_epsilons": "1,1"}, "each once"),
        ({"target_epsilons": "1,0"}, "greater than 0"),
        ({"noise_multipliers": ","}, "one number"),
        ({"target_epsilons": "1", "seeds": 0}, "--seeds"),
        ({"target_epsilons": "1", "num_images": 5}, "--num_images"),
        ({"target_epsilons": "1", "target_epsilon": 2.0}, "--target_epsilons="),
        ({"target_epsilons": "1", "model_dir": "x"}, "--sweep_dir"),
        ({"target_epsilons": "1", "non_private": True}, "--non_private"),
        ({"target_epsilons": "1", "steps": 1, "epochs": 1.0}, "--epochs"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, words):
    with pytest.raises(ConfigError, match=words):
        SweepConfig(**settings)


@pytest.mark.parametrize(
    ("epsilon", "shown"),
    [(0.49992, "0.5"), (0.99949, "1"), (1.2341, "1.24"), (9.994, "10"), (49.98, "50"), (123.4, "124")],
)
def test_a_figure_never_shows_less_than_epsilon(epsilon, shown):
    assert figures._rounded_up(epsilon) == shown
