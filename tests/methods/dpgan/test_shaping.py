# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Discriminator shaping: what it costs is planned and booked, what it moves is the discriminator alone."""

import json

import numpy as np
import pytest

from tests.training.small import small_config, small_dataset
from tests.training.stop_at import run_until
from tfdpgan import api
from tfdpgan.config import ConfigError
from tfdpgan.generation.released_discriminator import ReleasedDiscriminator
from tfdpgan.methods.generator_training import make_session
from tfdpgan.methods.plan_config import PlanConfig
from tfdpgan.methods.planning import make_plan, privacy_of
from tfdpgan.run import RunDirectory, RunError
from tfdpgan.run_ledger import open_ledger

SMALL = dict(
    architecture="fully_connected",
    warm_start_steps=0,
    steps=4,
    shaping_steps=6,
    shaping_refine_steps=2,
    noise_seed=None,
)


def train(folder, digit_images, **changes):
    config, dataset = small_config(folder, **{**SMALL, **changes}), small_dataset(digit_images)
    return api.train(make_plan(config, dataset.num_examples), dataset, show_progress=False)


def weights(folder):
    return ReleasedDiscriminator.load(RunDirectory(folder).discriminator).model.get_weights()


def test_steps_on_real_images_are_planned_and_booked_and_composed(tmp_path, digit_images):
    dataset = small_dataset(digit_images)
    plan = make_plan(small_config(tmp_path / "run", **SMALL), dataset.num_examples)
    assert [(stage.name, stage.num_steps) for stage in plan.stages] == [("dp_sgd", 4), ("shaping", 6)]
    result = train(tmp_path / "run", digit_images)
    ledger = open_ledger(RunDirectory(tmp_path / "run"))
    assert ledger.booked("dp_sgd") == 4 and ledger.booked("shaping") == 6
    without = make_plan(small_config(tmp_path / "other", **{**SMALL, "shaping_steps": 0}), dataset.num_examples)
    assert result.epsilon == pytest.approx(plan.epsilon) and result.epsilon > without.epsilon
    # the same mechanism ten times
    ten = make_plan(
        small_config(tmp_path / "other", **{**SMALL, "shaping_steps": 0, "steps": 10}), dataset.num_examples
    )
    assert result.epsilon == pytest.approx(ten.epsilon, rel=1e-6)
    assert "discriminator steps of the shaping" in (tmp_path / "run/privacy_card.md").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("against", ["real", "generated"])
def test_it_moves_the_discriminator_and_leaves_the_generator_and_costs_what_is_booked(tmp_path, digit_images, against):
    epsilons = {}
    for name, steps in (("plain", 0), ("shaped", 6)):
        # seeds for tests make both runs equal up to the shaping
        result = train(tmp_path / name, digit_images, shaping_steps=steps, shaping_against=against, noise_seed=3)
        epsilons[name] = result.epsilon
    stages = json.loads((tmp_path / "shaped/ledger.json").read_text())["stages"]
    assert ("shaping" in stages) == (against == "real")
    assert (epsilons["shaped"] > epsilons["plain"]) == (against == "real")
    generators = [api.load_generator(str(tmp_path / name)).model.get_weights() for name in ("plain", "shaped")]
    for one, other in zip(*generators, strict=True):
        np.testing.assert_array_equal(one, other)
    before, after = weights(tmp_path / "plain"), weights(tmp_path / "shaped")
    assert all(np.isfinite(weight).all() for weight in after)
    assert any((one != other).any() for one, other in zip(before, after, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("against", ["real", "generated"])
def test_stopped_in_the_shaping_and_resumed_it_equals_uninterrupted(tmp_path, digit_images, against, monkeypatch):
    changes = {"shaping_against": against, "noise_seed": 3, "steps_per_block": 2}
    train(tmp_path / "whole", digit_images, **changes)
    config, dataset = small_config(tmp_path / "cut", **{**SMALL, **changes}), small_dataset(digit_images)
    plan = make_plan(config, dataset.num_examples)
    run_until(make_session(plan, dataset), "shaping", 3, monkeypatch)
    api.train(plan, dataset, show_progress=False)
    for one, other in zip(weights(tmp_path / "whole"), weights(tmp_path / "cut"), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_plan_tool_knows_it():
    shared = dict(num_examples=1000, batch_size=50, noise_multiplier=1.3)
    both = privacy_of(PlanConfig(**shared, steps=40, shaping_steps=60))
    assert both["epsilon"] == pytest.approx(privacy_of(PlanConfig(**shared, steps=100))["epsilon"])
    free = privacy_of(PlanConfig(**shared, steps=40, shaping_steps=60, shaping_against="generated"))
    assert free["epsilon"] == privacy_of(PlanConfig(**shared, steps=40))["epsilon"]
    assert both["stages"] == {"dp_sgd": 40, "shaping": 60}
    louder = privacy_of(PlanConfig(**shared, steps=40, shaping_steps=60, shaping_noise_multiplier=4.0))
    assert free["epsilon"] < louder["epsilon"] < both["epsilon"]


def test_a_budget_is_for_the_gan_and_its_shaping():
    shared = dict(num_examples=1000, batch_size=50, target_epsilon=3.0, steps=40)
    alone, both = privacy_of(PlanConfig(**shared)), privacy_of(PlanConfig(**shared, shaping_steps=60))
    assert both["epsilon"] <= 3.0 and both["noise_multiplier"] > alone["noise_multiplier"]


def test_what_cannot_be_shaped_is_refused_before_anything_is_spent(tmp_path, digit_images):
    for changes, words in (
        ({"loss": "wgan_gp"}, "--shaping_steps cannot serve --loss=wgan_gp"),
        ({"shaping_refine_layer": "magic"}, "--shaping_refine_layer must be an index"),
        ({"method": "mean_embedding"}, "--shaping_steps is for --method=dpgan alone"),
    ):
        with pytest.raises(ConfigError, match=words):
            train(tmp_path / "run", digit_images, **changes)
        assert not (tmp_path / "run").exists()


def test_against_generated_images_a_run_is_shaped_for_nothing(tmp_path, digit_images):
    result = train(tmp_path / "run", digit_images, shaping_against="generated")
    stages = json.loads((tmp_path / "run/ledger.json").read_text())["stages"]
    without = make_plan(small_config(tmp_path / "other", **{**SMALL, "shaping_steps": 0}), len(digit_images[0]))
    assert list(stages) == ["dp_sgd"] and result.epsilon == pytest.approx(without.epsilon)


@pytest.mark.slow
def test_a_finished_run_is_not_shaped_afterwards_and_the_way_out_is_named(tmp_path, digit_images):
    train(tmp_path / "run", digit_images, shaping_steps=0)
    with pytest.raises(RunError, match="--shaping_steps=0; received 6.*another --model_dir"):
        train(tmp_path / "run", digit_images)
