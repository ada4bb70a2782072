# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Bounds for releases on shards, held against numerical integrals of the mixtures themselves."""

import json
import math

import dp_accounting
import numpy as np
import pytest
from scipy import optimize, special, stats

from tfdpgan.privacy import accounting
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.privacy.accounting.privacy_profiles import Release, gaussian_delta
from tfdpgan.privacy.accounting.replace_one import ADD_OR_REMOVE_ONE, REPLACE_ONE, ReplaceOnePld, ReplaceOneRdp
from tfdpgan.privacy.mechanisms import GradientSanitizer

# The published setting of GS-WGAN and DPAC on MNIST.
SHARDS, NOISE, IMAGES, ROUNDS, DELTA = 1000, 1.07, 32, 20_000, 1e-5
PER_IMAGE = dp_accounting.SelfComposedDpEvent(accounting.shard_event(NOISE, SHARDS), ROUNDS * IMAGES)
SHARED = dp_accounting.SelfComposedDpEvent(accounting.shard_event(NOISE / math.sqrt(IMAGES), SHARDS), ROUNDS)
EPSILONS = np.array([0.0, 1e-4, 1e-3, 0.01, 0.1, 0.5, 1.0, 2.0])


def log_mixture(points, means, weights, noise):
    return special.logsumexp(
        [math.log(w) + stats.norm.logpdf(points, m, noise) for m, w in zip(means, weights, strict=True) if w > 0],
        axis=0,
    )


def log_densities(points, others, with_image, noise):
    """Log densities at points of the mixture over shards: other shards' values, and that of the image's shard.

    In units of the distance 2C; every value lies in [-1/2, 1/2].
    """
    means, counts = np.unique([*others, with_image], return_counts=True)
    return log_mixture(points, means, counts / counts.sum(), noise)


def grid(noise):
    points = np.linspace(-1 - 40 * noise, 1 + 40 * noise, 60_001)
    return points, points[1] - points[0]


def hockey_stick(p, q, width, epsilon):
    return np.maximum(np.exp(p) - np.exp(epsilon + q), 0).sum() * width


def renyi(p, q, width, order):
    return (special.logsumexp(order * p + (1 - order) * q) + math.log(width)) / (order - 1)


def worlds(num_shards, rng):
    """Values of the other shards, of the shard with the image, and of that shard with another image."""
    half = 0.5
    for others in (np.full(num_shards - 1, half), np.full(num_shards - 1, -half), np.zeros(num_shards - 1)):
        yield others, half, -half
    for _ in range(4):
        yield rng.choice(rng.uniform(-half, half, 9), num_shards - 1), *rng.uniform(-half, half, 2)


CASES = [(2, 0.5), (3, 1.07), (10, 0.3), (SHARDS, NOISE), (SHARDS, NOISE / math.sqrt(IMAGES))]


@pytest.mark.parametrize(("num_shards", "noise"), CASES)
def test_no_mixture_of_shards_exceeds_the_profile(num_shards, noise):
    points, width = grid(noise)
    bound = Release(1 / num_shards, noise).delta(EPSILONS)
    largest = np.zeros(len(EPSILONS))
    for others, one, other in worlds(num_shards, np.random.default_rng(0)):
        p, q = (log_densities(points, others, value, noise) for value in (one, other))
        for ahead, behind in ((p, q), (q, p)):
            found = np.array([hockey_stick(ahead, behind, width, epsilon) for epsilon in EPSILONS])
            assert np.all(found <= bound * (1 + 1e-5) + 1e-12)
            largest = np.maximum(largest, found)
    assert np.all(largest >= 0.99 * bound - 1e-9), "the profile is reached"


@pytest.mark.parametrize(("num_shards", "noise"), CASES)
@pytest.mark.parametrize("order", [1.1, 1.5, 2, 4])
def test_no_mixture_of_shards_exceeds_the_renyi_divergence(num_shards, noise, order):
    points, width = grid(noise)
    accountant = ReplaceOneRdp().compose(accounting.shard_event(noise, num_shards))
    charged = accountant._rdp[list(accountant._orders).index(order)]
    integrated = Release(1 / num_shards, noise).renyi_divergences([order])[0]
    assert charged >= integrated * (1 - 1e-9)
    for others, one, other in worlds(num_shards, np.random.default_rng(1)):
        p, q = (log_densities(points, others, value, noise) for value in (one, other))
        assert max(renyi(p, q, width, order), renyi(q, p, width, order)) <= integrated * (1 + 1e-5) + 1e-12


