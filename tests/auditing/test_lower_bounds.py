# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Each bound against simulations with a known truth; seeds are fixed, since no secret depends on them."""

import math

import numpy as np
import pytest
from scipy import stats

from tfdpgan.auditing import one_run
from tfdpgan.auditing.lower_bounds import (
    by_clopper_pearson,
    by_gaussian_dp,
    clopper_pearson_lower,
    clopper_pearson_upper,
    counts_on_front,
    epsilon_of_mu,
    mu_by_difference_of_means,
)
from tfdpgan.privacy import accounting

DELTA = 1e-5
BY_THRESHOLD = (by_clopper_pearson, by_gaussian_dp)


def scores(mu, number, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(mu, 1, number), rng.normal(0, 1, number)


def false_alarms(bound, mu, number, runs, **settings):
    truth = epsilon_of_mu(mu, DELTA)
    return sum(bound(*scores(mu, number, seed), DELTA, **settings) > truth for seed in range(runs))


@pytest.mark.parametrize("bound", BY_THRESHOLD)
@pytest.mark.parametrize("correction", ["split", "bonferroni"])
@pytest.mark.parametrize("mu", [0.0, 0.3, 2.5])
def test_corrected_bounds_exceed_the_truth_in_no_more_than_a_twentieth_of_all_audits(bound, correction, mu):
    assert false_alarms(bound, mu, 200, 100, correction=correction) <= 5


def test_the_largest_over_all_thresholds_raises_false_alarms_unless_it_is_corrected():
    """Of 200 audits of a mechanism of known mu, by confidence 0.95 each."""
    alarms = {
        name: false_alarms(by_gaussian_dp, 1.0, 500, 200, correction=name) for name in ("none", "split", "bonferroni")
    }
    assert alarms["none"] >= 12, alarms  # 6 % or more
    assert max(alarms["split"], alarms["bonferroni"]) <= 3, alarms


@pytest.mark.parametrize("mu", [0.0, 0.3, 1.16, 4.0])
@pytest.mark.parametrize("number", [5, 100])
def test_the_bound_on_mu_covers_as_often_as_it_says(mu, number):
    """Exactly 95 % of 1000 for Gaussian scores: between 92.5 and 97.5 %; never less at mu 0."""
    covered = np.mean([mu_by_difference_of_means(*scores(mu, number, seed)) <= mu for seed in range(1000)])
    assert 0.925 <= covered <= (1.0 if mu == 0 else 0.975)


def test_scores_without_noise_have_no_finite_mu_and_scores_that_do_not_differ_none_at_all():
    assert mu_by_difference_of_means(np.ones(9), np.zeros(9)) == math.inf
    assert mu_by_difference_of_means(np.zeros(9), np.zeros(9)) == 0
    assert mu_by_difference_of_means(np.zeros(9), np.ones(9)) == 0
    one, other = scores(1e7, 50, 2)
    assert 7e6 < mu_by_difference_of_means(one, other) < 1e7


@pytest.mark.parametrize(
    ("sigma", "claim", "expected"),
    [(0.862, 9.66, {200: 6.9, 1000: 8.3, 100_000: 9.5}), (3.2, 1.35, {200: 0.57, 1000: 0.99, 100_000: 1.31})],
)
def test_composed_with_sampling_the_bound_nears_the_claim(sigma, claim, expected):
    """The mean of simulations with so many scores of each kind: q = 2048 / 60000, 1000 steps, delta 1e-5."""

    def epsilon(noise):
        return accounting.epsilon(accounting.dp_sgd_event(noise, 2048 / 60000, 1000), DELTA)

    assert epsilon(sigma) == pytest.approx(claim, abs=0.01)
    for number, bound in expected.items():
        mu = np.mean([mu_by_difference_of_means(*scores(1 / sigma, number, seed)) for seed in range(60)])
        assert epsilon(1 / mu) == pytest.approx(bound, rel=0.05)


def test_epsilon_of_mu_is_that_of_the_gaussian_mechanism():
    for sigma in (0.3, 1.0, 4.0):
        expected = accounting.epsilon(accounting.gaussian_event(sigma), DELTA)
        assert epsilon_of_mu(1 / sigma, DELTA) == pytest.approx(expected, rel=2e-3)
    assert (epsilon_of_mu(0, DELTA), epsilon_of_mu(math.inf, DELTA)) == (0.0, math.inf)


def test_limits_of_a_probability_are_clopper_and_pearsons():
    for events, trials in ((0, 10), (3, 10), (10, 10), (250, 1000)):
        interval = stats.binomtest(events, trials).proportion_ci(0.9, "exact")
        assert clopper_pearson_upper(events, trials, 0.05) == pytest.approx(interval.high)
        assert clopper_pearson_lower(events, trials, 0.05) == pytest.approx(interval.low)


def test_from_a_thousand_models_no_more_than_5_6_can_be_shown():
    perfect = by_clopper_pearson(np.ones(1000), np.zeros(1000), 0.0, correction="bonferroni")
    assert perfect <= math.log(1000 / 3.68) <= 5.61


def test_the_front_holds_the_best_threshold_for_every_price():
    """Whatever a miss and an alarm cost, no threshold costs less than the best on the front."""
    held, left = (np.round(part, 1) for part in scores(0.8, 60, 3))
    front = counts_on_front(held, left)
    for weight in np.linspace(0, 1, 41):
        every = [
            weight * np.sum(held < t) + (1 - weight) * np.sum(left >= t)
            for t in [*np.concatenate([held, left]), np.inf]
        ]
        best = min(weight * each.false_negatives + (1 - weight) * each.false_positives for each in front)
        assert best == pytest.approx(min(every))


# jax_privacy 2.0.0: CanaryScoreAuditor(*scores(mu, n, seed)), significance 0.05, delta 1e-5, all thresholds with
# Bonferroni; one-run at the threshold of the 64th score. Its Gaussian bound takes |mu| at thresholds that say nothing,
# and so finds 5.6 where the truth is 1.1 (mu 0.3, 100 scores): left out where it does.
JAX_PRIVACY = [
    # seed, n, mu, Clopper-Pearson, two-sided, Gaussian, one run, one run with Gaussian trade-off
    (1, 100, 2.5, 1.8316684438525839, 1.8443869333983027, 8.509543789472756, 2.2501228109876785, 4.1844069741062375),
    (2, 1000, 0.3, 0.3164468432756622, 0.3164468432756622, None, 0.44766138374686226, 0.5394593247036206),
    (3, 1000, 1.16, 1.8214325144762546, 1.8214325144762546, None, 2.5222993956437545, 3.4959883563255043),
    (4, 1000, 4.0, 4.708966313614956, 4.760130866473321, 20.97897769082366, 2.9818124520382874, 4.215347385977403),
    (5, 5000, 2.5, 4.525599772449918, 4.597618207885952, 12.295748207307787, 2.7404248938594353, 3.6157136999707067),
]


@pytest.mark.parametrize(
    ("seed", "number", "mu", "plain", "two_sided", "gaussian", "guesses", "gaussian_guesses"), JAX_PRIVACY
)
def test_bounds_are_those_of_jax_privacy(seed, number, mu, plain, two_sided, gaussian, guesses, gaussian_guesses):
    held, left = scores(mu, number, seed)
    settings = dict(delta=DELTA, correction="bonferroni")
    assert by_clopper_pearson(held, left, **settings) == pytest.approx(plain, rel=1e-6)
    assert by_clopper_pearson(held, left, two_sided=True, **settings) == pytest.approx(two_sided, rel=1e-6)
    if gaussian is not None:
        assert by_gaussian_dp(held, left, **settings) == pytest.approx(gaussian, rel=1e-6)
    threshold = np.sort(np.concatenate([held, left]))[-64]
    right = int(np.sum(held >= threshold))
    found = one_run.bound_of_guesses(2 * number, 64, right, DELTA, 0.05)
    assert found == pytest.approx(guesses, rel=1e-5)
    found = epsilon_of_mu(one_run.mu_of_guesses(2 * number, 64, right, 0.05), DELTA)
    assert found == pytest.approx(gaussian_guesses, rel=1e-5)


def test_bounds_are_those_of_jax_privacy_where_it_is_installed():
    auditing = pytest.importorskip("jax_privacy.auditing")
    held, left = scores(1.5, 400, 9)
    theirs = auditing.CanaryScoreAuditor(held, left).epsilon_clopper_pearson(0.05, DELTA)
    assert by_clopper_pearson(held, left, DELTA, correction="bonferroni") == pytest.approx(theirs, rel=0.01)


@pytest.mark.parametrize("bound", [one_run.by_guesses, one_run.by_gaussian_guesses])
@pytest.mark.parametrize("mu", [0.0, 1.0, 3.0])
def test_one_run_with_many_canaries_exceeds_the_truth_no_more_often_than_it_says(bound, mu):
    """Canaries with Gaussian scores of their own: that mechanism is mu-Gaussian DP for each."""
    truth, alarms = epsilon_of_mu(mu, DELTA), 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        was_in = rng.random(500) < 0.5
        alarms += bound(mu * was_in + rng.normal(size=500), was_in, DELTA) > truth
    assert alarms <= 3


def test_one_run_finds_a_canary_that_is_not_hidden():
    was_in = np.arange(1000) % 2 == 0
    assert one_run.by_guesses(was_in.astype(float), was_in, DELTA) > 3
    assert one_run.by_gaussian_guesses(was_in.astype(float), was_in, DELTA) > 3
    assert one_run.by_guesses(np.zeros(1000), was_in, DELTA) == 0


@pytest.mark.parametrize("wrong", [dict(alpha=0.6), dict(correction="hope")])
def test_settings_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ValueError, match=str(next(iter(wrong.values())))):
        by_clopper_pearson(*scores(1, 10, 0), DELTA, **wrong)


@pytest.mark.parametrize("held", [[], [math.nan]])
def test_scores_that_are_none_are_refused(held):
    with pytest.raises(ValueError, match="Scores must be numbers"):
        by_gaussian_dp(np.array(held), np.zeros(3), DELTA)
