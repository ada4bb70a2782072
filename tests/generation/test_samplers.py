# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Samplers on a real run with everything that a run may keep: what each promises, and what it refuses."""

import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf

from tests.training.small import small_config, small_dataset
from tfdpgan import DPGAN, api
from tfdpgan.config import ConfigError
from tfdpgan.generation import samplers
from tfdpgan.generation.sampler_config import SamplerConfig
from tfdpgan.generation.samplers.latent_draws import latents_and_labels
from tfdpgan.methods.planning import make_plan
from tfdpgan.run import RunDirectory

LIGHT = dict(  # rates so large that images, logits and classes differ after a few steps
    architecture="fully_connected",
    classifier_steps=2,
    warm_start_steps=0,
    steps=8,
    learning_rate=5e-3,
    generator_learning_rate=5e-3,
    ema_decay=0.0,
    discriminator_norm="none",
    loss="bce",
)


def train(folder, digit_images, **changes):
    config, dataset = small_config(folder, **changes), small_dataset(digit_images)
    api.train(make_plan(config, dataset.num_examples), dataset, show_progress=False)
    return str(folder)


@pytest.fixture(scope="module")
def run(tmp_path_factory, digit_images):
    """A DP-SGD run that keeps a discriminator and a classifier."""
    folder = tmp_path_factory.mktemp("samplers") / "run"
    return train(folder, digit_images, **LIGHT)


def logits(run, drawn):
    judge = api.source_of(run).discriminator().model
    return judge((tf.constant(drawn.images), tf.constant(drawn.labels)), training=False).numpy()


def between(run, share):
    """A D(x) that this share of plain images is below."""
    found = logits(run, api.draw(run, 300, seed=3)).astype(np.float64)
    return float(1 / (1 + np.exp(-np.quantile(found, share))))


@pytest.mark.parametrize("sampler", samplers.SAMPLERS)
def test_every_sampler_gives_what_was_asked_for_twice_and_says_how(run, sampler):
    settings = {"rejection_percentile": 50.0, "metropolis_steps": 3, "confidence": 0.02, "refine_steps": 2}
    first, again = (api.draw(run, 23, seed=4, sampler=sampler, **settings) for _ in range(2))
    assert first.images.shape == (23, 28, 28, 1) and first.images.dtype == np.float32
    assert np.abs(first.images).max() <= 1 and first.labels.shape == (23,)
    assert first.images.tobytes() == again.images.tobytes() and (first.labels == again.labels).all()
    other = api.draw(run, 23, seed=5, sampler=sampler, **settings)
    assert first.images.tobytes() != other.images.tobytes()
    assert first.mark["sampler"] == sampler and first.mark["epsilon"] > 0
    assert json.loads(json.dumps(first.mark)) == first.mark and first.mark["sampling"]


@pytest.mark.parametrize("sampler", [name for name in samplers.SAMPLERS if name != "relabel"])
def test_every_sampler_keeps_to_the_labels_that_are_given(run, sampler):
    labels = np.array([7, 7, 1, 0, 9], np.int32)
    settings = {"rejection_percentile": 50.0, "metropolis_steps": 3, "confidence": 0.02, "refine_steps": 2}
    drawn = api.draw(run, 5, seed=1, sampler=sampler, labels=labels, **settings)
    assert (drawn.labels == labels).all()


@pytest.mark.parametrize("sampler", samplers.SAMPLERS)
def test_every_sampler_may_be_followed_by_interpolation(run, sampler):
    settings = {"rejection_percentile": 50.0, "metropolis_steps": 3, "confidence": 0.02, "refine_steps": 2}
    drawn = api.draw(run, 14, seed=1, sampler=sampler, interpolate=True, interpolation_steps=5, **settings)
    assert len(drawn.images) == 14
    if sampler != "relabel":
        assert (drawn.labels == np.repeat([0, 1, 2], 5)[:14]).all()
    assert drawn.mark["sampler"] == ("interpolation" if sampler == "plain" else sampler)
    assert '"interpolate": true' in json.dumps(drawn.mark)


def test_zero_steps_are_plain_sampling_bit_for_bit(run):
    plain = api.draw(run, 30, seed=2)
    none = api.draw(run, 30, seed=2, sampler="collaborative", refine_steps=0)
    assert plain.images.tobytes() == none.images.tobytes()
    assert none.mark["sampling"]["share_of_images"]["refined"] == 0


