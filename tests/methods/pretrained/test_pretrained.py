# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A start from another run: free where its images are stated to be public, and nowhere else."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
import tf_keras as keras

from tests.training.small import small_config
from tests.training.stop_at import run_until
from tfdpgan import DPGAN, api, data
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.methods.generator_training import make_session
from tfdpgan.methods.planning import make_plan
from tfdpgan.models.classifiers import hidden_features
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.run import RunDirectory

NUM_PUBLIC = 50
QUICK = dict(method="mean_embedding", architecture="fully_connected", steps=None, batch_size=None)
PUBLIC = dict(pretrained_is_public=True, pretrained_licence="handwriting of volunteers, CC0")


def digits(digit_images, public=False, names="0123456789"):
    """The first 50 digits, or the 70 others."""
    part = slice(NUM_PUBLIC) if public else slice(NUM_PUBLIC, None)
    images, labels = (each[part] for each in digit_images)
    name = "old digits" if public else "digits"
    return data.dataset_from_arrays(images, labels % len(names), tuple(names), name=name)


def train(model_dir, dataset, **changes):
    config = small_config(model_dir, **{**QUICK, **changes})
    return api.train(make_plan(config, dataset.num_examples), dataset, show_progress=False)


def weights_of(model_dir):
    return ReleasedGenerator.load(RunDirectory(model_dir).generator).model.get_weights()


def card_of(model_dir):
    return json.loads(RunDirectory(model_dir).card_json.read_text())


@pytest.fixture(scope="module")
def plain_run(tmp_path_factory, digit_images):
    """Trained without privacy, with a classifier."""
    folder = tmp_path_factory.mktemp("pretrained") / "old_run"
    changes = dict(noise_multiplier=None, non_private=True, classifier_steps=3, classifier_learning_rate=0.1)
    train(folder, digits(digit_images, public=True), **changes)
    return folder


@pytest.fixture(scope="module")
def private_run(tmp_path_factory, digit_images):
    """Trained under DP, without a classifier."""
    folder = tmp_path_factory.mktemp("pretrained") / "private_run"
    train(folder, digits(digit_images, public=True), noise_multiplier=2.0)
    return folder


def test_a_stated_public_run_costs_nothing_and_the_card_says_whose_statement_that_is(tmp_path, digit_images, plain_run):
    dataset = digits(digit_images)
    with_start = train(tmp_path / "run", dataset, pretrained=str(plain_run), **PUBLIC)
    alone = make_plan(small_config(tmp_path / "other", **QUICK), dataset.num_examples)
    assert with_start.epsilon == pytest.approx(alone.epsilon)
    card, page = card_of(tmp_path / "run"), RunDirectory(tmp_path / "run").card.read_text()
    assert card["is_private"] and not card["nonprivate_accesses"] and card["ancestors"] == ["old_run"]
    assert (
        "**Public, and not counted:** starts from a generator and a classifier trained on old digits (run old_run, "
        "without privacy), which the owner of this run states to be public; licence: handwriting of volunteers, CC0."
    ) in page
    assert "that they are public is a statement, not a proof" in page
    parent = RunDirectory(tmp_path / "run").read_config()["parent"]
    assert parent["run_id"] == Ledger.open(plain_run / "ledger.json").to_json()["run_id"] and parent["is_public"]


def test_a_licence_that_nobody_gave_is_not_stated(tmp_path, digit_images, plain_run):
    plan = make_plan(small_config(tmp_path, **QUICK, pretrained=str(plain_run), pretrained_is_public=True), 70)
    assert "licence: NOT STATED (costs nothing)" in plan.summary()
    assert plan.notes[0].value == 0.0


def test_a_run_on_declared_public_data_needs_no_second_statement(tmp_path, digit_images):
    declared = dataclasses.replace(digits(digit_images, public=True), is_public=True)
    train(tmp_path / "open", declared, noise_multiplier=None, public_data=True)
    config = small_config(tmp_path / "run", **QUICK, pretrained=str(tmp_path / "open"))
    session = make_session(make_plan(config, 70), digits(digit_images))
    shutil.rmtree(tmp_path / "open")  # what was read once need not be there when the card is written
    session.complete(show_progress=False)
    assert "which was declared public by its owner when that was trained" in str(card_of(tmp_path / "run"))
    assert card_of(tmp_path / "run")["is_private"]


