# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import math

import dp_accounting
import pytest

from tfdpgan.config import ConfigError
from tfdpgan.methods.plan_config import PlanConfig
from tfdpgan.methods.planning import make_plan, privacy_of
from tfdpgan.methods.train_config import TrainConfig
from tfdpgan.privacy import accounting


def test_tutorial_plan_by_every_accountant():
    """N 60 000, batch 250, 15 epochs, noise 1.3, delta 1e-5: the plan behind TF Privacy's MNIST tutorial."""
    settings = dict(num_examples=60_000, batch_size=250, epochs=15.0, noise_multiplier=1.3)
    rdp = privacy_of(PlanConfig(accountant="rdp", **settings))
    pld = privacy_of(PlanConfig(accountant="pld", **settings))
    assert rdp["steps"] == 3600
    assert rdp["epsilon_by_classic_rdp"] == pytest.approx(1.18, abs=0.005)
    assert pld["epsilon"] < rdp["epsilon"] < rdp["epsilon_by_classic_rdp"]


def test_budget_is_met_and_used():
    result = privacy_of(PlanConfig(num_examples=60_000, batch_size=250, epochs=15.0, target_epsilon=10.0))
    assert 9.98 <= result["epsilon"] <= 10.0


def test_warm_start_and_dp_sgd_are_composed():
    plan = make_plan(TrainConfig(noise_multiplier=1.3, batch_size=300, steps=60), 1797)
    release = dp_accounting.GaussianDpEvent(1.3)
    steps = dp_accounting.SelfComposedDpEvent(
        dp_accounting.PoissonSampledDpEvent(300 / 1797, dp_accounting.GaussianDpEvent(1.3)), 60
    )
    assert plan.epsilon == pytest.approx(
        accounting.epsilon(dp_accounting.ComposedDpEvent([release, steps]), 1e-5), rel=1e-3
    )
    assert plan.epsilon > accounting.epsilon(steps, 1e-5)
    assert "6.9" in plan.summary() or "7.0" in plan.summary()


def test_warm_start_has_a_noise_of_its_own_when_told():
    plan = make_plan(TrainConfig(target_epsilon=5.0, warm_start_noise_multiplier=3.0, steps=60), 1797)
    release, steps = plan.stages
    assert release.mechanism.parameters["noise_multiplier"] == 3.0
    assert steps.mechanism.parameters["noise_multiplier"] == plan.noise_multiplier
    assert plan.epsilon <= 5.0


def test_epsilon_grows_with_the_steps_taken():
    plan = make_plan(TrainConfig(noise_multiplier=1.3, steps=60), 1797)
    values = [plan.epsilon_after(counts) for counts in ((1, 0), (1, 20), (1, 40), (1, 60))]
    assert values == sorted(values) and values[-1] == plan.epsilon


def test_without_privacy_epsilon_is_infinite_and_public_data_is_free():
    assert make_plan(TrainConfig(non_private=True), 1797).epsilon == math.inf
    assert make_plan(TrainConfig(public_data=True), 1797).epsilon == 0.0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"batch_size": 1798}, "1797"),
        ({"microbatches": 7}, "--microbatches"),
        ({"method": "mean_embedding", "warm_start_steps": 0}, "--warm_start_steps"),
        ({"method": "telepathy"}, "--method"),
        ({"classifier_length_scales": "0.5"}, "--classifier_steps"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, words):
    with pytest.raises(ConfigError, match=words):
        make_plan(TrainConfig(noise_multiplier=1.0, **settings), 1797)


def test_a_budget_needs_a_noise_to_choose():
    settings = dict(target_epsilon=1.0, method="mean_embedding", warm_start_noise_multiplier=6.0)
    with pytest.raises(ConfigError, match="every noise is given"):
        make_plan(TrainConfig(**settings), 60_000)
    plan = make_plan(TrainConfig(**settings, classifier_steps=1000), 60_000)
    assert [stage.name for stage in plan.stages] == ["classifier", "mean_embedding"]
    assert (
        plan.stages[0].mechanism.parameters["noise_multiplier"]
        == plan.noise_multiplier
        == pytest.approx(2.71, abs=0.02)
    )
    assert 0.99 <= plan.epsilon <= 1.0


def test_a_budget_that_the_release_alone_exceeds_is_refused():
    with pytest.raises(ValueError, match="epsilon"):
        make_plan(TrainConfig(target_epsilon=1.0, warm_start_noise_multiplier=0.5, steps=10), 1797)


@pytest.mark.parametrize("num_examples", [1, 5, 400, 1797, 60_000])
def test_defaults_fit_data_of_any_size(num_examples):
    config = make_plan(TrainConfig(noise_multiplier=1.3), num_examples).config
    assert 1 <= config.batch_size <= num_examples
    assert config.steps > 0 and config.num_generated > 0


def test_a_delta_that_lets_a_whole_image_out_is_refused_or_told():
    with pytest.raises(ConfigError, match="below 1 / number of images, 0.001: at 0.01"):
        make_plan(TrainConfig(noise_multiplier=2.0, delta=0.01), 999)
    assert not any(
        note.name == "delta_times_images" for note in make_plan(TrainConfig(noise_multiplier=2.0), 999).notes
    )
    notes = make_plan(TrainConfig(noise_multiplier=2.0, batch_size=500), 200_000).notes
    assert [note.value for note in notes if note.name == "delta_times_images"] == [2.0]
    make_plan(TrainConfig(non_private=True, delta=0.01), 999)
