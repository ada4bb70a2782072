# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Generators that are kept on the way: which steps, what is in them, and that a resumed run forgets lost ones."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.training.small import small_config, small_dataset
from tfdpgan import api
from tfdpgan.config import ConfigError
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.methods.planning import make_plan
from tfdpgan.run import RunDirectory
from tfdpgan.training.snapshots import GeneratorSnapshots


def train(config, dataset):
    api.train(make_plan(config, dataset.num_examples), dataset, show_progress=False)
    return RunDirectory(config.model_dir)


@pytest.fixture(scope="module")
def run(tmp_path_factory, digit_images):
    return train(small_config(tmp_path_factory.mktemp("run") / "run", snapshots_every=4), small_dataset(digit_images))


def test_snapshots_of_the_last_phase(run):
    assert [step for step, _ in run.snapshots()] == [0, 4, 8, 12]
    assert not list(run.path.glob(".*-*")), "a temporary folder was left behind"


def test_each_is_a_generator_that_says_what_it_cost(run):
    generators = [ReleasedGenerator.load(folder) for _, folder in run.snapshots()]
    epsilons = [generator.provenance["epsilon"] for generator in generators]
    assert 0 < epsilons[0] < epsilons[1] < epsilons[2]
    released = ReleasedGenerator.load(run.generator)
    assert epsilons[-1] == released.provenance["epsilon"]
    images = [generator.draw(4, seed=0)[0] for generator in (*generators, released)]
    np.testing.assert_array_equal(images[-1], images[-2])  # step 12 is the last
    assert all((images[0] != later).any() for later in images[1:])


def test_none_unless_asked_for(trained_once, tmp_path):
    run = RunDirectory(trained_once[0])
    assert run.snapshots() == [] and not run.generators.exists()
    with pytest.raises(ConfigError, match="--snapshots_every"):
        small_config(tmp_path, snapshots_every=0)


def test_a_method_of_one_phase(tmp_path, digit_images):
    config = small_config(tmp_path / "run", snapshots_every=2, method="mean_embedding")
    run = train(config, small_dataset(digit_images))
    assert [step for step, _ in run.snapshots()] == [2, 4]


@pytest.mark.parametrize(("phase", "step", "kept"), [(1, 5, [0, 4]), (1, 8, [0, 4, 8]), (0, 3, [])])
def test_a_resumed_run_forgets_steps_that_were_lost(tmp_path, phase, step, kept):
    run = RunDirectory(tmp_path)
    for number in (0, 4, 8):
        (run.generators / f"step_{number:06d}").mkdir(parents=True)
    phases = ["mean_embedding", "dp_sgd"]
    resumed = SimpleNamespace(name=phases[phase])
    GeneratorSnapshots(run, phases, 4, lambda folder: None).on_phase_start(resumed, step, num_steps=12)
    assert [number for number, _ in run.snapshots()] == kept