def test_a_run_without_privacy_is_refused_where_nobody_states_that_its_images_are_public(
    tmp_path, digit_images, plain_run
):
    with pytest.raises(ValueError, match="trained without privacy, and nothing says that its images are public"):
        make_plan(small_config(tmp_path, **QUICK, pretrained=str(plain_run)), 70)
    changes = dict(noise_multiplier=None, non_private=True)
    result = train(tmp_path / "run", digits(digit_images), pretrained=str(plain_run), **changes)
    assert result.epsilon == float("inf")
    assert "Descends from a run without privacy: old_run." in card_of(tmp_path / "run")["red_flags"]


def test_a_private_run_costs_what_it_cost(tmp_path, digit_images, private_run):
    dataset, alone = digits(digit_images), make_plan(small_config(tmp_path, **QUICK), 70).epsilon
    first = Ledger.open(private_run / "ledger.json").epsilon(1e-5)
    plan = make_plan(small_config(tmp_path / "run", **QUICK, pretrained=str(private_run)), 70)
    assert max(first, alone) < plan.epsilon < first + alone
    assert "what that cost is counted" in plan.summary() and plan.notes[0].value == pytest.approx(first)
    result = api.train(plan, dataset, show_progress=False)
    assert result.epsilon == pytest.approx(plan.epsilon)
    card = card_of(tmp_path / "run")
    assert "everything that its parent run private_run did" in card["covered"]
    assert "private_run" in card["ancestors"] and "states to be public" not in str(card)
    config = small_config(tmp_path, **QUICK, pretrained=str(private_run))
    within = make_plan(dataclasses.replace(config, noise_multiplier=None, target_epsilon=first + 1), 70)
    assert within.epsilon <= first + 1 and within.noise_multiplier > 1.3
    with pytest.raises(ValueError, match="has spent it already"):
        make_plan(dataclasses.replace(config, noise_multiplier=None, target_epsilon=first), 70)


@pytest.mark.parametrize("lost", ["ledger.json", "privacy_card.json", "config.json", "released/generator"])
def test_a_run_that_has_lost_its_papers_is_refused(tmp_path, plain_run, lost):
    copy = shutil.copytree(plain_run, tmp_path / "copy")
    shutil.rmtree(copy / lost) if (copy / lost).is_dir() else (copy / lost).unlink()
    with pytest.raises(ValueError):
        make_plan(small_config(tmp_path, **QUICK, pretrained=str(copy), **PUBLIC), 70)


@pytest.mark.parametrize("where", ["ledger.json", "other ledger", "weights", "classifier"])
def test_a_run_that_was_tampered_with_is_refused(tmp_path, digit_images, plain_run, private_run, where):
    copy = shutil.copytree(plain_run, tmp_path / "copy")
    if where == "ledger.json":
        text = (copy / where).read_text()
        (copy / where).write_text(text.replace("training on data set old digits", "training on nothing"))
    elif where == "other ledger":
        shutil.copy(private_run / "ledger.json", copy / "ledger.json")
    else:
        folder = "generator" if where == "weights" else "auxiliary_classifier"
        file = next(path for path in (copy / "released" / folder).iterdir() if path.suffix != ".json")
        file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(ValueError):
        train(tmp_path / "run", digits(digit_images), pretrained=str(copy), **PUBLIC)
    assert not (tmp_path / "run").exists()


