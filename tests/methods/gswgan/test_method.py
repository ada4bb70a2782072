# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""GS-WGAN and DPAC as methods: what a run takes, keeps, releases and says."""

import json

import numpy as np
import pytest
import tensorflow as tf

from tests.methods.gswgan.small import METHOD, NUM_CRITICS, method_config
from tests.training.small import small_dataset
from tests.training.stop_at import run_until
from tfdpgan import DPGAN, api, data
from tfdpgan.config import ConfigError
from tfdpgan.generation import samplers
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.methods.generator_training import GeneratorTraining, make_session
from tfdpgan.methods.gswgan.phase import RoundsPhase
from tfdpgan.methods.gswgan.school import School
from tfdpgan.methods.planning import make_plan
from tfdpgan.privacy import accounting
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.privacy.mechanisms import GradientSanitizer
from tfdpgan.run import RunDirectory

METHODS = ("gswgan", "dpac")
IN_THE_GATE = ("gswgan", pytest.param("dpac", marks=pytest.mark.slow))


def session_of(config, dataset):
    return make_session(make_plan(config, dataset.num_examples), dataset)


def made(config, dataset):
    """The phases of a training, made one after the other, as a session does."""
    plan = make_plan(config, dataset.num_examples)
    training = GeneratorTraining(plan, dataset, RunDirectory(config.model_dir))
    return training, [planned.make() for planned in training.phases]


def generator_weights(model_dir):
    return ReleasedGenerator.load(RunDirectory(model_dir).generator).model.get_weights()


@pytest.fixture(scope="module", params=METHODS)
def run(request, tmp_path_factory, digit_images):
    """A finished small run."""
    path = tmp_path_factory.mktemp(request.param) / "run"
    session_of(method_config(path, request.param), small_dataset(digit_images)).complete(show_progress=False)
    return RunDirectory(path)


def test_the_generator_is_all_that_is_released(run, tmp_path):
    assert [path.name for path in run.released.iterdir()] == ["generator"]
    assert list((run.private / "critics").rglob("critics_*.npz"))
    for sampler in ("collaborative", "rejection", "metropolis"):
        with pytest.raises(ConfigError, match="holds no released discriminator: .* without noise") as error:
            samplers.draw(sampler, samplers.Source(api.load_generator(str(run.path)), run), 4)
        assert "\n" not in str(error.value)
    DPGAN.load(str(run.path)).save(str(tmp_path / "copy"))
    copied = [path for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    assert copied and not [path for path in copied if "critic" in path.name or "private" in path.parts]


def test_ledger_and_card_speak_of_one_image_replaced_and_of_rounds(run):
    ledger = Ledger.open(run.ledger)
    assert ledger.booked("rounds") == METHOD["steps"] and list(ledger.to_json()["stages"]) == ["rounds"]
    assert ledger.unreviewed() == []
    entry = ledger.to_json()["stages"]["rounds"]["parameters"]
    assert (entry["num_shards"], entry["num_examples"], entry["draw"]) == (NUM_CRITICS, 120, "per_image")
    card = json.loads(run.card_json.read_text())
    assert card["is_private"] and card["adjacency"] == "replace one image"
    text = run.card.read_text()
    assert "had that image been another" in text and "drawn in secret" in text and "Poisson" not in text
    assert "left out" not in card["statement"]
    drawn = f"rounds: 6 steps of 4 noised gradients, a shard drawn for each image, of {NUM_CRITICS} |"
    assert drawn in text and "all images |" not in text


def test_nothing_that_a_critic_says_is_reported(run):
    names = {name for line in run.read_metrics() for name in line}
    assert names <= {"phase", "step", "epsilon", "sanitized_gradient_norm"}, names


@pytest.mark.parametrize("method", METHODS)
def test_the_plan_shows_the_published_figure_beside_the_sound_one(method, tmp_path):
    config = method_config(tmp_path, method, noise_multiplier=1.07, num_critics=1000, images_per_round=32, steps=20_000)
    plan = make_plan(config, 60_000)
    assert plan.epsilon == pytest.approx(5.51, abs=0.02)
    assert "5.51" in plan.summary() and "published accounting would say epsilon = 9.99" in plan.summary()
    assert "one image that is replaced" in plan.summary()


def test_a_classifier_that_is_carried_over_is_charged_as_if_nothing_were_drawn(tmp_path):
    fresh, carried, blind = (
        make_plan(method_config(tmp_path, "dpac", **changes), 120)
        for changes in ({}, {"dpac_fresh_start": False}, {"dpac_fresh_start": False, "dpac_real2gen": False})
    )
    assert fresh.stages[0].mechanism.event == blind.stages[0].mechanism.event
    assert carried.stages[0].mechanism.event.event == accounting.shard_event(1.5, 1)
    assert carried.epsilon > 2 * fresh.epsilon


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"num_critics": 121}, "--num_critics must be at most the number of images, 120"),
        ({"per_layer_clipping": True}, "--per_layer_clipping is for DP-SGD"),
        ({"steps": None, "epochs": 2.0}, "--epochs is for DP-SGD"),
    ],
)
def test_settings_that_do_not_fit_are_refused(tmp_path, changes, words):
    with pytest.raises(ConfigError, match=words):
        make_plan(method_config(tmp_path, **changes), 120)


