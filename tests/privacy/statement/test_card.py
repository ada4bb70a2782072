# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import decimal
import json
import math

import numpy as np
import pytest
from scipy import optimize, stats

from tfdpgan.privacy import accounting
from tfdpgan.privacy.accounting.epsilon_text import epsilon_text
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.privacy.mechanisms import DPSGD, GaussianRelease
from tfdpgan.privacy.statement import card, sentences

MECHANISMS = {
    "mean_embedding": GaussianRelease(3.0, "random features", details={"num_features": 2000}),
    "dp_sgd": DPSGD(0.8, 0.1, 2048, 60_000),
}
FACTS = card.CardFacts(
    dataset_name="mnist",
    num_examples=60_000,
    image_shape=(28, 28, 1),
    delta=1e-5,
    **card.facts_of_mechanisms(MECHANISMS),
    mechanisms={
        name: {**mechanism.card_row, "planned_steps": steps}
        for (name, mechanism), steps in zip(MECHANISMS.items(), (1, 600), strict=True)
    },
    class_names=[str(digit) for digit in range(10)],
    public_inputs=["the uniform prior of the labels"],
    command_line="train_dpgan.py --dataset=mnist --target_epsilon=10",
    versions={"tfdpgan": "0.1.0", "dp-accounting": "0.6.0"},
    accesses_not_covered=["the number of images and their size, taken as public"],
    target_epsilon=10.0,
)


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger.start(tmp_path / "ledger.json")
    for name, mechanism in MECHANISMS.items():
        ledger.declare(name, mechanism)
    ledger.book("mean_embedding", 1)
    ledger.book("dp_sgd", 600)
    ledger.settle("dp_sgd", 600)
    return ledger


def first_sentence(page: str) -> str:
    return page.split("\n\n")[1]


def test_a_private_run(ledger):
    content = card.build_card(ledger, FACTS)
    assert content["is_private"] and content["red_flags"] == []
    assert content["epsilon"] == ledger.epsilon(1e-5) == pytest.approx(8.95, abs=0.005)
    assert json.loads(json.dumps(content, allow_nan=False)) == json.loads(json.dumps(content))
    page = card.render_markdown(content)
    assert page == card.render_markdown(json.loads(json.dumps(content)))
    assert "epsilon = 8.95 and delta = 1e-05 (one in 100,000)" in first_sentence(page)
    for expected in (
        "central",
        "one image",
        "add or remove one image",
        "8.950 at delta 1e-05",
        "at delta 1e-06",
        "at delta 1e-07",
        "accounted noise multiplier 0.8, on a Poisson sample of rate 0.0341333",
        "600 booked, 600 done, 0 lost",
        "l2_norm_clip 0.1",
        "Noise and clip | mean_embedding: noise multiplier 3, clip 1; dp_sgd: noise multiplier 0.8, clip 0.1; "
        "gradients clipped per image, over all weights together; generated images clipped too |",
        "Batches and plan | mean_embedding: 1 step of all images; dp_sgd: 600 steps of mean batch 2048 |",
        "num_features 2000",
        "dp-accounting 0.",
        "Sampling assumed",
        "Sampling implemented",
        "seeded by the operating system",
        "the uniform prior of the labels",
        "Tuning runs | NOT STATED",
        "train_dpgan.py --dataset=mnist",
        "Ponomareva et al. 2023",
        "taken as public",
    ):
        assert expected in page, expected
    assert "Red flags" not in page and "NOT PRIVATE" not in page


def test_one_page(ledger):
    page = card.render_markdown(card.build_card(ledger, FACTS))
    # 95 characters a line of prose and of table, as a browser prints A4 at its usual size.
    lines = sum(max(1, math.ceil(len(line) / 95)) for line in page.splitlines())
    assert lines <= 65


def test_other_runs_and_tuning_are_told(ledger):
    page = card.render_markdown(card.build_card(ledger, dataclasses.replace(FACTS, tuning_runs="on Fashion-MNIST")))
    assert "Tuning runs | on Fashion-MNIST" in page and "NOT STATED" not in page


