# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The stage that reads private images: what it books, and how that is composed with the teacher's."""

import json

import dp_accounting
import pytest

from tests.slimming.small import slim_config, train_teacher
from tests.training.small import small_dataset
from tfdpgan import api
from tfdpgan.config import ConfigError
from tfdpgan.privacy import accounting
from tfdpgan.privacy.ledger import Ledger

QUICK = dict(pruning_steps=1, recovery_steps=1, distillation_images=10, gan_weight=0.0, target_compute_ratio=None)
TUNING = dict(QUICK, fine_tuning_steps=4, noise_multiplier=1.5, batch_size=30, dataset="digits")


@pytest.fixture
def private_digits(digit_images, monkeypatch):
    dataset = small_dataset(digit_images)
    monkeypatch.setattr(api, "load_data", lambda config: dataset)
    return dataset


@pytest.mark.parametrize("public_teacher", [False, True])
def test_its_cost_is_composed_with_the_teachers(tmp_path, digit_images, private_digits, public_teacher):
    how = dict(public=True, public_data=True, noise_multiplier=None) if public_teacher else {}
    train_teacher(tmp_path / "teacher", digit_images, **how)
    before = api.load_generator(str(tmp_path / "teacher"))
    content, _, _ = api.slim(slim_config(tmp_path / "teacher", tmp_path / "slim", **TUNING), show_progress=False)
    parent, own = Ledger.open(tmp_path / "teacher/ledger.json"), Ledger.open(tmp_path / "slim/ledger.json")
    tuning = accounting.dp_sgd_event(1.5, 30 / private_digits.num_examples, 4)
    expected = accounting.epsilon(dp_accounting.ComposedDpEvent([parent.event(), tuning]), 1e-5, "pld")
    assert content["epsilon"] == own.epsilon(1e-5) == pytest.approx(expected)
    assert own.booked("fine_tuning") == own.done("fine_tuning") == 4
    assert content["epsilon"] > parent.epsilon(1e-5)
    card = json.loads((tmp_path / "slim/privacy_card.json").read_text())
    assert card["is_private"] and card["facts"]["dataset_is_public"] is False
    assert [stage["name"] for stage in card["stages"]] == ["fine_tuning"]
    assert before.shape == api.load_generator(str(tmp_path / "slim")).shape


def test_it_needs_noise_and_data_like_the_teachers(tmp_path, digit_images, private_digits):
    train_teacher(tmp_path / "teacher", digit_images)
    without_noise = slim_config(tmp_path / "teacher", tmp_path / "slim", **{**TUNING, "noise_multiplier": None})
    with pytest.raises(ConfigError, match="needs --noise_multiplier"):
        api.slim(without_noise, show_progress=False)
    with pytest.raises(ConfigError, match="--dataset and --data_dir are for --fine_tuning_steps"):
        slim_config(tmp_path / "teacher", tmp_path / "slim", dataset="digits")
    api.load_data = lambda config: private_digits.without_labels()  # the fixture's monkeypatch puts it back
    with pytest.raises(ConfigError, match="Fine-tune on data like the teacher's"):
        api.slim(slim_config(tmp_path / "teacher", tmp_path / "slim", **TUNING), show_progress=False)
    assert not (tmp_path / "slim").exists()