def poisson_mixture(points, probability, value, base, noise):
    """With the other images' coins at `base`: what comes out, in units of the clip."""
    return log_mixture(points, (base, base + value), (1 - probability, probability), noise)


@pytest.mark.parametrize(("probability", "noise"), [(0.5, 1.0), (0.03, 1.05), (1e-3, 0.8)])
def test_no_replaced_image_exceeds_the_profile_of_a_poisson_sample(probability, noise):
    points, width = grid(noise)
    release = Release(probability, noise / 2, noise)
    bound = release.delta(EPSILONS)
    divergence = ReplaceOneRdp().compose(
        dp_accounting.PoissonSampledDpEvent(probability, dp_accounting.GaussianDpEvent(noise))
    )
    for one, other in ((1.0, -1.0), (1.0, 0.0), (0.3, 1.0), (-1.0, 0.9)):
        p, q = (poisson_mixture(points, probability, value, 0.0, noise) for value in (one, other))
        found = [hockey_stick(p, q, width, epsilon) for epsilon in EPSILONS]
        assert np.all(found <= bound * (1 + 1e-5) + 1e-12)
        for order in (1.5, 2, 8):
            charged = divergence._rdp[list(divergence._orders).index(order)]
            assert renyi(p, q, width, order) <= charged * (1 + 1e-5) + 1e-12


def test_profiles_are_the_exact_ones_where_those_are_known():
    np.testing.assert_allclose(Release(1.0, 0.7).delta(EPSILONS), gaussian_delta(EPSILONS, 0.7), rtol=1e-12)
    orders = [1.1, 2, 16]
    exact = np.array(orders) / (2 * 0.7**2)
    np.testing.assert_allclose(Release(1.0, 0.7).renyi_divergences(orders), exact, rtol=1e-6)
    negative = Release(0.1, 0.7).delta(-EPSILONS)
    np.testing.assert_allclose(negative, 1 - np.exp(-EPSILONS) * (1 - Release(0.1, 0.7).delta(EPSILONS)), rtol=1e-9)


def test_composed_shards_stay_below_the_accountants():
    """Three draws, by convolving the privacy loss of the worst pair on a grid of our own."""
    num_shards, noise, rounds = 4, 0.8, 3
    points, width = grid(noise)
    p, q = (log_densities(points, np.full(num_shards - 1, -0.5), value, noise) for value in (0.5, -0.5))
    step = 1e-3
    keep = p > -32
    losses = np.round((p - q)[keep] / step).astype(int)
    mass = np.bincount(losses - losses.min(), np.exp(p[keep]) * width)
    total, lowest = np.array([1.0]), 0
    for _ in range(rounds):
        total, lowest = np.convolve(total, mass), lowest + losses.min()
    values = (np.arange(len(total)) + lowest) * step
    exact = lambda epsilon: (total * np.maximum(1 - np.exp(epsilon - values), 0)).sum()  # noqa: E731
    event = dp_accounting.SelfComposedDpEvent(accounting.shard_event(noise, num_shards), rounds)
    for delta in (1e-2, 1e-4):
        true = optimize.brentq(lambda epsilon: exact(epsilon) - delta, 0, 20)  # noqa: B023
        assert true - rounds * step <= accounting.epsilon(event, delta) <= true * 1.05
        assert accounting.epsilon(event, delta, "rdp") >= accounting.epsilon(event, delta)


def test_the_published_setting_with_a_draw_for_each_image_is_about_ten():
    assert accounting.epsilon_by_classic_rdp(PER_IMAGE, DELTA) == pytest.approx(9.99, abs=0.01)  # as published
    assert accounting.epsilon(PER_IMAGE, DELTA, "rdp") == pytest.approx(9.24, abs=0.01)
    assert accounting.epsilon(PER_IMAGE, DELTA) == pytest.approx(5.51, abs=0.01)


def test_the_published_setting_with_a_shared_draw_is_over_three_hundred():
    assert accounting.epsilon(SHARED, DELTA) == pytest.approx(346.7, abs=0.1)
    assert accounting.epsilon(SHARED, DELTA, "rdp") == pytest.approx(383.0, abs=0.1)