def test_infinite_epsilon_is_the_first_thing_said(ledger):
    ledger.record_nonprivate("training on mnist without differential privacy")
    content = card.build_card(ledger, FACTS)
    assert content["epsilon"] == "infinite" and not content["is_private"] and content["meaning"] == []
    json.dumps(content, allow_nan=False)
    page = card.render_markdown(content)
    assert first_sentence(page).startswith("**NOT PRIVATE: ")
    assert "training on mnist without differential privacy" in first_sentence(page)
    assert "infinite at delta 1e-05" in page and "protects every single image" not in page


@pytest.mark.parametrize("seed", ["noise_seed_fixed", "sampling_seed_fixed"])
def test_a_fixed_seed_is_not_private(ledger, seed):
    content = card.build_card(ledger, dataclasses.replace(FACTS, **{seed: True}))
    page = card.render_markdown(content)
    assert first_sentence(page).startswith("**NOT PRIVATE: ") and "fixed" in first_sentence(page)
    assert "FIXED SEED" in page and content["red_flags"] and not content["is_private"]


def test_a_nonprivate_ancestor_is_named(ledger, tmp_path):
    teacher = Ledger.start(tmp_path / "teacher.json")
    teacher.record_nonprivate("training without noise")
    ledger.inherit(teacher, "runs/teacher")
    content = card.build_card(ledger, FACTS)
    assert "runs/teacher" in content["statement"] and content["statement"].startswith("NOT PRIVATE")
    assert any("runs/teacher" in flag for flag in content["red_flags"])
    assert "Runs it descends from | runs/teacher" in card.render_markdown(content)


def test_a_private_ancestor_is_counted(ledger, tmp_path):
    child = Ledger.start(tmp_path / "child.json")
    child.inherit(ledger, "runs/teacher")
    content = card.build_card(child, FACTS)
    assert content["is_private"] and content["epsilon"] == pytest.approx(ledger.epsilon(1e-5))
    assert content["covered"] == ["everything that its parent run runs/teacher did"]


def test_public_and_untouched_data(tmp_path):
    empty = Ledger.start(tmp_path / "empty.json")
    assert "no privacy was spent" in card.build_card(empty, FACTS)["statement"]
    without = ("mechanisms", *card.facts_of_mechanisms(MECHANISMS))
    facts = {field.name: getattr(FACTS, field.name) for field in dataclasses.fields(FACTS) if field.name not in without}
    public = card.build_card(empty, card.CardFacts(**{**facts, "dataset_is_public": True, "clip_generated": None}))
    assert "declared public" in public["statement"] and public["meaning"] == [] and public["is_private"]
    page = card.render_markdown(public)
    assert "Noise and clip | none |" in page and "Batches and plan | no private step |" in page
    assert "Sampling assumed | none |" in page and "Sampling implemented | no private step |" in page


@pytest.mark.parametrize(
    "change, flag",
    [
        ({"num_examples": 1797, "delta": 1e-3}, "Delta 0.001 is above one over the number"),
        ({"target_epsilon": 5.0}, "is above the budget of 5"),
        ({"microbatch_size": 4}, "Microbatches of 4 images"),
        ({"clip_generated": False}, "Generated images were not clipped"),
    ],
)
def test_red_flags_of_the_facts(ledger, change, flag):
    flags = card.red_flags(ledger, dataclasses.replace(FACTS, **change))
    assert len(flags) == 1 and flag in flags[0]
    assert flag in card.render_markdown(card.build_card(ledger, dataclasses.replace(FACTS, **change)))


def test_red_flags_of_the_ledger(ledger):
    again = Ledger.open(ledger.path)
    assert again.resume("dp_sgd", 579) == 21
    assert card.red_flags(again, FACTS) == [
        "Resumed over a crash: 21 booked steps may or may not have run, and are counted."
    ]
    again.book("dp_sgd", 600)
    assert any("above 10" in flag for flag in card.red_flags(again, FACTS))


def test_hostile_names_do_not_break_the_table(ledger):
    facts = dataclasses.replace(FACTS, dataset_name="a|b\nc", command_line="x | y\nz", tuning_runs="one | two")
    rows = [row for row in card.render_markdown(card.build_card(ledger, facts)).splitlines() if row[:1] == "|"]
    assert all(row.replace("\\|", "").count("|") == 3 for row in rows)


