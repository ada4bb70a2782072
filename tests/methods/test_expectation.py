# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What is told before training rests on recorded runs, and says where it does not."""

import re
from pathlib import Path

import pytest

from tfdpgan.methods.expectation import expectation, noise_over_signal, recorded_runs
from tfdpgan.methods.planning import make_plan
from tfdpgan.methods.train_config import TrainConfig

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("run", recorded_runs(), ids=lambda run: f"{run.data}-{run.method}-{run.epsilon:g}")
def test_every_figure_stands_on_the_page_that_it_names(run):
    page = " ".join((ROOT / run.source).read_text("utf-8").replace("#", " ").split())
    for figure in re.findall(r"\d+\.\d+", run.found):
        assert figure in page
    if "%" not in run.found:
        words = run.found.split(",")[0]
        assert words in page, f"{words!r} is not on {run.source}"


def test_few_images_are_told_so_with_what_was_measured():
    told = expectation(999, 10.0)
    assert "999 images at epsilon 10.00 are few, so expect clouds or blurred shapes" in told.sentence
    assert {run.num_images for run in told.nearest} <= {run.num_images for run in recorded_runs()}
    assert all(run.num_images < 5000 for run in told.nearest[:2])


def test_near_far_and_less_are_told_apart():
    assert "60000 images at epsilon 1.000 are near what" in expectation(60000, 1.0).sentence
    assert "95.5 % gen2real" in expectation(60000, 1.0).sentence
    assert "are less than what" in expectation(20000, 10.0).sentence
    assert "nothing near" in expectation(10_000_000, 1.0).sentence
    for epsilon in (0.0, 0.01, float("inf")):
        assert "nothing near" in expectation(60000, epsilon).sentence
    for text in (expectation(60000, 1.0).text(), expectation(7, 0.1, 3.0).text()):
        assert text.startswith("What to expect: ") and "noise/signal" in text and text.count("\n") == 5


@pytest.mark.parametrize(
    ("flagfile", "num_examples", "ratio"),
    [("digits.cfg", 1797, 0.25), ("mnist_epsilon1.cfg", 60000, 0.0894), ("mnist_epsilon10.cfg", 60000, 0.0447)],
)
def test_noise_over_signal_is_what_the_flagfile_says(flagfile, num_examples, ratio):
    lines = (ROOT / "configs" / flagfile).read_text().splitlines()
    given = dict(line[2:].split("=", 1) for line in lines if line.startswith("--"))
    names = ("num_frequencies", "length_scales", "warm_start_noise_multiplier", "warm_start_steps")
    settings = {name: type_of(given[name]) for name in names} | {"length_scales": given["length_scales"]}
    if "classifier_length_scales" in given:
        settings |= {"classifier_length_scales": given["classifier_length_scales"], "classifier_steps": 3}
    plan = make_plan(TrainConfig(noise_multiplier=5.0, steps=3, **settings), num_examples)
    assert noise_over_signal(plan, 10) == pytest.approx(ratio, rel=0.02)
    without = make_plan(TrainConfig(noise_multiplier=5.0, steps=3, warm_start_steps=0), num_examples)
    assert noise_over_signal(without, 10) is None


def type_of(text):
    return float(text) if "." in text or text in ("3", "6") else int(text)


def test_scales_of_one_kind_share_its_frequencies():
    plans = [make_plan(TrainConfig(noise_multiplier=5.0, steps=3, length_scales=text), 999) for text in ("30", "20,60")]
    assert noise_over_signal(plans[0], 10) == noise_over_signal(plans[1], 10)


def test_few_images_are_told_of_public_ones_and_starts_from_public_images_come_first():
    assert "a start from public images like them (--pretrained): 999 images (MNIST's digits 5 to 9)" in (
        expectation(999, 10.0).sentence
    )
    assert not any(run.public_data for run in expectation(999, 10.0).nearest)
    started = expectation(999, 10.0, is_pretrained=True)
    assert started.nearest[0].public_data and "depends on how much they are like yours" in started.sentence
    assert "far from this plan" not in started.sentence
    assert "far from this plan" in expectation(60000, 0.1, is_pretrained=True).sentence