def test_the_shared_draw_really_is_that_bad():
    """From first principles: all rounds' privacy loss is above 10 three standard deviations below its mean too."""
    noise = NOISE / math.sqrt(IMAGES)
    points, width = grid(noise)
    p, q = (log_densities(points, np.full(SHARDS - 1, -0.5), value, noise) for value in (0.5, -0.5))
    loss = p - q
    mean, of_neighbour = (ROUNDS * (np.exp(density) * loss).sum() * width for density in (p, q))
    deviation = math.sqrt(ROUNDS * (np.exp(p) * loss**2).sum() * width)
    assert mean - 3 * deviation > 10 and of_neighbour < 0


def test_accountants_agree_that_more_noise_and_more_shards_cost_less():
    for accountant in accounting.ACCOUNTANTS:
        costs = [
            accounting.epsilon(
                dp_accounting.SelfComposedDpEvent(accounting.shard_event(noise, shards), 100), 1e-5, accountant
            )
            for noise, shards in ((1.0, 50), (1.0, 100), (2.0, 100))
        ]
        assert costs == sorted(costs, reverse=True) and costs[-1] > 0


def test_what_is_composed_with_shards_is_charged_for_a_replacement():
    shards = dp_accounting.SelfComposedDpEvent(accounting.shard_event(1.5, 100), 500)
    release, dp_sgd = accounting.gaussian_event(4.0), accounting.dp_sgd_event(1.1, 0.02, 200)
    both = dp_accounting.ComposedDpEvent([shards, release, dp_sgd])
    assert accounting.neighboring_relation(both) == REPLACE_ONE
    assert accounting.neighboring_relation(dp_accounting.ComposedDpEvent([release, dp_sgd])) == ADD_OR_REMOVE_ONE
    alone = dp_accounting.ComposedDpEvent([release, dp_sgd])
    for accountant in accounting.ACCOUNTANTS:
        whole = accounting.epsilon(both, 1e-5, accountant)
        assert whole > accounting.epsilon(alone, 1e-5, accountant)
        assert whole > accounting.epsilon(shards, 1e-5, accountant)
    halved = ReplaceOnePld(1e-4).compose(release).get_epsilon(1e-5)
    assert halved == pytest.approx(accounting.epsilon(accounting.gaussian_event(2.0), 1e-5), rel=1e-3)


@pytest.mark.parametrize("accountant", accounting.ACCOUNTANTS)
def test_no_noise_is_no_privacy(accountant):
    shards = accounting.shard_event(1.0, 10)
    for event in (
        accounting.shard_event(0.0, 10),
        dp_accounting.ComposedDpEvent([shards, accounting.gaussian_event(0)]),
    ):
        assert math.isinf(accounting.epsilon(event, 1e-5, accountant))
    nonprivate = dp_accounting.ComposedDpEvent([shards, dp_accounting.NonPrivateDpEvent()])
    assert math.isinf(accounting.epsilon(nonprivate, 1e-5, accountant))


def test_noise_for_a_budget_of_shards():
    make_event = lambda noise: dp_accounting.SelfComposedDpEvent(accounting.shard_event(noise, 100), 3200)  # noqa: E731
    noise = accounting.noise_multiplier_for_epsilon(make_event, 10.0, 1e-5)
    assert 9.98 <= accounting.epsilon(make_event(noise), 1e-5) <= 10


def test_shard_events_survive_json_and_bad_ones_do_not():
    text = json.dumps(accounting.event_to_json(SHARED), allow_nan=False)
    assert accounting.event_from_json(json.loads(text)) == SHARED
    value = accounting.event_to_json(accounting.shard_event(1.0, 10))
    for change in ({"sample_size": 2}, {"source_dataset_size": 0}, {"event": {"type": "NoOpDpEvent"}}):
        with pytest.raises(ValueError):
            accounting.event_from_json(value | change)
    with pytest.raises(ValueError, match="num_shards is 0"):
        accounting.shard_event(1.0, 0)


def test_the_ledger_says_which_relation_its_epsilon_is_for(tmp_path):
    path = tmp_path / "ledger.json"
    ledger = Ledger.start(path)
    assert json.loads(path.read_text())["accountant"]["neighboring_relation"] == ADD_OR_REMOVE_ONE
    ledger.declare("rounds", GradientSanitizer(1.5, 1.0, 100, 1, 6000))
    ledger.book("rounds", 10)
    assert json.loads(path.read_text())["accountant"]["neighboring_relation"] == REPLACE_ONE
    assert Ledger.open(path).epsilon(1e-5) == ledger.epsilon(1e-5) > 0
