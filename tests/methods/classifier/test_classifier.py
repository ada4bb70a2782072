# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The private classifier: what its run holds, how it goes on, what it refuses, and that it learns."""

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
import tf_keras as keras
from absl import flags

from tests.training.stop_at import run_until
from tfdpgan import api, data
from tfdpgan.config import ConfigError
from tfdpgan.config.flags import define_flags, from_flags
from tfdpgan.methods.classifier.plan import make_classifier_plan
from tfdpgan.methods.classifier.settings import ClassifierConfig
from tfdpgan.methods.classifier.training import make_session
from tfdpgan.methods.plan_config import PlanConfig
from tfdpgan.methods.planning import privacy_of
from tfdpgan.models.classifiers import load_classifier
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.training.callbacks import Callback

CONFIGS = Path(__file__).parents[3] / "configs"
SETTINGS = dict(
    noise_multiplier=1.3,
    batch_size=30,
    physical_batch_size=16,
    steps=6,
    steps_per_block=2,
    classifier_width=4,
    accountant="rdp",
)


def config_of(model_dir, **changes):
    return ClassifierConfig(model_dir=str(model_dir), **{**SETTINGS, **changes})


@pytest.fixture(scope="module")
def dataset(digit_images):
    images, labels = digit_images
    return data.dataset_from_arrays(
        images[:90], labels[:90], tuple("0123456789"), test_images=images[90:], test_labels=labels[90:]
    )


def train(config, dataset):
    return api.train_classifier(api.plan_classifier(config, dataset.num_examples), dataset, show_progress=False)


def network(model_dir):
    return keras.models.load_model(Path(model_dir) / "released/classifier/classifier.keras")


def test_a_run_leaves_ledger_card_and_network(tmp_path, dataset):
    result = train(config_of(tmp_path / "run"), dataset)
    ledger = Ledger.open(tmp_path / "run/ledger.json", "rdp")
    assert (ledger.booked("dp_sgd"), ledger.done("dp_sgd")) == (6, 6)
    assert result.epsilon == ledger.epsilon(1e-5) and result.steps == 6
    page = (tmp_path / "run/privacy_card.md").read_text()
    assert "This classifier" in page and "classifier steps" in page and "test images" in page
    assert "generat" not in page.replace("generated images of", "")
    logits = network(tmp_path / "run").predict(dataset.test_images, verbose=0)
    assert logits.shape == (30, 10)
    assert result.accuracy == np.mean(np.argmax(logits, axis=1) == dataset.test_labels)
    assert not list((tmp_path / "run").glob(".*-*")), "a temporary folder was left behind"


def test_a_scattering_classifier_costs_the_same_goes_on_after_a_stop_and_is_read_back(tmp_path, dataset, monkeypatch):
    changes = dict(classifier_architecture="scattering_linear", momentum=0.9, ema_decay=0.5, noise_seed=3)
    plan = api.plan_classifier(config_of(tmp_path / "cut", **changes), dataset.num_examples)
    assert plan.epsilon == api.plan_classifier(config_of(tmp_path), dataset.num_examples).epsilon
    run_until(make_session(plan, dataset), "dp_sgd", 3, monkeypatch)
    results = [train(config_of(tmp_path / name, **changes), dataset) for name in ("cut", "whole")]
    networks = [load_classifier(tmp_path / name / "released/classifier/classifier.keras") for name in ("cut", "whole")]
    for one, other in zip(*(network.get_weights() for network in networks), strict=True):
        np.testing.assert_array_equal(one, other)
    logits = networks[0].predict(dataset.test_images, verbose=0)
    assert results[0].accuracy == np.mean(np.argmax(logits, axis=1) == dataset.test_labels)


def test_groups_of_images_and_other_ways_of_bounding_train_too(tmp_path, dataset):
    settings = dict(microbatches=10, per_layer_clipping=True, automatic_clipping=True)
    result = train(config_of(tmp_path / "run", **settings), dataset)
    assert result.epsilon > api.plan_classifier(config_of(tmp_path), dataset.num_examples).epsilon
    assert "microbatches of 3" in (tmp_path / "run/privacy_card.md").read_text()
    assert all(np.isfinite(weights).all() for weights in network(tmp_path / "run").get_weights())


