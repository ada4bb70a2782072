# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""From canaries whose inclusion is forced to a lower bound on epsilon of all accesses of a stage.

A canary adds a vector of the clip's length along a direction of its own; the attacker projects what was released on it.
mu, the distance of the two kinds of scores in standard deviations, is bounded from below; 1 / mu bounds the noise
multiplier from above; composed by privacy loss distributions with the run's sampling and number of accesses, this
bounds epsilon from below. What is taken for granted is the composition: that the accesses are as independent, and the
images as unpredictably drawn, as the probes look for.

The bounds come so near to the claim that a correct mechanism exceeds it as often as alpha says. So a bound above the
claim is taken again, with fresh noise and twice the canaries, and the smaller of the two counts.

Two attacks share alpha: on each release alone, and on the difference of two releases, in which noise that is used twice
cancels.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from tfdpgan.auditing.finding import WHITE_BOX, Finding
from tfdpgan.auditing.lower_bounds import mu_by_difference_of_means
from tfdpgan.auditing.subject import Scores, Subject
from tfdpgan.privacy import accounting

_LARGEST_MU = 20.0  # more would not be composed any more, and refutes no claim that this does not
_LARGEST_EPSILON = 100.0  # nothing beyond this, and beyond twice the claim, is told apart
_NULL_ALPHA = 1e-6
_CHANCE = 1e-4  # a bound above the claim that appears more often by chance is taken again


@dataclasses.dataclass(frozen=True)
class WhiteBox:
    """What the canaries of one stage showed.

    Attributes:
        mu: lower bound on the distance of the kinds of scores, in standard deviations.
        finding: the bound on epsilon against the claim.
        null: the bound on mu from shuffled labels, which must be 0.
    """

    mu: float
    finding: Finding
    null: float


def attack(subject: Subject, claim: float, delta: float, accountant: str, alpha: float, least: int) -> WhiteBox:
    """Attacks one stage.

    Args:
        subject: the stage.
        claim: epsilon of its accesses alone, as it is claimed.
        delta: at which.
        accountant: that the claim was computed by.
        alpha: probability that the bound of a correct build is above the truth.
        least: canaries.
    """
    scores = subject.canaries(least)
    mu = mu_of(scores, alpha)
    shuffled = np.random.default_rng(1).permuted(scores.was_in.ravel()).reshape(scores.was_in.shape)
    null = mu_of(Scores(scores.released, shuffled), _NULL_ALPHA)
    largest = max(_LARGEST_EPSILON, 2 * claim)
    bound, trials = min(epsilon_of(subject, mu, delta, accountant), largest), scores.released.size
    if bound > claim and alpha > _CHANCE:
        again = subject.canaries(2 * least)
        mu, trials = min(mu, mu_of(again, alpha)), trials + again.released.size
        bound = min(epsilon_of(subject, mu, delta, accountant), largest)
    finding = Finding(
        WHITE_BOX,
        subject.name,
        "epsilon by canaries",
        claim,
        bound,
        claim,
        bound <= claim,
        trials,
        1 - alpha,
        f"noise multiplier at most {1 / mu:.4g}" if mu > 0 else "no distance seen",
    )
    return WhiteBox(mu, finding, null)


def epsilon_of(subject: Subject, mu: float, delta: float, accountant: str) -> float:
    """Epsilon of all accesses if an included image moves each by `mu` standard deviations."""
    if mu <= 0:
        return 0.0
    return accounting.epsilon(subject.event(1 / min(mu, _LARGEST_MU)), delta, accountant)


def mu_of(scores: Scores, alpha: float) -> float:
    """The larger bound of both attacks, each with half of alpha."""
    released, was_in = scores.released, scores.was_in
    alone = mu_by_difference_of_means(released[was_in], released[~was_in], alpha / 2)
    means = np.where(was_in, np.mean(released[was_in]), np.mean(released[~was_in]))
    pairs = len(released) // 2
    differences = released[0 : 2 * pairs : 2] - (released - means)[1 : 2 * pairs : 2]
    first = was_in[0 : 2 * pairs : 2]
    return max(alone, mu_by_difference_of_means(differences[first], differences[~first], alpha / 2))
