# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Whole runs: the pair that is released, what a stop and a resume leave, and what sparse training costs in privacy."""

import json

import numpy as np
import pytest

from tests.training.prune_and_grow.phases import SPARSE, STEPS, asked, is_dense, kernels, zeros
from tests.training.small import small_config, small_dataset
from tests.training.stop_at import run_until
from tfdpgan import api
from tfdpgan.config import ConfigError
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.methods.generator_training import make_session
from tfdpgan.methods.planning import make_plan
from tfdpgan.privacy.accounting.ledger import Ledger, LedgerError
from tfdpgan.run import RunDirectory


def train(model_dir, digit_images, **settings):
    dataset = small_dataset(digit_images)
    if settings.pop("is_public", False):
        dataset.__dict__["is_public"] = True
        settings |= dict(public_data=True, noise_multiplier=None)
    config = small_config(model_dir, **{**STEPS, **settings})
    result = api.train(make_plan(config, dataset.num_examples), dataset, show_progress=False)
    return RunDirectory(model_dir), result


def weights_of(folder):
    return ReleasedGenerator.load(folder).model.get_weights()


@pytest.mark.parametrize("end", ["sparse", "dense"])
def test_a_run_ends_as_asked_and_keeps_both(tmp_path, digit_images, end):
    run, _ = train(tmp_path / "run", digit_images, is_public=True, **SPARSE, prune_end=end)
    pair = {name: ReleasedGenerator.load(folder).model for name, folder in run.generator_pair().items()}
    assert sorted(pair) == ["dense", "sparse"]
    expected = asked(kernels(pair["sparse"]), 0.37)
    assert zeros(kernels(pair["sparse"])) == expected
    assert is_dense(kernels(pair["dense"]))
    for one, other in zip(weights_of(run.generator), pair[end].get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    content = json.loads(run.sparse_training.read_text())
    assert content["phases"]["count"] == (3 if end == "sparse" else 4)
    assert 0 < content["training_flops"]["generator_saved"] < 0.37
    logged = [line["sparsity"] for line in run.read_metrics()]
    assert logged == [0.37]  # step 10 is in the second sparse phase


@pytest.mark.slow
def test_privacy_costs_the_same_to_the_last_digit(tmp_path, digit_images):
    epsilons, ledgers = [], []
    ways = ({}, {**SPARSE, "prune_and_grow": "both"}, dict(lottery_rounds=2))
    for number, settings in enumerate(ways):
        run, result = train(tmp_path / str(number), digit_images, **settings)
        epsilons.append(result.epsilon)
        stages = Ledger.open(run.ledger).to_json()["stages"]
        ledgers.append({name: (stage["booked_steps"], stage["done_steps"]) for name, stage in stages.items()})
    assert len(set(epsilons)) == 1 and epsilons[0] > 0
    assert all(ledger == ledgers[0] for ledger in ledgers)


@pytest.mark.parametrize(
    "settings", [{**SPARSE, "prune_and_grow": "both"}, pytest.param(dict(lottery_rounds=2), marks=pytest.mark.slow)]
)
def test_masks_survive_a_stop_in_a_sparse_phase(tmp_path, digit_images, settings, monkeypatch):
    """With the draws held fixed, the resumed run's generators are those of the run that was never stopped."""
    fixed = dict(noise_seed=3, steps_per_block=1, **settings)
    whole, _ = train(tmp_path / "whole", digit_images, is_public=True, **fixed)
    dataset = small_dataset(digit_images)
    dataset.__dict__["is_public"] = True
    config = small_config(tmp_path / "stopped", **{**STEPS, **fixed, "public_data": True, "noise_multiplier": None})
    plan = make_plan(config, dataset.num_examples)
    run_until(make_session(plan, dataset), "gan", 9, monkeypatch)
    monkeypatch.undo()
    make_session(plan, dataset).complete(show_progress=False)
    stopped = RunDirectory(tmp_path / "stopped")
    for name in ("generator", *(["generators/sparse", "generators/dense"] if "lottery_rounds" not in settings else [])):
        for one, other in zip(weights_of(stopped.released / name), weights_of(whole.released / name), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
    if "lottery_rounds" in settings:
        found = kernels(ReleasedGenerator.load(stopped.generator).model)
        assert zeros(found) == asked(found, 0.36)


def test_a_pair_of_another_run_is_noticed(tmp_path, digit_images):
    run, _ = train(tmp_path / "run", digit_images, is_public=True, **SPARSE)
    signature = run.generator_pair()["sparse"] / "signature.json"
    content = json.loads(signature.read_text())
    content["provenance"]["ledger"]["run_id"] = "another"
    signature.write_text(json.dumps(content))
    with pytest.raises(LedgerError, match="sparse"):
        api.load_generator(str(run.path))


def test_rounds_of_gs_wgan_prune_and_grow_too_and_have_no_discriminator_to_prune(tmp_path, digit_images):
    rounds = dict(
        method="gswgan",
        architecture="gswgan_dcgan",
        num_critics=6,
        critic="patch",
        critic_width=2,
        critic_warm_up_steps=0,
        critics_per_round=2,
        critic_steps=1,
        critic_batch_size=4,
        images_per_round=4,
        warm_start_steps=0,
    )
    run, _ = train(tmp_path / "run", digit_images, **rounds, **SPARSE)
    found = kernels(ReleasedGenerator.load(run.generator_pair()["sparse"]).model)
    assert zeros(found) == asked(found, 0.37)
    assert json.loads(run.sparse_training.read_text())["training_flops"]["generator_saved"] > 0.1
    with pytest.raises(ConfigError, match="no discriminator to prune"):
        train(tmp_path / "other", digit_images, **rounds, **{**SPARSE, "prune_and_grow": "both"})
    assert not (tmp_path / "other").exists()