def test_images_without_classes_are_refused_by_dpac(tmp_path, digit_images):
    with pytest.raises(ValueError, match="two classes or more"):
        session_of(method_config(tmp_path, "dpac"), small_dataset(digit_images).without_labels())


def test_what_is_booked_is_what_is_done(tmp_path, digit_images):
    training, phases = made(method_config(tmp_path / "run"), small_dataset(digit_images))
    rounds, mechanism = phases[-1], training.plan.stages[0].mechanism
    assert rounds.stage.mechanism == rounds._mechanism == mechanism
    other = GradientSanitizer(9.0, 1.0, NUM_CRITICS, 4, 120)
    with pytest.raises(TypeError, match="would be booked"):
        RoundsPhase("rounds", training.config, training.networks, rounds._school, other, rounds.stage, tmp_path)


@pytest.mark.parametrize("method", IN_THE_GATE)
def test_who_learns_follows_the_calendar_whoever_is_drawn(method, tmp_path, digit_images, monkeypatch):
    taught = []
    teach = School.teach
    monkeypatch.setattr(
        School, "teach", lambda self, critics, *args: [taught[-1].append(list(critics)), teach(self, critics, *args)]
    )
    for shard in (0, 5):
        taught.append([])
        monkeypatch.setattr(GradientSanitizer, "draw_shards", lambda self, *args, to=shard: np.full(4, to))
        _, [_, rounds] = made(method_config(tmp_path / str(shard), method), small_dataset(digit_images))
        for step in range(4):
            rounds.step(step)
    assert taught[0] == taught[1] == [[0, 1], [2, 3], [4, 5], [0, 1]]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("norm", [pytest.param("pixel", marks=pytest.mark.slow), "batch"])
