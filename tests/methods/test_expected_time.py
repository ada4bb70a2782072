# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Expected minutes are measured, of real steps on made-up images."""

import time

import numpy as np
import pytest

from tests.training.small import small_config, small_dataset
from tfdpgan import api
from tfdpgan.data.facts import DataFacts
from tfdpgan.methods.expected_time import ExpectedTime, PhaseTime
from tfdpgan.methods.mean_embedding.phase import MeanEmbeddingPhase
from tfdpgan.methods.planning import make_plan
from tfdpgan.training.plan import Plan


def plan_of(dataset, model_dir, **changes) -> Plan:
    return make_plan(small_config(model_dir, **changes), dataset.num_examples)


def test_every_phase_is_measured_and_neither_images_nor_the_run_are_touched(tmp_path, digit_images):
    class Untouchable(type(small_dataset(digit_images))):
        def batch(self, indices):
            raise AssertionError("a real image was read")

    dataset = small_dataset(digit_images)
    guarded = Untouchable(**{name: getattr(dataset, name) for name in dataset.__dataclass_fields__})
    plan = plan_of(dataset, tmp_path / "run", classifier_steps=5, classifier_noise_multiplier=4.0)
    measured = api.expected_time_of(plan, guarded)
    assert [(phase.name, phase.num_steps) for phase in measured.phases] == [
        ("classifier", 5),
        ("mean_embedding", 4),
        ("dp_sgd", 12),
    ]
    assert all(0 < phase.seconds_a_step < 30 and phase.seconds_before > 0 for phase in measured.phases)
    assert not (tmp_path / "run").exists()
    assert "on this machine as busy as it is (classifier 5 steps of" in measured.text()


def test_a_slower_step_takes_longer(tmp_path, digit_images, monkeypatch):
    dataset = small_dataset(digit_images)
    plan, step = plan_of(dataset, tmp_path, method="mean_embedding", steps=None), MeanEmbeddingPhase.step

    def slow(self, number):
        time.sleep(0.5)
        return step(self, number)

    quick = api.expected_time_of(plan, dataset).phases[0]
    monkeypatch.setattr(MeanEmbeddingPhase, "step", slow)
    delayed = api.expected_time_of(plan, dataset).phases[0]
    assert delayed.seconds_a_step == pytest.approx(quick.seconds_a_step + 0.5, abs=0.2)


def test_made_up_images_have_the_form_of_the_data_and_no_image_of_it(digit_images):
    dataset = small_dataset(digit_images)
    made_up = DataFacts.of(dataset).made_up()
    assert (made_up.num_examples, made_up.image_shape, made_up.class_names) == (120, (28, 28, 1), dataset.class_names)
    assert len(np.unique(made_up.pixels[0])) > 100
    assert not (made_up.pixels[:1] == dataset.pixels).all(axis=(1, 2, 3)).any()
    unlabelled = DataFacts.of(dataset.without_labels()).made_up()
    assert unlabelled.labels is None and unlabelled.num_classes == 1


def test_a_bank_of_critics_is_not_made_to_be_timed(tmp_path, digit_images):
    dataset = small_dataset(digit_images)
    plan = plan_of(dataset, tmp_path, method="gswgan", batch_size=None, num_generated=None, num_critics=2)
    assert api.expected_time_of(plan, dataset) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(2, "less than a minute"), (61, "about 2 minutes"), (2400, "about 40 minutes"), (36000, "about 10.0 hours")],
)
def test_durations_are_told_in_words(seconds, words):
    assert words in ExpectedTime((PhaseTime("gan", 1, float(seconds), 0.0),)).text()
