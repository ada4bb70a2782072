# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""GS-WGAN after a classifier and a mean embedding: two kinds of neighbours in one account."""

import json

import numpy as np
import pytest

from tests.methods.gswgan.small import method_config
from tests.training.small import small_dataset
from tfdpgan.methods.generator_training import make_session
from tfdpgan.methods.planning import make_plan
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.privacy.accounting.privacy_profiles import Release
from tfdpgan.run import RunDirectory

FIRST = dict(
    classifier_steps=3,
    classifier_batch_size=30,
    classifier_noise_multiplier=2.0,
    warm_start_steps=4,
    warm_start_noise_multiplier=5.0,
    warm_start_batch_size=20,
    num_frequencies=20,
)


@pytest.mark.parametrize("method", ["gswgan", "dpac"])
def test_without_being_asked_for_nothing_comes_before_the_critics(method, tmp_path):
    plan = make_plan(method_config(tmp_path, method, warm_start_steps=None), 120)
    assert [stage.name for stage in plan.stages] == ["rounds"]


def test_what_comes_first_is_charged_for_an_image_that_is_replaced(tmp_path):
    plan = make_plan(method_config(tmp_path, **FIRST), 120)
    assert [stage.name for stage in plan.stages] == ["classifier", "mean_embedding", "rounds"]
    rounds = plan.stages[-1].mechanism
    # A replacement moves the release by two of its bounds; the classifier's steps are charged by their own profile.
    release, step = Release(1.0, 5.0 / 2), Release(30 / 120, 2.0 / 2, 2.0)
    by_hand = release.privacy_loss_distribution(1e-3).compose(step.privacy_loss_distribution(1e-3).self_compose(3))
    shard = Release(1 / rounds.num_shards, rounds.noise_multiplier).privacy_loss_distribution(1e-3)
    by_hand = by_hand.compose(shard.self_compose(plan.stages[-1].num_steps * rounds.images_per_round))
    delta = plan.config.delta
    assert plan.epsilon == pytest.approx(by_hand.get_epsilon_for_delta(delta), rel=0.01)
    assert "one image that is replaced" in plan.summary() and "add or remove" not in plan.summary()


def test_a_run_goes_through_all_three_and_its_card_says_one_unit(tmp_path, digit_images):
    config = method_config(tmp_path / "run", "dpac", **FIRST)
    make_session(make_plan(config, 120), small_dataset(digit_images)).complete(show_progress=False)
    run = RunDirectory(tmp_path / "run")
    ledger = Ledger.open(run.ledger)
    assert list(ledger.to_json()["stages"]) == ["classifier", "mean_embedding", "rounds"]
    card = json.loads(run.card_json.read_text())
    assert card["adjacency"] == "replace one image" and np.isfinite(card["epsilon"])
    assert "left out" not in card["statement"] and "add or remove" not in card["statement"]
    assert sorted(path.name for path in run.released.iterdir()) == ["auxiliary_classifier", "generator"]
