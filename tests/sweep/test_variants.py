# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Variants of a training side by side: each line of the file is a point, in its order, at the price of its ledgers."""

from pathlib import Path

import pytest
from PIL import Image

from tests.sweep.test_sweep import SMALL, quiet_train
from tfdpgan import api
from tfdpgan.config import ConfigError
from tfdpgan.run import RunDirectory
from tfdpgan.sweep import figures, runs
from tfdpgan.sweep.variants import ComparisonConfig
from tfdpgan.training.prune_and_grow.intervals import intervals_of

CONFIGS = Path(__file__).parents[2] / "configs"
TWO = """# what the generator learns from
release --method=mean_embedding   # alone
both    --warm_start_steps=2 --learning_rate=1e-3
"""


def config_of(folder, text, **changes):
    (folder / "variants.txt").write_text(text)
    settings = {**SMALL, "target_epsilon": 20.0, "variants": str(folder / "variants.txt"), "sweep_dir": str(folder)}
    return ComparisonConfig(**{**settings, **changes})


def test_each_line_is_a_point_with_its_own_flags(tmp_path):
    levels = config_of(tmp_path, TWO, seeds=2, seed=5).levels()
    assert [level.name for level in levels] == ["release", "both"]
    assert [run.seed for run in levels[0].runs] == [5, 6]
    assert [level.runs[0].method for level in levels] == ["mean_embedding", "dpgan"]
    assert levels[1].runs[0].learning_rate == 1e-3 != levels[0].runs[0].learning_rate
    assert levels[0].runs[0].model_dir == f"{tmp_path}/release/seed_5"
    assert "one of the 4 runs" in levels[0].runs[0].tuning_runs


def test_each_seed_has_the_split_of_its_own_at_the_same_price(tmp_path):
    text = "shards --method=gswgan --architecture=gswgan_dcgan --num_critics=6 --steps=4"
    level = config_of(tmp_path, text, seeds=2, seed=5).levels()[0]
    plans = runs._plans(level, 120, checkpoints=1)
    assert [plan.stages[-1].mechanism.shard_seed for plan in plans] == [plan.config.seed for plan in plans] == [5, 6]
    assert plans[0].stages[-1].mechanism.noise_multiplier == plans[1].stages[-1].mechanism.noise_multiplier
    assert plans[1].epsilon == plans[0].epsilon == plans[1].epsilon_after(tuple(s.num_steps for s in plans[1].stages))


@pytest.mark.slow
def test_variants_are_trained_judged_and_shown_in_their_order(tmp_path):
    config = config_of(tmp_path, TWO)
    report = runs.run(config, api.load_data(config), quiet_train, lambda line: None)
    assert [level["name"] for level in report["levels"]] == ["release", "both"]
    assert all(19 < level["epsilon"] <= 20 for level in report["levels"])
    assert 0 <= report["levels"][0]["measures"]["real2gen_accuracy"]["mean"] <= 1
    assert RunDirectory(tmp_path / "both/seed_0").card.exists()
    table = runs.render_table(report)
    assert table.splitlines()[1].split()[0] == "release" and "correlation" not in table
    paths = figures.write(report, runs.sample_rows(report, str(tmp_path)), str(tmp_path))
    assert paths == [f"{tmp_path}/samples.png"]
    with Image.open(paths[0]) as image:
        assert image.width > 400


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# nothing", "names no variant"),
        ("a --steps=3\na --steps=4", "line 2: a line begins with a name of its own"),
        ("--steps=3", "line 1: a line begins with a name"),
        ("../a --steps=3", "line 1: a line begins with a name"),
        ("a --stepz=3", "Variant a: .*stepz"),
        ("a --steps=many", "Variant a: .*many"),
        ("a --steps=0", "--steps"),
        ("a steps=3", "Variant a: steps=3"),
        ("a --seed=3", "Variant a: --seed is the same for all"),
        ("a --loss='open", "line 1: No closing quotation"),
    ],
)
def test_a_line_that_cannot_be_used_is_refused(tmp_path, text, words):
    with pytest.raises(ConfigError, match=words):
        config_of(tmp_path, text)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.txt")), ids=lambda path: path.stem)
def test_every_file_of_variants_is_valid(tmp_path, path):
    """Its sparse phases too, at the steps of a small run."""
    config = config_of(tmp_path, path.read_text(), steps=600, warm_start_steps=0)
    levels = config.levels()
    assert len(levels) > 1 and f"--variants=configs/{path.name}" in path.read_text()
    for level in levels:
        if level.runs[0].prune_and_grow != "none":
            intervals_of(level.runs[0])


def test_variants_without_noise_are_compared_on_public_images(tmp_path):
    config = config_of(tmp_path, "one\ntwo --learning_rate=1e-3", target_epsilon=None, public_data=True)
    assert [level.runs[0].public_data for level in config.levels()] == [True, True]


def test_a_file_is_needed_and_a_budget(tmp_path):
    with pytest.raises(ConfigError, match="--variants=FILE"):
        ComparisonConfig(**SMALL, target_epsilon=20.0)
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        ComparisonConfig(**SMALL, target_epsilon=20.0, variants=str(tmp_path / "missing"))
    with pytest.raises(ConfigError, match="compared at a budget"):
        config_of(tmp_path, TWO, target_epsilon=None, non_private=True)