def test_images_that_the_public_run_was_trained_on_are_no_private_ones(tmp_path, digit_images, plain_run):
    again = dataclasses.replace(digits(digit_images, public=True), name="by another name")
    with pytest.raises(ValueError, match="50 of the 50 images are among those"):
        train(tmp_path / "run", again, pretrained=str(plain_run), **PUBLIC)
    one = digits(digit_images)
    one = dataclasses.replace(one, pixels=np.concatenate([one.pixels[:-1], again.pixels[:1]]))
    with pytest.raises(ValueError, match="1 of the 70 images"):
        train(tmp_path / "run", one, pretrained=str(plain_run), **PUBLIC)
    copy = shutil.copytree(plain_run, tmp_path / "copy", ignore=shutil.ignore_patterns("private"))
    with pytest.raises(ValueError, match="same name and number"):
        train(tmp_path / "run", digits(digit_images, public=True), pretrained=str(copy), **PUBLIC)
    assert not (tmp_path / "run").exists()


def test_images_of_a_run_on_declared_public_data_are_known_too(tmp_path, digit_images):
    declared = dataclasses.replace(digits(digit_images, public=True), is_public=True)
    train(tmp_path / "open", declared, noise_multiplier=None, public_data=True)
    with pytest.raises(ValueError, match="50 of the 50 images are among those"):
        train(tmp_path / "run", digits(digit_images, public=True), pretrained=str(tmp_path / "open"))


def test_generator_and_features_begin_as_the_public_run_left_them(tmp_path, digit_images, plain_run):
    dataset = digits(digit_images)
    config = small_config(tmp_path / "run", **QUICK, pretrained=str(plain_run), **PUBLIC)
    training = make_session(make_plan(config, 70), dataset).recipe
    for model in (training.networks.generator, training.networks.averaged.model):
        for mine, public in zip(model.get_weights(), weights_of(plain_run), strict=True):
            np.testing.assert_array_equal(mine, public)
    assert training.networks.judge is None, "what its classes are is not known to be what these are"
    assert training.config.classifier_length_scales == "0.15,0.5"
    classifier = keras.models.load_model(plain_run / "released/auxiliary_classifier/classifier.keras")
    images = dataset.images[:5]
    np.testing.assert_allclose(training.networks.features(images), hidden_features(classifier)(images))
    assert training.phases[0].make().features.dimension == 2 * 2 * config.num_frequencies


def test_a_private_classifier_begins_with_the_public_weights(tmp_path, digit_images, plain_run):
    changes = dict(classifier_steps=2, classifier_batch_size=20, classifier_noise_multiplier=4.0)
    config = small_config(tmp_path / "run", **QUICK, pretrained=str(plain_run), **PUBLIC, **changes)
    training = make_session(make_plan(config, 70), digits(digit_images)).recipe
    public = keras.models.load_model(plain_run / "released/auxiliary_classifier/classifier.keras")
    for mine, theirs in zip(training.networks.judge.get_weights(), public.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    three = make_session(make_plan(config, 70), digits(digit_images, names="abc")).recipe.networks.judge.get_weights()
    np.testing.assert_array_equal(three[0], public.get_weights()[0])
    assert three[-1].shape == (3,)
    train(tmp_path / "run", digits(digit_images), pretrained=str(plain_run), **PUBLIC, **changes)
    assert set(Ledger.open(tmp_path / "run/ledger.json").to_json()["stages"]) == {"classifier", "mean_embedding"}


@pytest.mark.parametrize("method", ["dpgan", "gswgan"])
def test_every_method_may_start_from_it_with_other_classes_or_none(tmp_path, digit_images, plain_run, method):
    steps = dict(method=method, steps=2, warm_start_steps=0, num_critics=2, critic_warm_up_steps=1, images_per_round=4)
    steps |= dict(batch_size=30) if method == "dpgan" else dict(num_generated=None)
    others = {"three": digits(digit_images, names="abc"), "none": digits(digit_images).without_labels()}
    for name, dataset in others.items():
        train(tmp_path / name, dataset, pretrained=str(plain_run), **PUBLIC, **steps)
        assert api.load_generator(str(tmp_path / name)).draw(3)[0].shape == (3, 28, 28, 1)
        assert card_of(tmp_path / name)["is_private"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(generator_width=8), "was trained with --generator_width=4. Received: --generator_width=8"),
        (dict(latent_dim=5), "was trained with --latent_dim=4"),
        (dict(architecture="dcgan"), "was trained with --architecture=fully_connected"),
    ],
)
def test_networks_of_another_form_are_refused_by_the_setting(tmp_path, digit_images, plain_run, changes, message):
    with pytest.raises(ValueError, match=message):
        train(tmp_path / "run", digits(digit_images), pretrained=str(plain_run), **PUBLIC, **changes)