def test_nothing_computed_from_a_private_image_is_reported(tmp_path, dataset):
    train(config_of(tmp_path / "run", steps=10), dataset)
    lines = (tmp_path / "run/metrics.jsonl").read_text().splitlines()
    assert {name for line in lines for name in json.loads(line)} == {"phase", "step", "epsilon", "learning_rate"}


class StopAt(Callback):
    def __init__(self, step):
        self._step = step

    def on_step(self, phase, step, metrics):
        if step == self._step:
            os.kill(os.getpid(), signal.SIGINT)


def test_stopped_and_resumed_equals_uninterrupted(tmp_path, dataset, monkeypatch):
    settings = dict(noise_seed=1, momentum=0.9, ema_decay=0.9, learning_rate_schedule="cosine")
    train(config_of(tmp_path / "whole", **settings), dataset)
    config = config_of(tmp_path / "parts", **settings)
    session = make_session(make_classifier_plan(config, dataset.num_examples), dataset)
    callbacks = session._callbacks
    monkeypatch.setattr(session, "_callbacks", lambda *args: [*callbacks(*args), StopAt(3)])
    with pytest.raises(KeyboardInterrupt, match="after step 3"):
        session.run(show_progress=False)
    result = train(config, dataset)
    assert result.steps == 6
    for whole, parts in zip(
        network(tmp_path / "whole").get_weights(), network(tmp_path / "parts").get_weights(), strict=True
    ):
        np.testing.assert_allclose(whole, parts, atol=2e-5)


def test_a_finished_run_is_not_trained_again(tmp_path, dataset):
    config = config_of(tmp_path / "run")
    first = train(config, dataset)
    before = network(tmp_path / "run").get_weights()
    assert train(config, dataset) == first
    for one, other in zip(before, network(tmp_path / "run").get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_without_privacy_it_learns_and_says_so(tmp_path):
    digits = data.load_dataset("digits", holdout=0.17)
    result = train(
        ClassifierConfig(model_dir=str(tmp_path / "run"), non_private=True, batch_size=100, steps=600), digits
    )
    assert result.accuracy > 0.8 and result.epsilon == float("inf")
    assert "NOT PRIVATE" in "".join((tmp_path / "run/privacy_card.md").read_text().splitlines(True)[:3])


def test_data_without_test_images_has_no_accuracy(tmp_path, dataset):
    images = np.round((dataset.images[..., 0] + 1) * 127.5).astype(np.uint8)
    alone = data.dataset_from_arrays(images, dataset.labels, tuple("0123456789"))
    assert train(config_of(tmp_path / "run"), alone).accuracy is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"classifier_norm": "batch"}, "(?i)batch_?norm"),
        ({"batch_size": 91}, "at most the number of images, 90"),
        ({"epochs": 1.0}, "not both"),
        ({"conditional": False}, "labels"),
        ({"momentum": 1.0}, "--momentum"),
        ({"activation": "gelu"}, "--activation"),
        ({"target_epsilon": 1.0}, "not both"),
    ],
)
def test_what_cannot_be_trained_leaves_nothing(tmp_path, dataset, changes, words):
    with pytest.raises(ValueError, match=words):
        train(config_of(tmp_path / "run", **changes), dataset)
    assert not (tmp_path / "run").exists()


def test_images_without_labels_are_refused(tmp_path, dataset):
    with pytest.raises(ConfigError, match="needs labels"):
        train(config_of(tmp_path / "run"), dataset.without_labels())


def plan_of(flagfile):
    values = flags.FlagValues()
    define_flags(ClassifierConfig, values)
    values(["train_dp_classifier.py", *values.read_flags_from_files([f"--flagfile={flagfile}"])])
    return make_classifier_plan(from_flags(ClassifierConfig, values), 60_000)


def test_the_tutorial_costs_what_was_published_and_ours_no_more():
    tutorial, ours = (plan_of(CONFIGS / f"mnist_classifier_{name}.cfg") for name in ("tutorial", "ours"))
    published = privacy_of(
        PlanConfig(
            num_examples=60_000,
            batch_size=tutorial.config.batch_size,
            steps=tutorial.config.steps,
            noise_multiplier=tutorial.noise_multiplier,
            accountant="rdp",
        )
    )
    assert published["epsilon_by_classic_rdp"] == pytest.approx(1.19, abs=0.011)
    assert ours.epsilon <= tutorial.epsilon < published["epsilon"]