@pytest.mark.parametrize(("optimizer", "rate"), [("adam", 0.05), ("plain", 0.05), ("plain", 1e4)])
def test_d_rises_for_every_image_below_eta_and_the_others_stay_bit_for_bit(run, optimizer, rate):
    eta = between(run, 0.6)
    plain = api.draw(run, 300, seed=3)
    refined = api.draw(
        *(run, 300),
        seed=3,
        sampler="collaborative",
        refine_until=eta,
        refine_rate=rate,
        refine_optimizer=optimizer,
        refine_steps=5,
    )
    before, after = logits(run, plain), logits(run, refined)
    middle = np.log(eta / (1 - eta))
    rounding = 1e-5 * (1 + abs(middle))
    low, high = before < middle - rounding, before > middle + rounding
    assert low.sum() > 100 and high.sum() > 50
    assert (after[low] > before[low]).all()
    assert plain.images[high].tobytes() == refined.images[high].tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["dcgan", "dcgan2020", "fully_connected"])
def test_any_layer_by_name_or_index_and_a_wrong_one_is_answered_with_all(tmp_path, digit_images, architecture):
    conditional = architecture != "dcgan2020"
    images, labels = digit_images
    config = small_config(
        tmp_path / "run", architecture=architecture, discriminator_width=8, warm_start_steps=0, steps=2
    )
    dataset = small_dataset((images, labels)) if conditional else _unlabelled(images)
    run = api.train(make_plan(config, dataset.num_examples), dataset, show_progress=False).model_dir
    with pytest.raises(ConfigError, match="--refine_layer must be an index from 0") as error:
        api.draw(run, 4, sampler="collaborative", refine_layer="magic")
    assert "\n" not in str(error.value)
    names = str(error.value).split("one of: ")[1].split(". Received")[0].split(", ")
    plain = api.draw(run, 4, seed=1)
    for index, name in enumerate(names):
        by_name, by_index = (
            api.draw(run, 4, seed=1, sampler="collaborative", refine_layer=which, refine_until=0.99)
            for which in (name, str(index))
        )
        assert by_name.images.tobytes() == by_index.images.tobytes() != plain.images.tobytes()
        assert by_name.mark["sampling"]["refinement"]["refine_layer"] == name


def _unlabelled(images):
    from tfdpgan import data

    return data.dataset_from_arrays(images)


def test_refined_images_may_be_chosen_among(run):
    for then in ("rejection", "metropolis"):
        drawn = api.draw(
            run, 12, seed=1, sampler="collaborative", refine_then=then, rejection_percentile=50.0, metropolis_steps=2
        )
        assert drawn.mark["sampling"]["proposed"] > 12 and len(drawn.images) == 12
    with pytest.raises(ConfigError, match="leave one of them out"):
        api.draw(run, 12, sampler="collaborative", refine_then="metropolis", interpolate=True)


def test_choosing_raises_what_the_discriminator_thinks(run):
    mean = {
        sampler: logits(run, api.draw(run, 300, seed=6, sampler=sampler)).mean()
        for sampler in ("plain", "rejection", "metropolis")
    }
    assert mean["rejection"] > mean["plain"] and mean["metropolis"] > mean["plain"]


def test_soft_labels_are_the_classifiers_probabilities_and_hard_ones_their_maximum(run):
    soft = api.draw(run, 30, seed=1, sampler="relabel")
    classifier = api.source_of(run).classifier()
    np.testing.assert_allclose(soft.soft_labels, classifier.probabilities(soft.images), rtol=1e-5)
    assert (soft.labels == soft.soft_labels.argmax(axis=1)).all()
    hard = api.draw(run, 30, seed=1, sampler="relabel", relabel_to="hard")
    assert hard.soft_labels is None and (hard.labels == soft.labels).all()
    assert soft.mark["sampling"]["labels"].startswith("soft") and hard.mark["sampling"]["labels"].startswith("hard")


def test_confident_images_are_those_that_the_classifier_can_read(run):
    classifier, plain = api.source_of(run).classifier(), api.draw(run, 300, seed=3)
    asked_for = classifier.probabilities(plain.images)[np.arange(300), plain.labels]
    reachable = float(min(np.quantile(asked_for[plain.labels == label], 0.7) for label in range(10)))
    drawn = api.draw(run, 40, seed=1, sampler="confident", confidence=reachable)
    probabilities = classifier.probabilities(drawn.images)
    assert (probabilities[np.arange(40), drawn.labels] >= reachable - 1e-4).all()
    assert asked_for.min() < reachable
    assert (np.bincount(drawn.labels, minlength=10) == 4).all()
    with pytest.raises(ConfigError, match="smaller --confidence"):
        api.draw(run, 4, seed=1, sampler="confident", confidence=0.9999)


