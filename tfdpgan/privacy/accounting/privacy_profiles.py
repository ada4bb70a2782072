# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""How well two neighbouring data sets can be told apart, release by release, where one image is replaced.

A profile is a function delta(epsilon) for epsilon >= 0 that bounds the hockey-stick divergence H_t(P || Q) = sup over
events E of P(E) - t Q(E) at t = e^epsilon, for P, Q the outcomes on a data set and its neighbour, either way round: the
relation is symmetric. Below zero the profile follows, since H_t(P || Q) = 1 - t + t H_{1/t}(Q || P). A profile on the
whole line says everything that composition needs (Zhu, Dong and Wang 2022, "Optimal Accounting of Differential Privacy
via Characteristic Function", Theorem 10).

All of them come from one step (Balle, Barthe and Gaboardi 2018, "Privacy Amplification by Subsampling", Theorem 2).
Where the two outcomes are mixtures with a common part, P = (1 - q) R + q S and Q = (1 - q) R + q S', then for t >= 1,
a = 1 + (t - 1) / q and b = t / a

    H_t(P || Q) = q H_a(S || (1 - b) R + b S') <= q [(1 - b) H_a(S || R) + b H_a(S || S')].

* One of K shards, drawn uniformly: q = 1 / K, S and S' are what comes out if the shard with the image is drawn. R is a
  mixture of other shards' outcomes, which are as far from S as S' may be. Each H_a is that of a Gaussian with noise
  multiplier sigma, so delta <= q H_a(sigma).
* A Poisson sample in which each image is with probability q: R is without the image, S and S' are with one or the
  other, all given the coins of the other images, over which H is jointly convex. S and R lie a clip apart (sigma), S
  and S' two clips (sigma / 2).
* A release of the whole data: q = 1.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from dp_accounting.pld import pld_pmf, privacy_loss_distribution
from scipy import special

_TAIL = 9.0  # standard deviations: the mass beyond, 1e-19, is charged as infinite loss
_LARGEST_EXPONENT = 700.0  # e^700 is near the largest float64
_LARGEST_INTEGRATED_ORDER = 64


@dataclasses.dataclass(frozen=True)
class Release:
    """One Gaussian release as it looks when one image is replaced.

    Attributes:
        probability: q in (0, 1] that the image has any part in it.
        noise_multiplier: > 0, standard deviation over how far the replacement moves the release when it has one.
        removal_noise_multiplier: the same for an image that is left out, where the common part of both mixtures is that
            (a Poisson sample); None where it is other images' outcomes (a shard), which may lie as far off.
    """

    probability: float
    noise_multiplier: float
    removal_noise_multiplier: float | None = None

    def delta(self, epsilons: np.ndarray) -> np.ndarray:
        """The profile at epsilons, of either sign."""
        size = np.abs(epsilons)
        log_a = size - math.log(self.probability)  # what the next line is near where e^size overflows
        if self.probability < 1:
            exact = np.log1p(np.expm1(np.minimum(size, _LARGEST_EXPONENT)) / self.probability)
            log_a = np.where(size < _LARGEST_EXPONENT, exact, log_a)
        found = gaussian_delta(log_a, self.noise_multiplier)
        if self.removal_noise_multiplier is not None:
            share = np.exp(size - log_a)
            found = (1 - share) * gaussian_delta(log_a, self.removal_noise_multiplier) + share * found
        found = self.probability * found
        return np.where(epsilons >= 0, found, -np.expm1(-size) + np.exp(-size) * found)

    def privacy_loss_distribution(self, interval: float) -> privacy_loss_distribution.PrivacyLossDistribution:
        """The profile on a grid, connected by chords from above (Doroshenko et al. 2022, "Connect the Dots")."""
        largest = 1 / (2 * self.noise_multiplier**2) + _TAIL / self.noise_multiplier
        if largest < _LARGEST_EXPONENT:
            largest = math.log1p(math.expm1(largest) * self.probability)
        num_points = max(1, math.ceil(largest / interval))
        deltas = self.delta(np.arange(-num_points, num_points + 1) * interval)
        deltas = np.minimum.accumulate(np.clip(deltas, 0.0, 1.0))
        pmf = pld_pmf.create_pmf_pessimistic_connect_dots_fixed_gap(interval, -num_points, num_points, deltas)
        return privacy_loss_distribution.PrivacyLossDistribution(pmf)

    def renyi_divergences(self, orders: Sequence[float]) -> np.ndarray:
        """Renyi divergences that no pair of neighbours exceeds; infinite for orders above 64, which are not integrated.

        E_Q[(P / Q)^a] = 1 + a (a - 1) * integral over u >= 0 of (e^((a - 1) u) + e^(-a u)) delta(u) du: an f-divergence
        is the integral of its second derivative against the hockey-stick divergences (Sason and Verdu 2016, "f-
        Divergence Inequalities", Section VII), both halves of which the profile bounds.
        """
        return np.array([self._renyi_divergence(float(order)) for order in orders])

    def _renyi_divergence(self, order: float) -> float:
        if order > _LARGEST_INTEGRATED_ORDER:
            return math.inf
        end = 2 * order / (2 * self.noise_multiplier**2) + 40 / self.noise_multiplier
        if order * end > 1e5:
            return math.inf  # the smallest noise of a search: nobody trains there
        edges = np.concatenate([[0.0], np.geomspace(1e-6, end, 500)])
        nodes, weights = np.polynomial.legendre.leggauss(8)
        half = np.diff(edges)[:, None] / 2
        points = edges[:-1, None] + half * (1 + nodes)
        with np.errstate(divide="ignore"):
            logs = np.log(self.delta(points)) + np.log(half * weights)
        logs += np.logaddexp((order - 1) * points, -order * points)
        total = special.logsumexp(logs) + math.log(order * (order - 1))
        return float(np.logaddexp(0.0, total)) / (order - 1)


def gaussian_delta(epsilons: np.ndarray, noise_multiplier: float) -> np.ndarray:
    """The exact delta of one Gaussian release (Balle and Wang 2018, Theorem 8), by logarithms of the tails."""
    half, shift = 1 / (2 * noise_multiplier), epsilons * noise_multiplier
    upper = special.log_ndtr(half - shift)
    lower = epsilons + special.log_ndtr(-half - shift)
    return np.exp(upper) * -np.expm1(np.minimum(lower - upper, 0.0))