@pytest.mark.parametrize("sigma, rate", [(1.0, 0.01), (3.0, 0.01), (0.5, 0.1)])
def test_the_bound_on_attackers_is_the_trade_off_curve(sigma, rate):
    # For one Gaussian the best attack is known exactly: Phi(Phi^-1(rate) + 1 / sigma).
    exact = stats.norm.cdf(stats.norm.ppf(rate) + 1 / sigma)
    deltas = [10.0**-k for k in range(1, 8)] + [0.03, 0.2, 0.3, 0.5, 0.7, 0.9]
    found = sentences.true_positive_bound(accounting.epsilons(accounting.gaussian_event(sigma), deltas), rate)
    assert exact <= found <= exact + 0.06
    assert sentences.true_positive_bound({1e-5: math.inf}, rate) == 1.0
    assert sentences.true_positive_bound({1e-5: 0.0}, rate) == pytest.approx(rate + 1e-5)


def test_epsilon_is_never_rounded_down():
    for epsilon in (8.9494, 0.8531, 0.00512345, 10.001, 123.4, 9.9999, 1.0, 8.95):
        assert epsilon <= float(epsilon_text(epsilon, 3)) <= epsilon * 1.011
    assert epsilon_text(1.0, 3) == "1.00" and epsilon_text(8.9494, 3) == "8.95"
    assert epsilon_text(9.99481) == "9.995" and epsilon_text(0.0) == "0"
    assert epsilon_text(math.inf) == epsilon_text("infinite") == "infinite"


def test_the_strength_is_graded():
    words = [sentences.meaning({1e-5: epsilon}, 1e-5)[-1] for epsilon in (0.5, 5.0, 50.0)]
    assert "strong" in words[0] and "usual range" in words[1] and "weak" in words[2]
    assert "at most 2.72 (" in sentences.meaning({1e-5: 1.0}, 1e-5)[0]


@pytest.mark.parametrize("epsilon", [1.1, 10.0])
def test_the_sentence_on_delta_holds_for_a_gaussian_and_the_one_on_odds_would_not(epsilon):
    """One Gaussian mechanism with exactly (epsilon, 1e-5): which event breaks "e^epsilon times, plus delta" most?"""
    delta = 1e-5

    def excess(mu, threshold):  # of P[x > threshold] with the image, mu away, over e^epsilon times that without it
        return stats.norm.sf(threshold - mu) - math.exp(epsilon) * stats.norm.sf(threshold)

    def tightest(mu):
        return max(excess(mu, epsilon / mu + mu / 2 + shift) for shift in (-0.1, 0.0, 0.1))

    mu = optimize.brentq(lambda mu: tightest(mu) - delta, 0.05, 10.0)
    thresholds = np.linspace(-10.0, 20.0, 3001)
    assert max(excess(mu, threshold) for threshold in thresholds) <= delta * 1.001
    loss_is_above = stats.norm.sf(epsilon / mu - mu / 2)  # the privacy loss is normal: mean mu^2 / 2, deviation mu
    assert loss_is_above > 3 * delta, "so delta is not the probability of a loss above epsilon"
    sentence = sentences.meaning({delta: epsilon}, delta)[0]
    assert "plus 1e-05 (delta)" in sentence and "apart from" not in sentence


def test_the_factor_is_never_rounded_down():
    """200 000 epsilons; before, 77 000 of them printed less than e^epsilon, and all above 700 printed e^700."""
    epsilons = np.concatenate([np.geomspace(1e-6, 2000.0, 199_990), np.log([10.0, 1e6, 1e7, 9.99e7, 2.72]), [1, 700.1]])
    with decimal.localcontext(decimal.Context(prec=50)):
        for epsilon in epsilons:
            printed = decimal.Decimal(sentences._factor(float(epsilon)).replace(",", ""))
            exact = decimal.Decimal(float(epsilon)).exp()
            assert exact <= printed <= exact * decimal.Decimal("1.101")
    assert sentences._factor(1.0) == "2.72" and sentences._factor(10.0) == "22,027"
