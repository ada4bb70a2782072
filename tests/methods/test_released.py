# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What leaves a run, and what does not."""

import numpy as np
import pytest
import tensorflow as tf

from tests.training.small import small_config, small_dataset
from tfdpgan import DPGAN, api
from tfdpgan.config import ConfigError
from tfdpgan.generation import samplers
from tfdpgan.generation.released_discriminator import ReleasedDiscriminator
from tfdpgan.methods.planning import make_plan
from tfdpgan.run import RunDirectory


def train(config, dataset):
    return api.train(make_plan(config, dataset.num_examples), dataset, show_progress=False)


def test_a_discriminator_trained_by_dp_sgd_is_kept_with_what_it_may_be_used_for(tmp_path, digit_images):
    train(small_config(tmp_path / "run"), small_dataset(digit_images))
    run = RunDirectory(tmp_path / "run")
    kept = ReleasedDiscriminator.load(run.discriminator)
    assert kept.provenance["is_private"] and kept.provenance["epsilon"] > 0
    assert "may_be_used_for" in (run.discriminator / "signature.json").read_text()
    logits = kept.model((tf.zeros([3, 28, 28, 1]), tf.constant([0, 1, 2])))
    assert logits.shape == (3,) and np.isfinite(logits).all()
    source = samplers.Source(api.load_generator(str(run.path)), run)
    assert source.discriminator().shape == kept.shape


def test_a_method_without_a_discriminator_of_its_own_keeps_none(tmp_path, digit_images):
    train(small_config(tmp_path / "run", method="mean_embedding"), small_dataset(digit_images))
    run = RunDirectory(tmp_path / "run")
    assert not run.discriminator.exists()
    with pytest.raises(ConfigError, match="holds no released discriminator"):
        samplers.Source(api.load_generator(str(run.path)), run).discriminator()


def test_a_swapped_discriminator_is_noticed(tmp_path, digit_images):
    train(small_config(tmp_path / "run"), small_dataset(digit_images))
    run = RunDirectory(tmp_path / "run")
    weights = next(run.discriminator.glob("*.h5"))
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ConfigError, match="was changed after it was released"):
        ReleasedDiscriminator.load(run.discriminator)


def test_what_is_saved_has_nothing_of_private(tmp_path, digit_images):
    train(small_config(tmp_path / "run"), small_dataset(digit_images))
    DPGAN.load(str(tmp_path / "run")).save(str(tmp_path / "copy"))
    names = {path.relative_to(tmp_path / "copy").parts[0] for path in (tmp_path / "copy").rglob("*")}
    assert "released" in names and "private" not in names
    assert not list((tmp_path / "copy").rglob("checkpoint"))
    assert api.load_generator(str(tmp_path / "copy")).draw(3)[0].shape == (3, 28, 28, 1)


@pytest.fixture(scope="module")
def judged_run(tmp_path_factory, digit_images):
    """A run that released a discriminator and a classifier."""
    run = tmp_path_factory.mktemp("judged") / "run"
    config = small_config(run, warm_start_steps=0, classifier_steps=2, architecture="fully_connected")
    train(config, small_dataset(digit_images))
    return str(run)


@pytest.mark.parametrize("sampler", samplers.SAMPLERS)
def test_every_sampler_draws_as_many_images_as_asked_for_and_the_mark_names_it(tmp_path, judged_run, sampler):
    settings = {"metropolis_steps": 2, "rejection_percentile": 50.0, "confidence": 0.01, "refine_steps": 2}
    made = api.generate(judged_run, 13, str(tmp_path / "x.npz"), seed=1, sampler=sampler, **settings)
    assert made == 13
    with np.load(tmp_path / "x.npz") as file:
        assert file["images"].shape == (13, 28, 28, 1) and file["labels"].shape == (13,)
        assert sampler in str([file[name] for name in file.files if name not in ("images", "labels")])
    with pytest.raises(ConfigError, match="--sampler must be one of plain"):
        api.generate(judged_run, 1, str(tmp_path / "y.npz"), sampler="magic")
