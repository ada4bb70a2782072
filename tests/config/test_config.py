# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import dataclasses
from pathlib import Path

import pytest
from absl import flags

from tfdpgan.config import ConfigError, from_dict
from tfdpgan.config.flags import define_flags, from_flags
from tfdpgan.methods.classifier.settings import ClassifierConfig
from tfdpgan.methods.plan_config import PlanConfig
from tfdpgan.methods.planning import make_plan
from tfdpgan.methods.train_config import TrainConfig
from tfdpgan.slimming.slim_config import SlimConfig

CONFIGS = Path(__file__).parents[2] / "configs"


def test_every_setting_has_a_sentence_for_help():
    for field in dataclasses.fields(TrainConfig):
        assert field.metadata["help"].endswith((".", ")")), field.name


def test_flags_make_the_same_config_as_keywords():
    values = flags.FlagValues()
    define_flags(TrainConfig, values)
    values(["program", "--noise_multiplier=1.3", "--noconditional", "--optimizer=sgd", "--steps=7"])
    assert from_flags(TrainConfig, values) == TrainConfig(
        noise_multiplier=1.3, conditional=False, optimizer="sgd", steps=7
    )


def test_dict_round_trip():
    config = TrainConfig(target_epsilon=10.0, dataset="mnist")
    assert from_dict(TrainConfig, dataclasses.asdict(config)) == config


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, ["--noise_multiplier", "--target_epsilon"]),
        ({"noise_multiplier": 1.0, "target_epsilon": 1.0}, ["not both"]),
        ({"target_epsilon": 0.0}, ["--target_epsilon", "0"]),
        ({"target_epsilon": float("nan")}, ["--target_epsilon"]),
        ({"noise_multiplier": -1.0}, ["--noise_multiplier", "-1"]),
        ({"noise_multiplier": 1.0, "delta": 1.0}, ["--delta"]),
        ({"noise_multiplier": 1.0, "l2_norm_clip": 0.0}, ["--l2_norm_clip"]),
        ({"noise_multiplier": 1.0, "l2_norm_clip": 1e-19}, ["--l2_norm_clip", "1e-06 or more", "1e-19"]),
        ({"noise_multiplier": 1.0, "epochs": 1.0, "steps": 1}, ["--epochs", "--steps"]),
        ({"noise_multiplier": 1.0, "ema_decay": 1.0}, ["--ema_decay"]),
        ({"noise_multiplier": 1.0, "warm_start_steps": -1}, ["--warm_start_steps"]),
        ({"noise_multiplier": 1.0, "accountant": "moments"}, ["--accountant", "pld"]),
        ({"noise_multiplier": 1.0, "non_private": True}, ["--non_private"]),
        ({"noise_multiplier": 1.0, "secure_noise": True, "noise_seed": 1}, ["--secure_noise", "--noise_seed"]),
        ({"target_epsilon": 1.0, "public_data": True}, ["--public_data"]),
    ],
)
def test_impossible_settings_are_refused_in_one_line(settings, names):
    with pytest.raises(ConfigError) as error:
        TrainConfig(**settings)
    message = str(error.value)
    assert "\n" not in message
    for name in names:
        assert name in message


@pytest.mark.parametrize(
    "settings",
    [
        {"batch_size": 10, "steps": 1, "noise_multiplier": 1.0},
        {"num_examples": 100, "batch_size": 10, "noise_multiplier": 1.0},
        {"num_examples": 100, "batch_size": 10, "steps": 1, "epochs": 1.0, "noise_multiplier": 1.0},
        {"num_examples": 100, "batch_size": 10, "steps": 1},
    ],
)
def test_a_plan_needs_data_size_length_and_noise(settings):
    with pytest.raises(ConfigError):
        PlanConfig(**settings)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.cfg")), ids=lambda path: path.stem)
def test_every_flagfile_is_valid_and_says_what_it_is(path):
    head = path.read_text().split("--", 1)[0]
    tool, config = "train_dpgan.py", TrainConfig
    if "classifier" in path.stem:
        tool, config = "train_dp_classifier.py", ClassifierConfig
    if path.stem.endswith("slim"):
        tool, config = "slim_generator.py", SlimConfig
    assert f"#   {tool} --flagfile=configs/{path.name}" in path.read_text()
    assert len(head) > 60
    values = flags.FlagValues()
    define_flags(config, values)
    values([tool, f"--flagfile={path}", *(["--model_dir=teacher"] if config is SlimConfig else [])])
    from_flags(config, values)


@pytest.mark.parametrize(
    ("name", "num_examples", "epsilon"),
    [
        ("gswgan_digits", 1797, 10.0),
        ("gswgan_mnist", 60_000, 10.0),
        ("dpac_mnist", 60_000, 10.0),
        ("gswgan_mnist_published", 60_000, 5.51),
        ("dpac_fashion_mnist_published", 60_000, 5.51),
        ("dpac_celeb_a_published", 162_770, 7.565),
    ],
)
def test_flagfiles_of_gswgan_cost_what_they_say(name, num_examples, epsilon):
    values = flags.FlagValues()
    define_flags(TrainConfig, values)
    values(["train_dpgan.py", f"--flagfile={CONFIGS / name}.cfg"])
    plan = make_plan(from_flags(TrainConfig, values), num_examples)
    assert plan.epsilon == pytest.approx(epsilon, abs=0.02)
    assert plan.notes[0].name == "epsilon_as_published" and plan.notes[0].value > plan.epsilon
    if name.endswith("published"):
        assert plan.notes[0].value == pytest.approx(10, abs=0.015)


def test_unknown_settings_of_another_version_are_named():
    with pytest.raises(ConfigError, match="colour"):
        from_dict(TrainConfig, {"colour": "blue", "noise_multiplier": 1.0})