def test_images_of_another_size_are_refused(tmp_path, digit_images, plain_run):
    dataset = dataclasses.replace(digits(digit_images), pixels=np.zeros([70, 32, 32, 1], np.uint8))
    with pytest.raises(ValueError, match="draws images of 28x28x1 .* and these are 32x32x1"):
        train(tmp_path / "run", dataset, pretrained=str(plain_run), **PUBLIC)


def test_settings_that_speak_of_no_run_or_of_no_classifier_are_refused(tmp_path, digit_images, private_run):
    for settings in (dict(pretrained_is_public=True), dict(pretrained_licence="MIT")):
        with pytest.raises(ValueError, match="speaks of the run that --pretrained names"):
            make_plan(small_config(tmp_path, **QUICK, **settings), 70)
    with pytest.raises(ValueError, match="kept none"):
        train(tmp_path / "run", digits(digit_images), pretrained=str(private_run), classifier_length_scales="0.5")
    with pytest.raises(ValueError, match="There is no run in"):
        make_plan(small_config(tmp_path, **QUICK, pretrained=str(tmp_path / "nowhere")), 70)


def test_stopped_and_resumed_equals_uninterrupted(tmp_path, digit_images, plain_run, monkeypatch):
    dataset, changes = digits(digit_images), dict(pretrained=str(plain_run), noise_seed=1, **PUBLIC)
    whole = train(tmp_path / "whole", dataset, **changes)
    config = small_config(tmp_path / "parts", **{**QUICK, **changes})
    run_until(make_session(make_plan(config, 70), dataset), "mean_embedding", 2, monkeypatch)
    assert train(tmp_path / "parts", dataset, **changes).epsilon == pytest.approx(whole.epsilon)
    for one, other in zip(weights_of(tmp_path / "whole"), weights_of(tmp_path / "parts"), strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5)
    content = Ledger.open(tmp_path / "parts/ledger.json").to_json()
    assert len(content["public_data"]) == 1 and content["settings"]["parent"]["is_public"]


def test_a_resumed_run_wants_the_weights_that_it_began_with(tmp_path, digit_images, plain_run, monkeypatch):
    dataset, public = digits(digit_images), shutil.copytree(plain_run, tmp_path / "old_run")
    config = small_config(tmp_path / "run", **QUICK, pretrained=str(public), **PUBLIC)
    run_until(make_session(make_plan(config, 70), dataset), "mean_embedding", 2, monkeypatch)
    with pytest.raises(ValueError, match="holds a run with --"):
        train(tmp_path / "run", dataset)
    shutil.rmtree(public)
    changes = dict(noise_multiplier=None, non_private=True, classifier_steps=3, classifier_learning_rate=0.1, seed=5)
    train(public, digits(digit_images, public=True), **changes)
    with pytest.raises(ValueError, match="began from other weights than those of --pretrained"):
        train(tmp_path / "run", dataset, pretrained=str(public), **PUBLIC)


def test_dpgan_takes_it_as_a_setting(tmp_path, digit_images, plain_run):
    dataset = digits(digit_images)
    settings = {name: value for name, value in vars(small_config(None, **QUICK)).items() if name in _SMALL}
    gan = DPGAN(str(tmp_path / "run"), False, pretrained=str(plain_run), **PUBLIC, **settings)
    assert "starts from a generator and a classifier trained on old digits" in str(gan.plan(70))
    gan.fit(dataset)
    assert "states to be public" in gan.privacy_card
    assert DPGAN.load(str(tmp_path / "run")).epsilon == gan.epsilon


_SMALL = (
    "method",
    "architecture",
    "noise_multiplier",
    "warm_start_steps",
    "num_frequencies",
    "warm_start_batch_size",
    "generator_width",
    "latent_dim",
)
