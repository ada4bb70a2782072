# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Whole trainings, small: what they write, how they go on, what they refuse."""

import dataclasses
import json

import numpy as np
import pytest

from tests.training.small import small_config, small_dataset
from tests.training.stop_at import run_until
from tfdpgan import api
from tfdpgan.data import dataset_from_arrays
from tfdpgan.methods.generator_training import make_session
from tfdpgan.methods.planning import make_plan
from tfdpgan.privacy.accounting.ledger import Ledger, LedgerError
from tfdpgan.run import RunDirectory, RunError


def train(config, dataset):
    return api.train(make_plan(config, dataset.num_examples), dataset, show_progress=False)


def train_until(stop, config, dataset, monkeypatch):
    """A session that Ctrl-C stopped at `stop`, a phase and a step of it."""
    return run_until(make_session(make_plan(config, dataset.num_examples), dataset), *stop, monkeypatch)


def weights_of(model_dir):
    return api.load_generator(str(model_dir)).model.get_weights()


def test_a_run_leaves_what_the_design_says(trained_once, tmp_path, digit_images):
    dataset = small_dataset(digit_images)
    folder, result = trained_once
    run = RunDirectory(folder)
    assert run.is_finished
    assert {path.name for path in run.samples.iterdir()} == {
        "mean_embedding_step_000004.png",
        "dp_sgd_step_000005.png",
        "dp_sgd_step_000010.png",
        "dp_sgd_step_000012.png",
    }
    ledger = Ledger.open(run.ledger)
    assert (ledger.booked("mean_embedding"), ledger.booked("dp_sgd"), ledger.done("dp_sgd")) == (1, 12, 12)
    assert (
        result.epsilon
        == ledger.epsilon(1e-5)
        == pytest.approx(make_plan(small_config(tmp_path), dataset.num_examples).epsilon)
    )
    assert "differential privacy" in run.card.read_text()
    assert json.loads(run.card_json.read_text())["is_private"]
    assert [json.loads(line)["step"] for line in run.metrics.read_text().splitlines()] == [10]
    assert not list(run.path.glob(".*-*")), "a temporary folder was left behind"


def test_nothing_computed_from_a_real_batch_is_reported(trained):
    names = {name for line in (trained / "metrics.jsonl").read_text().splitlines() for name in json.loads(line)}
    assert names <= {
        "phase",
        "step",
        "epsilon",
        "generator_loss",
        "accuracy_on_generated",
        "discriminator_steps",
        "embedding_distance",
        "sample_change",
    }


def test_no_time_of_a_step_stands_outside_of_the_private_folder(tmp_path, digit_images):
    """The time of a step tells how many images it drew: their correlation was .95."""
    train(small_config(tmp_path / "run", tensorboard=True), small_dataset(digit_images))
    run = RunDirectory(tmp_path / "run")
    assert [set(json.loads(line)) for line in run.times.read_text().splitlines()] == [{"phase", "step", "seconds"}]
    assert run.private.stat().st_mode & 0o777 == 0o700 and "do not share" in (run.private / "README.txt").read_text()
    assert list(run.tensorboard.glob("events.*"))
    for path in run.path.rglob("*"):
        if path.is_file() and run.private not in path.parents:
            content = path.read_bytes()
            assert b"seconds" not in content and b"wall_time" not in content and "events" not in path.name, path


def test_stopped_in_each_phase_and_resumed_equals_uninterrupted(tmp_path, digit_images, monkeypatch):
    dataset = small_dataset(digit_images)
    settings = dict(noise_seed=1, adaptive_discriminator_steps=True, optimizer="adam")
    train(small_config(tmp_path / "whole", **settings), dataset)
    for stop, booked in ((("mean_embedding", 2), 0), (("dp_sgd", 4), 4)):
        session = train_until(stop, small_config(tmp_path / "parts", **settings), dataset, monkeypatch)
        assert Ledger.open(session.run_dir.ledger).booked("dp_sgd") == booked
        assert session.run_dir.card.exists() and not session.run_dir.is_finished
    train(small_config(tmp_path / "parts", **settings), dataset)
    for whole, parts in zip(weights_of(tmp_path / "whole"), weights_of(tmp_path / "parts"), strict=True):
        np.testing.assert_allclose(whole, parts, atol=2e-5)
    assert Ledger.open(session.run_dir.ledger).lost("dp_sgd") == 0


