# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Whole slimmings, small: what they write, what they cost, how they go on, what they refuse."""

import dataclasses
import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from tests.slimming.small import slim, slim_config, train_teacher
from tests.training.small import small_dataset
from tests.training.stop_at import run_until
from tfdpgan import api, models
from tfdpgan.config import ConfigError
from tfdpgan.privacy.accounting.ledger import Ledger, LedgerError
from tfdpgan.run import RunDirectory, RunError
from tfdpgan.slimming.distillation_set import DistillationSetPhase
from tfdpgan.slimming.slimming import make_session
from tfdpgan.slimming.teacher import Teacher


@pytest.fixture(scope="module")
def teacher_dir(tmp_path_factory, digit_images):
    folder = tmp_path_factory.mktemp("teacher") / "run"
    train_teacher(folder, digit_images)
    return folder


def weights_of(model_dir):
    return api.load_generator(str(model_dir)).model.get_weights()


def test_a_slim_run_is_a_run(teacher_dir, tmp_path):
    config = slim_config(teacher_dir, tmp_path / "slim", samples_every=8)
    report = api.slim(config, show_progress=False)
    content, table, paths = report.content, report.table, report.paths
    run, parent = RunDirectory(tmp_path / "slim"), RunDirectory(teacher_dir)
    assert 1.5 <= content["compute_ratio"] < 2.5 and content["size_ratio"] > 4
    assert sum(content["channels_after"]) < sum(content["channels_before"])
    assert content["epsilon"] == Ledger.open(parent.ledger).epsilon(1e-5) == Ledger.open(run.ledger).epsilon(1e-5)
    assert run.read_config()["parent"]["model_dir"] == str(teacher_dir)
    small = api.load_generator(str(run.path))
    assert small.model.quantization == {"bits": 8, "method": "tfmot"}
    assert small.provenance["epsilon"] == content["epsilon"]
    card = json.loads(run.card_json.read_text())
    assert card["is_private"] and card["ancestors"] == ["run"]
    assert "everything that its parent run run did" in card["covered"]
    assert api.generate(str(run.path), 5, str(tmp_path / "images.npz")) == 5
    page = Path(paths[1]).read_text()
    assert page.count("data:image/png") == 3 and card["statement"] in page.replace("&#39;", "'")
    assert "channels" in table
    assert not (run.path / "distillation").exists()
    assert sorted(path.name for path in run.samples.iterdir()) == [
        "channel_pruning_step_000008.png",
        "channel_pruning_step_000012.png",
        "recovery_step_000006.png",
    ]
    phases = [json.loads(line)["phase"] for line in run.metrics.read_text().splitlines()]
    assert phases == ["channel_pruning"]
    again = api.slim(slim_config(teacher_dir, tmp_path / "slim"), show_progress=False).content
    anew = {"before": 0, "after": 0, "files": 0}  # layers are numbered anew, and time is measured again
    assert again | anew == content | anew


