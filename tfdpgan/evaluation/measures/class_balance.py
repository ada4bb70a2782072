# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Whether generated images show the classes in the proportions that they should.

What an image shows is what a classifier reads in it, so the classifier's own mistakes are in the result: compare with
the same figures for real images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from tfdpgan.evaluation.measures.measure import Measure

if TYPE_CHECKING:
    from tfdpgan.evaluation.context import Evaluation, FeatureComparison
    from tfdpgan.evaluation.result import Result


@dataclass(frozen=True)
class ClassBalance:
    """Shares of the classes, read against the prior.

    Attributes:
        shares: of each class among the images, in [0, 1].
        prior: the share that each class should have.
        total_variation: half the sum of |share - prior|, in [0, 1]: the share of images with a wrong class.
        chi_square: Pearson's statistic, sum of (count - expected)^2 / expected; infinite where a class of prior 0
            appears.
        p_value: probability of a statistic at least as large for independent draws from the prior. It tests images
            drawn with random labels; for labels dealt out evenly it is not a probability, and large.
    """

    shares: tuple[float, ...]
    prior: tuple[float, ...]
    total_variation: float
    chi_square: float
    p_value: float


def class_balance(read_labels: np.ndarray, num_classes: int, prior: np.ndarray | None = None) -> ClassBalance:
    """Compares the classes that were read in generated images with the prior.

    Args:
        read_labels: `[n]` integers in [0, num_classes): what a classifier reads in each image.
        num_classes: 2 or more.
        prior: `[num_classes]` shares or counts that the classes should have; default: all equal. Counts of private
            labels are private themselves: use declared ones.

    Returns:
        Shares, total variation distance and chi-square test with (classes of positive prior - 1) degrees of freedom.

    Raises:
        ValueError: for labels or a prior that do not fit.
    """
    labels = np.asarray(read_labels)
    if labels.ndim != 1 or not len(labels) or labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(
            f"Class balance needs labels [n] from 0 to {num_classes - 1}. Received: shape {labels.shape}"
            + (f", {labels.min()} to {labels.max()}." if labels.size else ".")
        )
    weights = np.ones(num_classes) if prior is None else np.asarray(prior, np.float64)
    if weights.shape != (num_classes,) or not np.isfinite(weights).all() or weights.min() < 0 or weights.sum() == 0:
        raise ValueError(f"The prior must be {num_classes} shares, 0 or more and not all 0. Received: {prior}.")
    shares_due = weights / weights.sum()
    counts = np.bincount(labels, minlength=num_classes)
    expected = len(labels) * shares_due
    possible = expected > 0
    chi_square = float(np.sum((counts - expected)[possible] ** 2 / expected[possible]))
    if counts[~possible].any():
        chi_square = float("inf")
    degrees = int(possible.sum()) - 1
    p_value = float(special.chdtrc(degrees, chi_square)) if degrees else float(chi_square == 0.0)
    shares = counts / len(labels)
    return ClassBalance(
        tuple(shares.tolist()),
        tuple(shares_due.tolist()),
        float(0.5 * np.abs(shares - shares_due).sum()),
        chi_square,
        p_value,
    )


def _compute(evaluation: Evaluation, comparison: FeatureComparison) -> list[Result]:
    asked_for = evaluation.evaluated.labels
    prior = None if asked_for is None else np.bincount(asked_for, minlength=evaluation.num_classes)
    read = class_balance(comparison.generated.logits.argmax(axis=1), evaluation.num_classes, prior)
    return [
        comparison.result(
            "class_balance",
            "Class imbalance, total variation",
            read.total_variation,
            MEASURE.paper,
            ideal=0.0,
            reference=None,
            num_reference=0,
            details={"shares": list(read.shares), "prior": list(read.prior)},
        )
    ]


MEASURE = Measure(
    "Class imbalance", "of this package", _compute, per_extractor=True, needs_logits=True, needs_own_classes=True
)