def test_noise_and_draws_of_two_runs_differ(trained_once, tmp_path, digit_images):
    train(small_config(tmp_path / "again"), small_dataset(digit_images))
    pairs = zip(weights_of(trained_once[0]), weights_of(tmp_path / "again"), strict=True)
    assert any(np.abs(a - b).max() > 1e-6 for a, b in pairs)


def test_the_card_names_the_generator_of_the_noise(tmp_path, digit_images):
    train(small_config(tmp_path / "run", secure_noise=True), small_dataset(digit_images))
    card = (tmp_path / "run/privacy_card.md").read_text()
    assert "noise: AES-256 in counter mode" in card and "NOT PRIVATE" not in card


def test_the_card_and_the_ledger_say_how_gradients_were_bounded(tmp_path, digit_images):
    settings = dict(per_layer_clipping=True, automatic_clipping=True, microbatches=15, warm_start_steps=0)
    dataset = small_dataset(digit_images)
    result = train(small_config(tmp_path / "run", **settings), dataset)
    parameters = Ledger.open(tmp_path / "run/ledger.json").to_json()["stages"]["dp_sgd"]["parameters"]
    assert parameters["clipping"] == "per_layer, automatic" and parameters["microbatch_size"] == 2
    card = (tmp_path / "run/privacy_card.md").read_text()
    for words in (
        "layer by layer",
        "automatic clipping",
        "microbatches of 2",
        "sensitivity is doubled",
        "normalised in random groups of 2",
    ):
        assert words in card
    plain = make_plan(small_config("unused", warm_start_steps=0), dataset.num_examples)
    bounded_otherwise = make_plan(small_config("unused", **{**settings, "microbatches": None}), dataset.num_examples)
    assert bounded_otherwise.epsilon == plain.epsilon < result.epsilon


def test_an_auxiliary_classifier_is_a_stage_of_its_own_and_guides_the_generator(tmp_path, digit_images):
    dataset = small_dataset(digit_images)
    settings = dict(classifier_steps=5, classifier_batch_size=20, classifier_noise_multiplier=4.0, noise_seed=1)
    plan = make_plan(small_config("unused", **settings), dataset.num_examples)
    assert [(stage.name, stage.num_steps) for stage in plan.stages] == [
        ("classifier", 5),
        ("mean_embedding", 1),
        ("dp_sgd", 12),
    ]
    assert plan.epsilon > make_plan(small_config("unused"), dataset.num_examples).epsilon
    guided, unheeded = tmp_path / "guided", tmp_path / "unheeded"
    result = train(small_config(guided, **settings), dataset)
    weights = dict(warm_start_classifier_weight=0.0, classifier_weight=0.0)
    train(small_config(unheeded, **settings, **weights), dataset)
    assert result.steps == 12 and result.epsilon == pytest.approx(plan.epsilon)
    assert "classifier steps" in (guided / "privacy_card.md").read_text()
    assert not list((guided / "samples").glob("classifier*"))
    assert any((one != other).any() for one, other in zip(weights_of(guided), weights_of(unheeded), strict=True))


@pytest.mark.parametrize("stop", [("classifier", 3), pytest.param(("mean_embedding", 2), marks=pytest.mark.slow)])
def test_the_classifier_s_hidden_layers_may_describe_the_images(tmp_path, digit_images, stop, monkeypatch):
    dataset = small_dataset(digit_images)
    settings = dict(
        classifier_steps=5,
        classifier_batch_size=20,
        classifier_noise_multiplier=4.0,
        noise_seed=1,
        classifier_length_scales="0.5",
    )
    train(small_config(tmp_path / "whole", **settings), dataset)
    released = np.load(tmp_path / "whole/private/checkpoints/mean_embedding/release.npy")
    assert released.shape == (10, 2 * 2 * small_config("unused").num_frequencies)
    plan = train_until(stop, small_config(tmp_path / "parts", **settings), dataset, monkeypatch).plan
    assert train(small_config(tmp_path / "parts", **settings), dataset).epsilon == pytest.approx(plan.epsilon)
    for one, other in zip(weights_of(tmp_path / "whole"), weights_of(tmp_path / "parts"), strict=True):
        np.testing.assert_allclose(one, other, atol=2e-4)