def test_a_replaced_image_reaches_the_generator_through_its_own_shard_alone(method, norm, tmp_path, digit_images):
    """Image and label; through warm-up and rounds, with batch statistics, which labels of real images never touch."""
    images, labels = digit_images
    position = 17
    pixels, classes = images.copy(), labels.copy()
    pixels[position], classes[position] = 255 - images[position], (labels[position] + 1) % 10
    ends, all_seen = [], {"critic_batch_size": 20, "dpac_entry_round": 0}
    for number, (some, of_class) in enumerate(((images, labels), (pixels, classes))):
        dataset = data.dataset_from_arrays(some, of_class, tuple("0123456789"))
        config = method_config(tmp_path / str(number), method, generator_norm=norm, noise_seed=3, **all_seen)
        training, [warm_up, rounds] = made(config, dataset)
        own = rounds._school.shards.shard_of()[position]
        shards = [shard for shard in range(NUM_CRITICS) if shard != own][:4]
        for step in range(3):
            warm_up.step(step)
        at_rest = training.networks.generator.get_weights()
        for drawn in (shards, [*shards[:3], own]):
            rounds._mechanism = training.plan.stages[0].mechanism
            before = training.networks.generator.get_weights()
            learned = rounds._companion.learn(np.array(drawn), 1) if rounds._companion else None
            rounds._school.teach(np.arange(NUM_CRITICS), 1, rounds._school.random(2, 1))
            rounds._noise.rewind(1)
            rounds._generator_step(tf.constant(drawn, tf.int32), learned)
            ends.append((at_rest, before, training.networks.generator.get_weights()))

    def same(one, other):
        return all(np.array_equal(left, right) for left, right in zip(one, other, strict=True))

    apart, through = (ends[0], ends[2]), (ends[1], ends[3])
    assert same(apart[0][0], apart[1][0]), "statistics of the generator after the warm-up"
    assert same(apart[0][2], apart[1][2]), "drawn shards without the image"
    assert not same(through[0][2], through[1][2]), "the shard with the image"


@pytest.mark.parametrize("method", IN_THE_GATE)
@pytest.mark.parametrize(("phase", "step"), [pytest.param("critic_warm_up", 3, marks=pytest.mark.slow), ("rounds", 3)])
def test_stopped_and_resumed_equals_uninterrupted(method, phase, step, tmp_path, digit_images, monkeypatch):
    dataset = small_dataset(digit_images)
    changes = {"noise_seed": 5, "dpac_fresh_start": False}
    session_of(method_config(tmp_path / "whole", method, **changes), dataset).complete(show_progress=False)
    run_until(session_of(method_config(tmp_path / "parts", method, **changes), dataset), phase, step, monkeypatch)
    session_of(method_config(tmp_path / "parts", method, **changes), dataset).complete(show_progress=False)
    for one, other in zip(generator_weights(tmp_path / "whole"), generator_weights(tmp_path / "parts"), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    assert Ledger.open(tmp_path / "parts/ledger.json").lost("rounds") == 0


@pytest.mark.parametrize("phase", [pytest.param("critic_warm_up", marks=pytest.mark.slow), "rounds"])
def test_killed_without_a_word_it_goes_on_from_its_checkpoint(phase, tmp_path, digit_images, monkeypatch):
    """The process dies in the middle of a block, after critics have learned that no file knows of."""
    dataset, config = small_dataset(digit_images), method_config(tmp_path / "run", noise_seed=5)
    calls, teach = [], School.teach
    dies_at = 4 if phase == "critic_warm_up" else METHOD["critic_warm_up_steps"] + 4

    def dying(self, *args):
        teach(self, *args)
        calls.append(args)
        if len(calls) == dies_at:
            raise SystemExit("killed")

    monkeypatch.setattr(School, "teach", dying)
    with pytest.raises(SystemExit):
        session_of(config, dataset).complete(show_progress=False)
    monkeypatch.undo()
    session_of(config, dataset).complete(show_progress=False)
    ledger = Ledger.open(tmp_path / "run/ledger.json")
    assert ledger.booked("rounds") == METHOD["steps"]
    assert ledger.lost("rounds") == (2 if phase == "rounds" else 0)
    if phase == "critic_warm_up":
        whole = method_config(tmp_path / "whole", noise_seed=5)
        session_of(whole, dataset).complete(show_progress=False)
        for one, other in zip(generator_weights(tmp_path / "run"), generator_weights(tmp_path / "whole"), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [{"dpac_gen2real": False}, {"dpac_real2gen": False}, {"dpac_generated_first": False}, {"dpac_fresh_start": False}],
)
def test_each_ablation_trains(changes, tmp_path, digit_images):
    _, [_, rounds] = made(method_config(tmp_path, "dpac", draw="shared", **changes), small_dataset(digit_images))
    values = [rounds.step(step)["sanitized_gradient_norm"] for step in (1, 2, 3)]
    assert np.all(np.isfinite(values)) and np.all(np.array(values) > 0)
