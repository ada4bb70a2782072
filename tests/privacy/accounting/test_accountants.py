# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import doctest
import math
import subprocess
import sys
from pathlib import Path

import dp_accounting
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tfdpgan.privacy import accounting

MNIST = 60_000
TUTORIAL = accounting.dp_sgd_event(1.3, 250 / MNIST, 3600)  # 15 epochs in batches of 250
SMALL_BATCH = accounting.dp_sgd_event(1.0, 64 / MNIST, 10_000)


def gaussian_epsilon(noise_multiplier: float, delta: float) -> float:
    """The exact epsilon of one Gaussian release (Balle and Wang 2018, Theorem 8), by bisection."""

    def exact_delta(epsilon: float) -> float:
        half, shift = 1 / (2 * noise_multiplier), epsilon * noise_multiplier
        return stats.norm.cdf(half - shift) - math.exp(epsilon) * stats.norm.cdf(-half - shift)

    low, high = 0.0, 500.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if exact_delta(middle) > delta else (low, middle)
    return high


def renyi_divergence(noise_multiplier: float, probability: float, order: int) -> float:
    """Of one Poisson-sampled Gaussian at a whole order (Mironov, Talwar, Zhang 2019), term by term."""
    terms = [
        math.log(math.comb(order, k))
        + k * math.log(probability)
        + (order - k) * math.log1p(-probability)
        + (k * k - k) / (2 * noise_multiplier**2)
        for k in range(order + 1)
    ]
    return float(np.logaddexp.reduce(terms)) / (order - 1)


def epsilon_from_whole_orders(noise_multiplier, probability, steps, delta, classic):
    bounds = []
    for order in range(2, 64):
        total = steps * renyi_divergence(noise_multiplier, probability, order)
        gain = 0 if classic else math.log1p(-1 / order) - math.log(order) / (order - 1)
        bounds.append(total - math.log(delta) / (order - 1) + gain)
    return min(bounds)


def test_the_figures_of_the_documentation():
    page = Path(__file__).parents[3] / "docs" / "accounting.md"
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert tried > 15 and not failed


