# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Trainings that are told apart by what they release: the statistics on simulated ones, the rest on real ones."""

import numpy as np
import pytest

from tests.training.small import small_config, small_dataset
from tfdpgan import api
from tfdpgan.auditing import black_box, crafted_training
from tfdpgan.auditing.audited_run import open_run
from tfdpgan.auditing.black_box_trainer import NUM_IMAGES, Trainer
from tfdpgan.auditing.lower_bounds import epsilon_of_mu
from tfdpgan.methods.planning import make_plan

DELTA = 1e-5


def simulated(mu, number, seed):
    """Five measurements of trainings, of which the third tells of the canary by mu standard deviations."""
    was_in = black_box.has_canary(np.arange(number))
    measured = np.random.default_rng(seed).normal(size=(number, 5))
    measured[:, 2] += mu * was_in
    return measured, was_in


@pytest.mark.parametrize("mu", [0.0, 1.0])
def test_choosing_score_and_threshold_on_the_same_trainings_raises_no_false_alarms(mu):
    truth = epsilon_of_mu(mu, DELTA)
    alarms = sum(black_box.bound_of(*simulated(mu, 300, seed), DELTA, 0.05, seed)[0] > truth for seed in range(30))
    assert alarms <= 2


@pytest.mark.parametrize("sign", [1, -1])
def test_a_measurement_that_tells_is_found_whichever_way_it_points(sign):
    measured, was_in = simulated(4.0, 600, 0)
    found, by = black_box.bound_of(sign * measured, was_in, DELTA, 0.05, 0)
    assert found > 5 and by in ("measurement 2", "logistic regression")


def test_notes_survive_a_crash_and_know_which_audit_they_are_of(tmp_path):
    path = tmp_path / black_box.RESULTS
    notes = black_box.Notes(path, "this")
    notes.add(3, [1.0, 2.0])
    black_box.Notes(path, "other").add(4, [5.0])
    with open(path, "a") as file:
        file.write('{"key": "this", "trai')  # the process died here
    assert black_box.Notes(path, "this").known == {3: [1.0, 2.0]}


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory, digit_images):
    folder = tmp_path_factory.mktemp("black_box") / "run"
    dataset = small_dataset(digit_images)
    config = small_config(folder, method="mean_embedding", architecture="fully_connected")
    api.train(make_plan(config, dataset.num_examples), dataset, show_progress=False)
    return folder


def test_trainings_go_on_after_a_stop_and_only_the_missing_ones_are_made(run_dir, tmp_path):
    made = []

    def train(model_dir, has_canary):
        made.append(has_canary)
        if len(made) == 20:
            raise KeyboardInterrupt
        return [float(has_canary) + np.random.default_rng(len(made)).normal(), 0.0]

    audited, lines = open_run(str(run_dir)), []
    arguments = (audited, tmp_path, 60, 1, 0.05, 0, lines.append, train)
    with pytest.raises(KeyboardInterrupt):
        black_box.attack(*arguments)
    finding = black_box.attack(*arguments)
    assert len(made) == 61 and finding.trials == 60 and finding.holds
    assert lines == ["black box: 60 trainings to make", "black box: 41 trainings to make"]
    assert black_box.attack(*arguments).found == finding.found and len(made) == 61


def test_a_training_begins_anew_each_time_and_differs_by_its_noise_alone(run_dir, tmp_path):
    audited = open_run(str(run_dir))
    trainer = Trainer(audited, tmp_path)
    assert trainer.plan.epsilon == pytest.approx(audited.claim, rel=0.01)
    assert [stage.mechanism.noise_multiplier > 0 for stage in trainer.plan.stages] == [True]
    first, second, third = trainer.train(True), trainer.train(True), trainer.train(False)
    assert len(first) == len(second) == len(third) and np.all(np.isfinite([first, second, third]))
    assert first != second  # noise
    np.testing.assert_allclose(first, second, rtol=0.2, atol=1.0)  # and nothing else: it does not wander off


def test_what_is_not_there_contributes_nothing(run_dir):
    audited = open_run(str(run_dir))
    assert not crafted_training.is_replaced(audited)
    assert np.isnan(crafted_training.absent(audited)).all()
    assert crafted_training.why_not(audited) is None and black_box.why_not(audited) is None
    assert NUM_IMAGES == 51


@pytest.mark.slow
def test_a_real_attack_in_two_processes(run_dir, tmp_path):
    finding = black_box.attack(open_run(str(run_dir)), tmp_path, 60, 2, 1e-6, 0, print)
    assert finding.trials == 60 and finding.holds and 0 <= finding.found <= finding.claimed