def test_an_auxiliary_classifier_needs_labels(tmp_path, digit_images):
    unlabelled = small_dataset(digit_images).without_labels()
    with pytest.raises(ValueError, match="--classifier_steps needs labels"):
        train(small_config(tmp_path / "run", classifier_steps=5), unlabelled)
    assert not (tmp_path / "run").exists()


def test_a_fixed_noise_seed_is_confessed_on_the_card(tmp_path, digit_images):
    train(small_config(tmp_path / "run", noise_seed=3), small_dataset(digit_images))
    assert "NOT PRIVATE" in (tmp_path / "run/privacy_card.md").read_text().split("|")[0]


@pytest.mark.parametrize("method", ["dpgan", "mean_embedding"])
def test_without_privacy_the_card_says_so_first(tmp_path, digit_images, method):
    config = small_config(tmp_path / "run", noise_multiplier=None, non_private=True, method=method)
    result = train(config, small_dataset(digit_images))
    assert result.epsilon == float("inf")
    assert "NOT PRIVATE" in "".join((tmp_path / "run/privacy_card.md").read_text().splitlines(True)[:3])


def test_public_data_costs_nothing_and_is_named(tmp_path, digit_images):
    images, labels = digit_images
    dataset = dataset_from_arrays(images, labels, tuple("0123456789"), is_public=True)
    result = train(small_config(tmp_path / "run", noise_multiplier=None, public_data=True), dataset)
    assert result.epsilon == 0.0
    assert "public" in (tmp_path / "run/privacy_card.md").read_text()


def test_other_settings_or_data_are_refused(trained, tmp_path, digit_images):
    dataset = small_dataset(digit_images)
    with pytest.raises(RunError, match="--noise_multiplier=1.3; received 1.1"):
        train(small_config(tmp_path / "run", noise_multiplier=1.1), dataset)
    images, labels = digit_images
    with pytest.raises(RunError, match="num_examples"):
        train(small_config(tmp_path / "run"), small_dataset((images[:99], labels[:99])))
    with pytest.raises(RunError, match="finished with other images"):
        train(small_config(tmp_path / "run"), small_dataset((images[:, ::-1], labels)))
    with pytest.raises(RunError, match="finished with other images"):  # one image is not what it was
        train(small_config(tmp_path / "run"), small_dataset((np.concatenate([images[:119], images[:1]]), labels)))
    assert train(small_config(tmp_path / "run"), small_dataset((images[::-1], labels[::-1]))).steps == 12
    assert "was given the images that it began with" in (tmp_path / "run/privacy_card.md").read_text()


def test_a_ledger_that_was_edited_is_refused(trained, digit_images):
    ledger = RunDirectory(trained).ledger
    ledger.write_text(ledger.read_text().replace('"booked_steps": 12', '"booked_steps": 2'))
    with pytest.raises(LedgerError):
        train(small_config(trained), small_dataset(digit_images))


def test_a_second_process_on_the_same_run_is_refused(tmp_path, digit_images):
    dataset = small_dataset(digit_images)
    session = make_session(make_plan(small_config(tmp_path / "run"), dataset.num_examples), dataset)
    session.run_dir.create()
    session.run_dir.write_config({}, {})
    with session.run_dir.locked(), pytest.raises(RunError, match="Another process"):
        session.run(show_progress=False)


def test_batch_norm_in_the_discriminator_leaves_nothing_behind(tmp_path, digit_images):
    config = small_config(tmp_path / "run", discriminator_norm="batch")
    with pytest.raises(ValueError, match="(?i)batch_?norm"):
        train(config, small_dataset(digit_images))
    assert not (tmp_path / "run").exists()


def test_a_finished_run_is_not_trained_again(trained_once, trained, digit_images):
    before = weights_of(trained)
    again = train(small_config(trained), small_dataset(digit_images))
    assert again == dataclasses.replace(trained_once[1], model_dir=str(trained))
    for one, other in zip(before, weights_of(trained), strict=True):
        np.testing.assert_array_equal(one, other)
