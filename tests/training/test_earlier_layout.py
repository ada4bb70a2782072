# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Runs of the version before, which kept networks and training state beside config.json."""

import pytest

from tests.training.small import small_config, small_dataset
from tests.training.stop_at import run_until
from tfdpgan import api
from tfdpgan.methods.generator_training import make_session
from tfdpgan.methods.planning import make_plan
from tfdpgan.privacy.accounting.ledger import LedgerError
from tfdpgan.run import RunDirectory

QUICK = dict(method="mean_embedding", architecture="fully_connected", steps_per_block=2)


def to_earlier_layout(path):
    """Moves a run's files to where they once were."""
    for folder in ("generator", "generators", "discriminator"):
        if (path / "released" / folder).exists():
            (path / "released" / folder).rename(path / folder)
    (path / "released").rmdir()
    (path / "private/checkpoints").rename(path / "checkpoints")


def test_a_finished_run_is_read_drawn_from_and_exported(tmp_path, digit_images):
    dataset = small_dataset(digit_images)
    config = small_config(tmp_path / "run", **QUICK)
    result = api.train(make_plan(config, dataset.num_examples), dataset, show_progress=False)
    drawn = api.load_generator(result.model_dir).draw(4, seed=1)[0]
    to_earlier_layout(tmp_path / "run")
    run = RunDirectory(tmp_path / "run")
    assert run.has_earlier_layout and run.is_finished
    assert (api.load_generator(str(run.path)).draw(4, seed=1)[0] == drawn).all()
    assert api.generate(str(run.path), 3, str(tmp_path / "x.npz")) == 3
    again = api.train(make_plan(config, dataset.num_examples), dataset, show_progress=False)
    assert again == result, "what is finished is not begun again"


def test_an_unfinished_run_is_refused_in_one_line_and_left_as_it_was(tmp_path, digit_images, monkeypatch):
    dataset = small_dataset(digit_images)
    plan = make_plan(small_config(tmp_path / "run", **QUICK), dataset.num_examples)
    run_until(make_session(plan, dataset), "mean_embedding", 2, monkeypatch)
    to_earlier_layout(tmp_path / "run")
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    with pytest.raises(LedgerError, match="begun by an earlier version .* it cannot go on") as caught:
        api.train(plan, dataset, show_progress=False)
    assert "\n" not in str(caught.value)
    assert {path: path.read_bytes() for path in before} == before
