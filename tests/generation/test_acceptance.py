# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Rejection and Metropolis-Hastings on densities that are known: three kinds of proposals, and what is wanted."""

import numpy as np
import pytest

from tfdpgan.config import ConfigError
from tfdpgan.generation.samplers.acceptance import Rejection, fill, metropolis

PROPOSED = np.array([0.7, 0.25, 0.05])
WANTED = np.array([0.2, 0.3, 0.5])
LOGITS = np.log(WANTED / PROPOSED)  # of the best discriminator


class Proposals:
    def __init__(self, num_slots):
        self.random = np.random.default_rng(0)
        self.kept = np.full(num_slots, -1)

    def propose(self, slots):
        self.last = self.random.choice(3, size=len(slots), p=PROPOSED)
        return LOGITS[self.last]

    def keep(self, slots, rows):
        self.kept[slots] = self.last[rows]

    @property
    def frequencies(self):
        assert (self.kept >= 0).all()
        return np.bincount(self.kept, minlength=3) / len(self.kept)


def test_long_chains_have_the_wanted_frequencies_and_short_ones_not_yet():
    long, short = Proposals(20_000), Proposals(20_000)
    assert metropolis(20_000, 60, long.propose, long.keep, np.random.default_rng(1)) == 61 * 20_000
    metropolis(20_000, 1, short.propose, short.keep, np.random.default_rng(1))
    np.testing.assert_allclose(long.frequencies, WANTED, atol=0.02)
    assert np.abs(short.frequencies - WANTED).max() > 0.1


@pytest.mark.parametrize("percentile", [0.0, 80.0])
def test_rejection_accepts_by_the_formula_and_moves_towards_the_wanted_frequencies(percentile):
    proposals = Proposals(5000)
    burn_in = proposals.propose(np.arange(1000))
    rejection = Rejection(burn_in, percentile, np.random.default_rng(2))
    fill(5000, proposals.propose, proposals.keep, lambda slots, logits: rejection.accepts(logits), "no way")
    below = LOGITS - LOGITS.max() - 1e-8
    scores = below - np.log(1 - np.exp(below))
    gamma = np.percentile(scores[np.searchsorted(LOGITS, burn_in)], percentile)
    expected = PROPOSED / (1 + np.exp(gamma - scores))
    np.testing.assert_allclose(proposals.frequencies, expected / expected.sum(), atol=0.03)
    assert np.abs(proposals.frequencies - WANTED).sum() < np.abs(PROPOSED - WANTED).sum() - 0.1


def test_a_larger_logit_than_those_seen_is_accepted_and_remembered():
    rejection = Rejection(np.zeros(10), 80.0, np.random.default_rng(0))
    assert np.mean([rejection.accepts(np.array([5.0]))[0] for _ in range(50)]) > 0.9
    assert np.mean(rejection.accepts(np.full(1000, -5.0))) < 0.5


def test_slots_that_nobody_fills_end_with_the_way_out():
    proposals = Proposals(3)
    with pytest.raises(ConfigError, match="3 of 3 images are still missing: take the stairs"):
        fill(3, proposals.propose, proposals.keep, lambda slots, logits: logits > 99, "take the stairs")
