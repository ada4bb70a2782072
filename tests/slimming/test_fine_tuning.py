# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The stage that reads private images: what it books, and how that is composed with the teacher's."""

import dataclasses
import json

import dp_accounting
import numpy as np
import pytest
import tensorflow as tf

from tests.slimming.small import slim, slim_config, train_teacher
from tests.training.small import small_config, small_dataset
from tests.training.stop_at import run_until
from tfdpgan import api
from tfdpgan.config import ConfigError
from tfdpgan.data.pixels import psnr
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.privacy import accounting
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.slimming import fine_tuning
from tfdpgan.slimming.slimming import make_session
from tfdpgan.slimming.teacher import Teacher

QUICK = dict(pruning_steps=1, recovery_steps=1, distillation_images=10, gan_weight=0.0, target_compute_ratio=None)
TUNING = dict(QUICK, fine_tuning_steps=4, noise_multiplier=1.5, batch_size=30, dataset="digits")


@pytest.fixture
def private_digits(digit_images, monkeypatch):
    dataset = small_dataset(digit_images)
    monkeypatch.setattr(api.training, "load_data", lambda config: dataset)
    return dataset


@pytest.mark.parametrize("public_teacher", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_its_cost_is_composed_with_the_teachers(tmp_path, digit_images, private_digits, public_teacher):
    how = dict(public=True, public_data=True, noise_multiplier=None) if public_teacher else {}
    train_teacher(tmp_path / "teacher", digit_images, **how)
    before = api.load_generator(str(tmp_path / "teacher"))
    epsilon = slim(slim_config(tmp_path / "teacher", tmp_path / "slim", **TUNING)).epsilon(1e-5)
    parent, own = Ledger.open(tmp_path / "teacher/ledger.json"), Ledger.open(tmp_path / "slim/ledger.json")
    tuning = accounting.dp_sgd_event(1.5, 30 / private_digits.num_examples, 4)
    expected = accounting.epsilon(dp_accounting.ComposedDpEvent([parent.event(), tuning]), 1e-5, "pld")
    assert epsilon == own.epsilon(1e-5) == pytest.approx(expected)
    assert own.booked("fine_tuning") == own.done("fine_tuning") == 4
    assert epsilon > parent.epsilon(1e-5)
    card = json.loads((tmp_path / "slim/privacy_card.json").read_text())
    assert card["is_private"] and card["facts"]["dataset_is_public"] is False
    assert [stage["name"] for stage in card["stages"]] == ["fine_tuning"]
    assert before.shape == api.load_generator(str(tmp_path / "slim")).shape


def test_it_needs_noise_and_data_like_the_teachers(tmp_path, digit_images, private_digits):
    train_teacher(tmp_path / "teacher", digit_images)
    without_noise = slim_config(tmp_path / "teacher", tmp_path / "slim", **{**TUNING, "noise_multiplier": None})
    with pytest.raises(ConfigError, match="Give --noise_multiplier .* or --target_epsilon"):
        api.slim(without_noise, show_progress=False)
    with pytest.raises(ConfigError, match="not both"):
        api.slim(slim_config(tmp_path / "teacher", tmp_path / "slim", **TUNING, target_epsilon=9.0))
    with pytest.raises(ConfigError, match="without --fine_tuning_steps there is no noise"):
        api.slim(slim_config(tmp_path / "teacher", tmp_path / "slim", **QUICK, target_epsilon=9.0))
    with pytest.raises(ConfigError, match="--dataset and --data_dir are for --fine_tuning_steps"):
        slim_config(tmp_path / "teacher", tmp_path / "slim", dataset="digits")
    api.training.load_data = lambda config: private_digits.without_labels()  # the fixture's monkeypatch puts it back
    with pytest.raises(ConfigError, match="Fine-tune on data like the teacher's"):
        api.slim(slim_config(tmp_path / "teacher", tmp_path / "slim", **TUNING), show_progress=False)
    assert not (tmp_path / "slim").exists()


@pytest.mark.slow
def test_a_budget_is_that_of_teacher_and_fine_tuning_together(tmp_path, digit_images, private_digits, monkeypatch):
    train_teacher(tmp_path / "teacher", digit_images)
    spent = Ledger.open(tmp_path / "teacher/ledger.json").epsilon(1e-5)
    budget = dict(TUNING, noise_multiplier=None, target_epsilon=round(spent + 2, 3))
    config = slim_config(tmp_path / "teacher", tmp_path / "slim", **budget)
    stopped_at(monkeypatch, config, private_digits, 2)
    epsilon = slim(config).epsilon(1e-5)  # the same noise is found again, or it would be refused
    assert budget["target_epsilon"] * 0.999 <= epsilon <= budget["target_epsilon"]
    card = json.loads((tmp_path / "slim/privacy_card.json").read_text())
    (stage,) = card["stages"]
    assert card["facts"]["target_epsilon"] == budget["target_epsilon"]
    mechanism = card["facts"]["mechanisms"]["fine_tuning"]
    assert list(card["facts"]["mechanisms"]) == ["fine_tuning"] and mechanism["planned_steps"] > 0
    assert mechanism["noise_multiplier"] == stage["parameters"]["noise_multiplier"]
    tuning = accounting.dp_sgd_event(stage["parameters"]["noise_multiplier"], 30 / private_digits.num_examples, 4)
    composed = dp_accounting.ComposedDpEvent([Ledger.open(tmp_path / "teacher/ledger.json").event(), tuning])
    assert epsilon == pytest.approx(accounting.epsilon(composed, 1e-5, "pld"))
    with pytest.raises(ValueError, match="--target_epsilon"):
        api.slim(dataclasses.replace(config, target_epsilon=budget["target_epsilon"] + 1), show_progress=False)


def test_budgets_that_cannot_be_met_are_refused_at_once(tmp_path, digit_images, private_digits):
    train_teacher(tmp_path / "teacher", digit_images)
    train_teacher(tmp_path / "open", digit_images, non_private=True, noise_multiplier=None)
    train_teacher(tmp_path / "public", digit_images, public=True, public_data=True, noise_multiplier=None)
    for teacher, words in (
        ("teacher", "the teacher has epsilon = .* already"),
        ("open", "epsilon is infinite whatever follows"),
        ("public", "--fine_tuning_steps on public images needs no noise"),
    ):
        budget = {**TUNING, "noise_multiplier": None, "target_epsilon": 0.5}
        if teacher == "public":
            budget["dataset"] = None  # the teacher's own, which is public
        with pytest.raises(ConfigError, match=words) as refusal:
            api.slim(slim_config(tmp_path / teacher, tmp_path / "slim", **budget), show_progress=False)
        assert "\n" not in str(refusal.value)
    assert not (tmp_path / "slim").exists()


def stopped_at(monkeypatch, config, dataset, step):
    """Runs a slimming until Ctrl-C after this step of the fine-tuning; returns the session."""
    session = make_session(config, Teacher.load(config.model_dir), dataset)
    run_until(session, "fine_tuning", step, monkeypatch)
    assert not session.run_dir.is_finished
    return session


@pytest.mark.slow
def test_stopped_and_resumed_equals_uninterrupted(tmp_path, digit_images, private_digits, monkeypatch):
    """With the noise held fixed, which no setting of the tool does."""
    with_fresh_noise = fine_tuning.training_config
    monkeypatch.setattr(
        fine_tuning, "training_config", lambda *args: dataclasses.replace(with_fresh_noise(*args), noise_seed=5)
    )
    train_teacher(tmp_path / "teacher", digit_images)
    settings = dict(TUNING, fine_tuning_steps=9, discriminator_steps=2, generator_learning_rate=1e-3)
    slim(slim_config(tmp_path / "teacher", tmp_path / "whole", **settings))
    parts = slim_config(tmp_path / "teacher", tmp_path / "parts", **settings)
    for step in (4, 7):
        session = stopped_at(monkeypatch, parts, private_digits, step)
        ledger = Ledger.open(session.run_dir.ledger)
        assert ledger.booked("fine_tuning") == ledger.done("fine_tuning") == step, "a clean stop loses nothing"
        card = json.loads(session.run_dir.card_json.read_text())
        assert card["epsilon"] == pytest.approx(ledger.epsilon(1e-5))
    slim(parts)
    assert Ledger.open(tmp_path / "parts/ledger.json").done("fine_tuning") == 9
    whole, parts, before = (
        ReleasedGenerator.load(tmp_path / folder).model.get_weights()
        for folder in ("whole/released/generator", "parts/released/generator", "whole/private/recovered")
    )
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert max(np.abs(one - other).max() for one, other in zip(whole, before, strict=True)) > 1e-4, "it was tuned"


def test_it_begins_where_the_recovery_ended(tmp_path, digit_images):
    train_teacher(tmp_path / "teacher", digit_images)
    generator, copy = (api.load_generator(str(tmp_path / "teacher")) for _ in range(2))
    norms = [axis.norm for axis in generator.model.channel_axes()]
    for norm in norms:  # as after a distillation, which holds them fixed
        norm.moving_mean.assign_add(tf.ones_like(norm.moving_mean))
    latents = np.random.default_rng(0).standard_normal((256, generator.config.latent_dim), np.float32)
    inputs = latents, np.arange(256) % 10
    before = generator.model(inputs, training=False).numpy()
    stale = generator.model(inputs, training=True).numpy()
    config = small_config(tmp_path / "slim", architecture="fully_connected", generator_width=4)
    networks = fine_tuning.FineTuningNetworks(generator, copy, config)
    assert psnr(networks.generator(inputs, training=True).numpy(), before) > psnr(stale, before) + 10
    assert psnr(networks.averaged.model(inputs, training=False).numpy(), before) > 40
