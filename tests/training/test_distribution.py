# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Several devices compute one private step: the same sum, one noise, the same claim."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.tools.warm_process import run_warm
from tests.training.distributed_steps import CLIP, NOISE
from tests.training.small import small_config, small_dataset
from tests.training.stop_at import run_until
from tfdpgan import api
from tfdpgan.config import ConfigError
from tfdpgan.methods.classifier.plan import make_classifier_plan
from tfdpgan.methods.classifier.settings import ClassifierConfig
from tfdpgan.methods.generator_training import make_session
from tfdpgan.methods.planning import make_plan
from tfdpgan.privacy.clipping.replicas import Replicas
from tfdpgan.training.distribution import physical_batch_size, replicas_of


def steps_on(count):
    done = run_warm(Path(__file__).parent / "distributed_steps.py", [str(count)])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("count", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_several_devices_give_the_sum_of_one_and_noise_is_drawn_once_on_the_total(count):
    alone, together = steps_on(1), steps_on(count)
    for what in ("weights", "in_groups"):  # after steps without noise, some of them on empty draws
        for one, several in zip(alone[what], together[what], strict=True):
            np.testing.assert_allclose(several, one, atol=1e-5)
    accounted = NOISE * CLIP  # of the sum; 15 500 draws tell it to 0.6 %
    for found in (alone["deviation"], together["deviation"]):
        assert found == pytest.approx(accounted, rel=0.03)
        for wrong in (count, count**0.5):  # noise in every replica, added up; and its deviation shared out
            assert found != pytest.approx(accounted * wrong, rel=0.03)
            assert found != pytest.approx(accounted / wrong, rel=0.03)


def test_a_plan_costs_the_same_and_only_the_cards_line_on_distribution_is_new(tmp_path, digit_images):
    dataset, cards, epsilons = small_dataset(digit_images), [], []
    changes = dict(architecture="fully_connected", warm_start_steps=0, steps=4, accountant="rdp", noise_seed=3)
    for distribution in ("one", "mirrored"):
        config = small_config(tmp_path / distribution, distribution=distribution, **changes)
        plan = make_plan(config, dataset.num_examples)
        epsilons += [plan.epsilon, api.train(plan, dataset, show_progress=False).epsilon]
        cards.append((tmp_path / distribution / "privacy_card.md").read_text().splitlines())
    assert len(set(epsilons)) == 1
    new = [line for line in cards[1] if line not in cards[0] and "seal" not in line.lower()]
    assert [line[:16] for line in new if "Distribution" in line] == ["| Distribution |"] and "once" in "".join(new)
    assert len(cards[1]) == len(cards[0]) + 1


@pytest.mark.slow
def test_a_run_goes_on_with_another_number_of_devices(tmp_path, digit_images, monkeypatch):
    dataset = small_dataset(digit_images)
    changes = dict(architecture="fully_connected", warm_start_steps=0, steps=6, accountant="rdp", noise_seed=3)
    config = small_config(tmp_path / "run", distribution="mirrored", **changes)
    run_until(make_session(make_plan(config, dataset.num_examples), dataset), "dp_sgd", 3, monkeypatch)
    alone = make_plan(small_config(tmp_path / "run", **changes), dataset.num_examples)
    result = api.train(alone, dataset, show_progress=False)
    assert result.epsilon == alone.epsilon and result.steps == 6


def test_a_run_without_steps_to_share_refuses_it():
    for changes in (dict(method="mean_embedding"), dict(noise_multiplier=None, non_private=True)):
        with pytest.raises(ConfigError, match="--distribution=mirrored spreads private steps"):
            make_plan(small_config("run", distribution="mirrored", **changes), 1000)
    with pytest.raises(ConfigError, match="leave it out"):
        make_classifier_plan(ClassifierConfig(distribution="mirrored", public_data=True), 1000)
    config = small_config("run", distribution="mirrored", method="mean_embedding", classifier_steps=10)
    assert make_plan(config, 1000).stage("classifier") is not None


def test_a_usual_batch_has_a_part_for_each_device():
    config = small_config("run", batch_size=400, physical_batch_size=1000)
    assert replicas_of(config) is None and physical_batch_size(config, None) == 1000
    two = Replicas(["CPU:0"])
    two.devices = ("CPU:0", "CPU:1")
    assert physical_batch_size(config, two) == 240  # half of 400 and four deviations
    with pytest.raises(ValueError, match="device"):
        Replicas([])