def test_priors_and_paths_are_what_they_say(run):
    source = api.source_of(run)

    def latents(**settings):
        changed = dataclasses.replace(source, settings=SamplerConfig(**settings))
        return latents_and_labels(changed, 2000, None, 1)[0]

    assert np.abs(latents(prior="truncated", truncation=0.3)).max() <= 0.3
    np.testing.assert_allclose(np.linalg.norm(latents(prior="sphere"), axis=1), np.sqrt(4), rtol=1e-5)
    uniform = latents(prior="uniform")
    assert np.abs(uniform).max() <= np.sqrt(3) and abs(uniform.var() - 1) < 0.05
    straight = latents(interpolate=True).reshape(200, 10, 4)
    np.testing.assert_allclose(straight[:, 3], straight[:, 0] * 2 / 3 + straight[:, 9] / 3, rtol=1e-4, atol=1e-5)
    circle = latents(interpolate=True, interpolation_path="spherical").reshape(200, 10, 4)
    norms = np.linalg.norm(circle, axis=2)
    np.testing.assert_allclose(norms, np.linspace(norms[:, 0], norms[:, -1], 10).T, rtol=1e-4)
    np.testing.assert_allclose(circle[:, [0, -1]], straight[:, [0, -1]], rtol=1e-4, atol=1e-5)
    chained = latents(interpolate=True, interpolation_pairs="chained").reshape(200, 10, 4)
    np.testing.assert_array_equal(chained[:-1, -1], chained[1:, 0])
    inner = latents(interpolate=True, interpolation_endpoints=False).reshape(200, 10, 4)
    ends = inner[:, 0] * 12 / 11 - (inner[:, 0] * 12 / 11 - inner[:, 0])
    np.testing.assert_allclose(ends, inner[:, 0])
    assert not np.isin(inner, straight).all(axis=2).any()


def test_a_notebook_draws_by_every_sampler(run):
    gan = DPGAN.load(run)
    images, labels = gan.sample(6, seed=1, sampler="collaborative", refine_steps=2)
    assert images.dtype == np.uint8 and labels.shape == (6,)
    assert gan.draw(6, seed=1, sampler="relabel").soft_labels.shape == (6, 10)
    with pytest.raises(ConfigError, match="Did you mean refine_steps"):
        gan.sample(6, sampler="collaborative", refine_step=2)


def test_a_run_that_keeps_no_discriminator_or_classifier_is_refused_with_the_reason(tmp_path, digit_images):
    run = train(tmp_path / "run", digit_images, method="mean_embedding")
    for sampler in ("collaborative", "rejection", "metropolis"):
        with pytest.raises(ConfigError, match="a mean embedding trains none.*plain") as error:
            api.draw(run, 4, sampler=sampler)
        assert "\n" not in str(error.value)
    for sampler in ("relabel", "confident"):
        with pytest.raises(ConfigError, match="none was trained.*--classifier_steps"):
            api.draw(run, 4, sampler=sampler)


def test_a_swapped_classifier_is_noticed(tmp_path, digit_images):
    run = train(tmp_path / "run", digit_images, **{**LIGHT, "steps": 2})
    weights = next(RunDirectory(run).auxiliary_classifier.glob("*.keras"))
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ConfigError, match="was changed after it was released"):
        api.draw(run, 4, sampler="relabel")


@pytest.mark.parametrize("sampler", ["plain", "relabel"])
def test_the_mark_and_soft_labels_travel_in_every_format(run, tmp_path, sampler):
    from PIL import Image

    for name in ("x.npz", "x.tfrecord", "x.png", "folder"):
        assert api.generate(run, 12, str(tmp_path / name), seed=1, sampler=sampler) == 12
    drawn = api.draw(run, 12, seed=1, sampler=sampler)
    with np.load(tmp_path / "x.npz") as file:
        marks = [json.loads(str(file["provenance"]))]
        soft = file["soft_labels"] if "soft_labels" in file.files else None
    record = tf.train.Example.FromString(next(iter(tf.data.TFRecordDataset(str(tmp_path / "x.tfrecord")))).numpy())
    marks.append(json.loads(record.features.feature["provenance"].bytes_list.value[0]))
    single = next((tmp_path / "folder").rglob("*.png"))
    marks += [json.loads(Image.open(path).text["Provenance"]) for path in (tmp_path / "x.png", single)]
    assert all(mark == drawn.mark for mark in marks)
    probabilities = record.features.feature["image/class/probabilities"].float_list.value
    table = tmp_path / "folder" / "soft_labels.csv"
    if sampler == "plain":
        assert soft is None and not probabilities and not table.exists()
        return
    np.testing.assert_allclose(soft, drawn.soft_labels, rtol=1e-6)
    np.testing.assert_allclose(probabilities, drawn.soft_labels[0], rtol=1e-6)
    rows = [line.split(",") for line in table.read_text().splitlines()]
    assert rows[0] == ["file", *map(str, range(10))] and len(rows) == 13
    assert all((tmp_path / "folder" / row[0]).exists() for row in rows[1:])
    np.testing.assert_allclose([float(cell) for cell in rows[1][1:]], drawn.soft_labels[0], rtol=1e-6)