def test_import_needs_no_tensorflow():
    code = (
        "import sys; from tfdpgan.files import atomic; from tfdpgan.privacy import accounting; "
        "from tfdpgan.privacy.accounting import ledger; from tfdpgan.privacy.mechanisms import poisson; "
        "from tfdpgan.privacy.statement import card; sys.exit('tensorflow' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_rdp_agrees_with_a_sum_written_out():
    today = epsilon_from_whole_orders(1.3, 250 / MNIST, 3600, 1e-5, classic=False)
    assert accounting.epsilon(TUTORIAL, 1e-5, "rdp") == pytest.approx(today, rel=1e-6)
    classic = epsilon_from_whole_orders(1.3, 250 / MNIST, 3600, 1e-5, classic=True)
    assert accounting.epsilon_by_classic_rdp(TUTORIAL, 1e-5) == pytest.approx(classic, rel=1e-6)


def test_published_figures_are_those_of_the_classic_conversion_at_batch_256():
    # TF Privacy's MNIST tutorial names batches of 250; all three of its figures come out at 256.
    for noise, epochs, published in ((1.3, 15, 1.19), (1.1, 60, 3.01), (0.7, 45, 7.10)):
        event = accounting.dp_sgd_event(noise, 256 / MNIST, epochs * MNIST // 256)
        assert accounting.epsilon_by_classic_rdp(event, 1e-5) == pytest.approx(published, abs=0.005)
    assert accounting.epsilon_by_classic_rdp(TUTORIAL, 1e-5) == pytest.approx(1.18, abs=0.005)


def test_measured_figures():
    assert accounting.epsilon(TUTORIAL, 1e-5, "rdp") == pytest.approx(0.942, abs=0.001)
    assert accounting.epsilon(TUTORIAL, 1e-5) == pytest.approx(0.853, abs=0.001)
    assert accounting.epsilon(SMALL_BATCH, 1e-5) == pytest.approx(0.511, abs=0.001)
    assert accounting.epsilon(SMALL_BATCH, 1e-5, "rdp") == pytest.approx(0.813, abs=0.001)
    microbatches = accounting.dp_sgd_event(1.0, 64 / MNIST, 10_000, microbatch_size=2)
    assert accounting.epsilon(microbatches, 1e-5) == pytest.approx(5.46, abs=0.01)
    release = accounting.gaussian_event(3.0)
    plan = dp_accounting.ComposedDpEvent([release, accounting.dp_sgd_event(0.8, 2048 / MNIST, 600)])
    assert accounting.epsilon(plan, 1e-5) == pytest.approx(8.95, abs=0.005)


@settings(max_examples=15, deadline=None)
@given(noise=st.floats(0.3, 30), delta=st.sampled_from([1e-3, 1e-5, 1e-8]))
def test_pld_is_an_upper_bound_and_nearly_exact_for_one_gaussian(noise, delta):
    exact = gaussian_epsilon(noise, delta)
    found = accounting.epsilon(accounting.gaussian_event(noise), delta)
    assert exact - 1e-9 <= found <= exact * 1.002 + 1e-6


def test_full_batches_compose_to_one_gaussian():
    event = accounting.dp_sgd_event(5.0, 1.0, 25)
    exact = gaussian_epsilon(1.0, 1e-5)
    assert exact <= accounting.epsilon(event, 1e-5) <= exact * 1.005


def test_many_releases_stay_within_a_thousandth_of_a_finer_grid():
    from dp_accounting.pld import pld_privacy_accountant

    for event in (TUTORIAL, SMALL_BATCH):
        fine = pld_privacy_accountant.PLDAccountant(value_discretization_interval=4e-5).compose(event)
        reference = fine.get_epsilon(1e-5)
        assert accounting.epsilon(event, 1e-5) == pytest.approx(reference, rel=1e-3)


@pytest.mark.parametrize("accountant", accounting.ACCOUNTANTS)
def test_nothing_costs_nothing_and_no_noise_costs_everything(accountant):
    assert accounting.epsilon(dp_accounting.NoOpDpEvent(), 1e-5, accountant) == 0.0
    assert accounting.epsilon(accounting.dp_sgd_event(1.0, 0.1, 0), 1e-5, accountant) == 0.0
    for event in (
        accounting.gaussian_event(0.0),
        accounting.dp_sgd_event(0.0, 0.1, 10),
        dp_accounting.NonPrivateDpEvent(),
        dp_accounting.ComposedDpEvent([accounting.gaussian_event(5.0), dp_accounting.NonPrivateDpEvent()]),
        accounting.gaussian_event(1e-12),
    ):
        assert accounting.epsilon(event, 1e-5, accountant) > 1e9
    assert math.isinf(accounting.epsilon(accounting.gaussian_event(0.0), 1e-5, accountant))


def test_epsilons_are_those_asked_one_by_one():
    deltas = [1e-5, 1e-6, 1e-3]
    together = accounting.epsilons(SMALL_BATCH, deltas)
    assert together == {delta: accounting.epsilon(SMALL_BATCH, delta) for delta in deltas}
    assert together[1e-3] < together[1e-5] < together[1e-6]


@pytest.mark.parametrize("delta", [0, 1, -1e-5, 2, float("nan")])
def test_bad_delta(delta):
    with pytest.raises(ValueError, match="delta is"):
        accounting.epsilon(TUTORIAL, delta)


def test_bad_arguments():
    with pytest.raises(ValueError, match="resolves no delta below"):
        accounting.epsilon(TUTORIAL, 1e-14)
    with pytest.raises(ValueError, match="'prv'; it must be one of pld, rdp"):
        accounting.epsilon(TUTORIAL, 1e-5, "prv")
    with pytest.raises(ValueError, match="noise_multiplier is -1"):
        accounting.gaussian_event(-1)
    with pytest.raises(ValueError, match="noise_multiplier is inf"):
        accounting.dp_sgd_event(math.inf, 0.1, 10)
    with pytest.raises(ValueError, match="sampling_probability is 1.5"):
        accounting.dp_sgd_event(1.0, 1.5, 10)
    with pytest.raises(ValueError, match="num_steps is -1"):
        accounting.dp_sgd_event(1.0, 0.5, -1)
    with pytest.raises(ValueError, match="microbatch_size is 0"):
        accounting.dp_sgd_event(1.0, 0.5, 1, 0)
    with pytest.raises(ValueError, match="cannot account for this event"):
        accounting.epsilon(dp_accounting.UnsupportedDpEvent(), 1e-5)


PLANS = {
    "dp_sgd": lambda noise: accounting.dp_sgd_event(noise, 250 / MNIST, 3600),
    "gaussian": accounting.gaussian_event,
    "release and dp_sgd": lambda noise: dp_accounting.ComposedDpEvent(
        [accounting.gaussian_event(1.3), accounting.dp_sgd_event(noise, 300 / 1797, 60)]
    ),
}


@pytest.mark.parametrize(
    "plan, target, accountant",
    [
        ("dp_sgd", 10.0, "pld"),
        ("dp_sgd", 10.0, "rdp"),
        ("dp_sgd", 0.1, "pld"),
        ("gaussian", 1.0, "pld"),
        ("gaussian", 50.0, "rdp"),
        ("release and dp_sgd", 10.0, "pld"),
        ("release and dp_sgd", 3.9, "pld"),
    ],
)
def test_noise_for_a_budget(plan, target, accountant):
    noise = accounting.noise_multiplier_for_epsilon(PLANS[plan], target, 1e-5, accountant)
    assert target * 0.998 <= accounting.epsilon(PLANS[plan](noise), 1e-5, accountant) <= target


def test_an_impossible_budget_names_the_fixed_part():
    fixed = accounting.epsilon(accounting.gaussian_event(1.3), 1e-5)
    with pytest.raises(ValueError, match=f"costs epsilon {fixed:.4g} at delta 1e-05 on its own"):
        accounting.noise_multiplier_for_epsilon(PLANS["release and dp_sgd"], 2.0, 1e-5)


@pytest.mark.parametrize("target", [0, -1, math.inf, math.nan])
def test_bad_budget(target):
    with pytest.raises(ValueError, match="target_epsilon is"):
        accounting.noise_multiplier_for_epsilon(accounting.gaussian_event, target, 1e-5)


def test_a_budget_that_is_never_spent():
    with pytest.raises(ValueError, match="never reached"):
        accounting.noise_multiplier_for_epsilon(lambda noise: dp_accounting.NoOpDpEvent(), 1.0, 1e-5)


def test_events_survive_json():
    import json

    event = dp_accounting.ComposedDpEvent(
        [
            accounting.gaussian_event(3.0),
            accounting.dp_sgd_event(0.8, 0.1, 600),
            accounting.dp_sgd_event(0.8, 0.1, 1),
            dp_accounting.NonPrivateDpEvent(),
            dp_accounting.NoOpDpEvent(),
        ]
    )
    text = json.dumps(accounting.event_to_json(event), allow_nan=False)
    assert accounting.event_from_json(json.loads(text)) == event


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"type": "LaplaceDpEvent"},
        {"type": "GaussianDpEvent"},
        {"type": "GaussianDpEvent", "noise_multiplier": "1"},
        {"type": "GaussianDpEvent", "noise_multiplier": -1},
        {"type": "SelfComposedDpEvent", "count": 0, "event": {"type": "NoOpDpEvent"}},
        {"type": "PoissonSampledDpEvent", "sampling_probability": 2, "event": {"type": "NoOpDpEvent"}},
    ],
)
def test_data_that_is_no_event(value):
    with pytest.raises(ValueError):
        accounting.event_from_json(value)


def test_an_event_that_is_never_made_is_not_written():
    with pytest.raises(ValueError, match="LaplaceDpEvent"):
        accounting.event_to_json(dp_accounting.LaplaceDpEvent(1.0))


@pytest.mark.parametrize("accountant", accounting.ACCOUNTANTS)
def test_the_accountant_is_described(accountant):
    described = accounting.describe_accountant(accountant)
    assert described["package"].startswith("dp-accounting 0.") and accountant.upper() in described["name"]
    assert described["neighboring_relation"] == "add or remove one image" and described["discretization"]