@pytest.mark.slow
def test_stopped_in_any_stage_and_resumed_equals_uninterrupted(teacher_dir, tmp_path, monkeypatch):
    slim(slim_config(teacher_dir, tmp_path / "whole"))
    config = slim_config(teacher_dir, tmp_path / "parts")
    for stop in [("distillation_set", 1), ("channel_pruning", 5), ("recovery", 2)]:
        session = run_until(make_session(config, Teacher.load(str(teacher_dir))), *stop, monkeypatch)
        assert not session.run_dir.is_finished and session.run_dir.card.exists()
    slim(config)
    for one, other in zip(weights_of(tmp_path / "whole"), weights_of(tmp_path / "parts"), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"bits": 4}, "--bits must be one of 32, 16, 8. Received: 4"),
        ({"bits": 8, "recovery_steps": 0}, "--recovery_steps"),
        ({"target_compute_ratio": 0.5}, "--target_compute_ratio must be 1 or more"),
        ({"pixel_weight": 0.0, "gan_weight": 0.0}, "Nothing is learned"),
        ({"distillation_batch_size": 0}, "--distillation_batch_size must be greater than 0"),
        ({"quantizer": "magic"}, "--quantizer must be one of"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(settings, words):
    with pytest.raises(ConfigError, match=words):
        slim_config("teacher", "slim", **settings)


def test_the_teachers_own_folder_and_unusable_teachers_are_refused(teacher_dir, tmp_path):
    with pytest.raises(ConfigError, match="is the teacher's own run"):
        slim_config(teacher_dir, f"{teacher_dir}/")
    with pytest.raises(RunError, match="There is no run"):
        Teacher.load(str(tmp_path / "nothing"))
    with pytest.raises(ConfigError, match="--vgg16_path=.*is no file"):
        api.slim(slim_config(teacher_dir, tmp_path / "slim", perceptual_weight=1.0, vgg16_path="no.h5"))
    assert not (tmp_path / "slim").exists()


def test_a_teacher_whose_row_says_that_it_cannot_be_slimmed_is_refused(tmp_path, digit_images, monkeypatch):
    """It needs neither `channels` nor `channel_axes`. One that claims to have them must have them."""
    modest = models.Architecture("tests.extension.tfdpgan.models.two_layers", prunable=False)
    monkeypatch.setitem(models.ARCHITECTURES, "modest", modest)
    train_teacher(tmp_path / "teacher", digit_images, architecture="modest")
    config = slim_config(tmp_path / "teacher", tmp_path / "slim")
    with pytest.raises(ConfigError, match="--architecture=modest has a generator that cannot be slimmed") as refusal:
        api.slim(config)
    assert "\n" not in str(refusal.value)
    monkeypatch.setitem(models.ARCHITECTURES, "modest", dataclasses.replace(modest, prunable=True))
    with pytest.raises(
        RunError, match="--architecture=modest says that it can be slimmed and declares no channel axes"
    ):
        api.slim(config)
    assert not (tmp_path / "slim").exists()


def test_a_fine_tuning_that_the_teachers_row_does_not_allow_is_refused_at_once(
    teacher_dir, tmp_path, digit_images, monkeypatch
):
    modest = dataclasses.replace(models.ARCHITECTURES["fully_connected"], private_discriminator=False)
    monkeypatch.setitem(models.ARCHITECTURES, "fully_connected", modest)
    monkeypatch.setattr(api.training, "load_data", lambda config: small_dataset(digit_images))
    config = slim_config(teacher_dir, tmp_path / "slim", fine_tuning_steps=3, noise_multiplier=1.3)
    with pytest.raises(ConfigError, match="--architecture=fully_connected has a discriminator that cannot be trained"):
        api.slim(config)
    assert not (tmp_path / "slim").exists()


def test_a_teacher_whose_card_is_of_another_version_or_whose_ledger_is_lost_is_refused(tmp_path, digit_images):
    train_teacher(tmp_path / "teacher", digit_images)
    card_path = tmp_path / "teacher/privacy_card.json"
    content = json.loads(card_path.read_text())
    card_path.write_text(json.dumps({**content, "facts": {**content["facts"], "expected_batch_size": 3}}))
    with pytest.raises(RunError, match="written by another version of tfdpgan"):
        Teacher.load(str(tmp_path / "teacher"))
    card_path.write_text(json.dumps(content))
    assert Teacher.load(str(tmp_path / "teacher")).card_facts == content["facts"]
    (tmp_path / "teacher/ledger.json").unlink()
    with pytest.raises(LedgerError, match="ledger.json is missing"):
        api.slim(slim_config(tmp_path / "teacher", tmp_path / "slim"))


def test_another_teacher_or_setting_does_not_go_on_with_a_run(teacher_dir, tmp_path, digit_images, monkeypatch):
    monkeypatch.setattr(DistillationSetPhase, "step", lambda self, step: os.kill(os.getpid(), signal.SIGINT) or {})
    with pytest.raises(KeyboardInterrupt):
        api.slim(slim_config(teacher_dir, tmp_path / "slim"), show_progress=False)
    with pytest.raises(RunError, match="--pruning_steps=12; received 13"):
        api.slim(slim_config(teacher_dir, tmp_path / "slim", pruning_steps=13))
    train_teacher(tmp_path / "other", digit_images, seed=7)
    with pytest.raises(RunError, match="begun with another teacher"):
        api.slim(slim_config(tmp_path / "other", tmp_path / "slim"))
