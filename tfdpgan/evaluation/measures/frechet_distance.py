# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The Frechet distance between two sets of features.

Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium". Both sets are
described by a Gaussian. For means m1, m2 and covariances C1, C2,

    d^2 = |m1 - m2|^2 + tr(C1) + tr(C2) - 2 tr((C1 C2)^(1/2)),

and d^2 is what is reported. On Inception-v3's last pooling layer it is called FID. It is biased upwards for small sets:
compare figures of equal counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tfdpgan.evaluation import tfgan_backend
from tfdpgan.evaluation.measures.measure import Measure

if TYPE_CHECKING:
    from tfdpgan.evaluation.context import Evaluation, FeatureComparison
    from tfdpgan.evaluation.result import Result

_CHUNK_ROWS = 4096


@dataclass(frozen=True, eq=False)
class FeatureStatistics:
    """Mean and covariance of features, in float64.

    Attributes:
        mean: `[d]`.
        covariance: `[d, d]`, unbiased (n - 1 in the denominator).
        count: n, the number of feature vectors.
    """

    mean: np.ndarray
    covariance: np.ndarray
    count: int

    @classmethod
    def of(cls, features: np.ndarray) -> FeatureStatistics:
        """Of features `[n, d]`, n at least 2."""
        return cls.of_batches(features[start : start + _CHUNK_ROWS] for start in range(0, len(features), _CHUNK_ROWS))

    @classmethod
    def of_batches(cls, batches: Iterable[np.ndarray]) -> FeatureStatistics:
        """Of features that come in batches `[n_i, d]` of any sizes; memory does not grow with their number.

        Each batch is centred on its own mean before it is squared, and batches are merged by the update of Chan, Golub
        and LeVeque 1983: no difference of large sums is ever taken, so a mean that is large beside the spread costs no
        digits.

        Raises:
            ValueError: for fewer than 2 vectors, batches of different widths, NaN or infinite features.
        """
        count, mean, scatter = 0, np.zeros(0), np.zeros((0, 0))
        for batch in batches:
            rows = np.asarray(batch, np.float64)
            if rows.ndim != 2 or (count and rows.shape[1] != len(mean)):
                raise ValueError(f"Features must have the shape [n, d], with one d. Received: {rows.shape}.")
            if not len(rows):
                continue
            if not np.isfinite(rows).all():
                raise ValueError("Features must be finite, and some are NaN or infinite: look at the images.")
            if not count:
                mean, scatter = np.zeros(rows.shape[1]), np.zeros((rows.shape[1],) * 2)
            batch_mean = rows.mean(axis=0)
            centred = rows - batch_mean
            shift, total = batch_mean - mean, count + len(rows)
            scatter += centred.T @ centred + np.outer(shift, shift) * (count * len(rows) / total)
            mean = mean + shift * (len(rows) / total)
            count = total
        if count < 2:
            raise ValueError(f"A covariance needs 2 feature vectors or more. Received: {count}.")
        return cls(mean, scatter / (count - 1), count)


def frechet_distance(first: FeatureStatistics, second: FeatureStatistics) -> float:
    """The squared Frechet distance of two Gaussians, 0 or more; singular covariances are fine.

    With the symmetric roots R1, R2 of the covariances, tr((C1 C2)^(1/2)) is the sum of the singular values of R1 R2,
    that is tr((R1 C2 R1)^(1/2)). Singular values keep the full precision, where the square root of an eigenvalue near
    0 would keep half of its digits. Eigenvalues of a covariance below d u (largest), u the unit of float64, cannot be
    told from 0 and are 0.

    Args:
        first: statistics of one set.
        second: of the other, with features of the same width.

    Returns:
        d^2 in the squared units of the features.

    Raises:
        ValueError: for features of different widths.
    """
    if first.mean.shape != second.mean.shape:
        raise ValueError(
            f"Features of {len(first.mean)} and of {len(second.mean)} values cannot be compared: use one extractor."
        )
    roots = _root_rows(first.covariance), _root_rows(second.covariance)
    return _distance((first.mean, second.mean), roots)


def frechet_distance_of_features(first: np.ndarray, second: np.ndarray) -> float:
    """The same from the features themselves, without a covariance: for features wider than there are images.

    With A the centred features over (n - 1)^(1/2), the covariance is A^T A, so A (or, of many images, the triangle of
    its QR factorisation) stands in for the root. 12288 pixels of 500 images take a second; their covariance, hours.

    Args:
        first: features `[n1, d]`, n1 at least 2.
        second: features `[n2, d]`.

    Returns:
        What `frechet_distance` returns.

    Raises:
        ValueError: for features of different widths, or fewer than 2.
    """
    if first.shape[1] != second.shape[1]:
        raise ValueError(
            f"Features of {first.shape[1]} and of {second.shape[1]} values cannot be compared: use one extractor."
        )
    means, roots = zip(*map(_mean_and_root, (first, second)), strict=True)
    return _distance(means, roots)


def _mean_and_root(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean `[d]`, and `[min(n, d), d]` A with A^T A = covariance."""
    if len(features) < 2:
        raise ValueError(f"A covariance needs 2 feature vectors or more. Received: {len(features)}.")
    features = features.astype(np.float64)
    mean = features.mean(axis=0)
    rows = (features - mean) / np.sqrt(len(features) - 1)
    return mean, rows if len(rows) <= rows.shape[1] else np.asarray(np.linalg.qr(rows, mode="r"))


def _distance(means: tuple[np.ndarray, np.ndarray], roots: tuple[np.ndarray, np.ndarray]) -> float:
    """d^2 of Gaussians with covariances A^T A, A in `roots`."""
    product = roots[0] @ roots[1].T
    overlap = float(np.linalg.svd(product, compute_uv=False).sum()) if product.size else 0.0
    traces = sum(float(np.sum(root**2)) for root in roots)
    return max(0.0, float(np.sum((means[0] - means[1]) ** 2)) + traces - 2.0 * overlap)


def _root_rows(covariance: np.ndarray) -> np.ndarray:
    """`[rank, d]` A with A^T A = covariance: the symmetric root up to a rotation, which singular values do not see."""
    eigenvalues, vectors = np.linalg.eigh(covariance)
    smallest = len(eigenvalues) * np.finfo(np.float64).eps * max(eigenvalues[-1], 0.0)
    kept = eigenvalues > smallest
    return np.sqrt(eigenvalues[kept])[:, np.newaxis] * vectors[:, kept].T


def _compute(evaluation: Evaluation, comparison: FeatureComparison) -> list[Result]:
    if evaluation.config.backend == "tfgan":
        distance = tfgan_backend.frechet_distance(comparison.real.features, comparison.generated.features)
    else:
        distance = frechet_distance(comparison.real.statistics, comparison.generated.statistics)
    return [comparison.result("frechet_distance", MEASURE.title, distance, MEASURE.paper, ideal=0.0)]


MEASURE = Measure("Frechet distance", "Heusel et al. 2017, arXiv:1706.08500", _compute, per_extractor=True)
