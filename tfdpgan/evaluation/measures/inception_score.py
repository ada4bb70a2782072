# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The Inception score (Salimans et al. 2016, "Improved Techniques for Training GANs", section 4).

    score = exp(mean over x of KL(p(y | x) || p(y)))

is high, at most the number of classes, when a classifier is sure of each image and all classes appear equally often. It
reads no real image, and sees neither variety within a class nor copies. On Inception-v3 it is called IS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from tfdpgan.evaluation import tfgan_backend
from tfdpgan.evaluation.measures.measure import Measure

if TYPE_CHECKING:
    from tfdpgan.evaluation.context import Evaluation, FeatureComparison
    from tfdpgan.evaluation.result import Result

NUM_SPLITS = 10  # the paper's: 50 000 images in ten parts


@dataclass(frozen=True)
class InceptionScore:
    """Mean and standard deviation (n in the denominator, as published) over the splits."""

    mean: float
    standard_deviation: float
    num_splits: int


def score_of_part(logits: np.ndarray) -> float:
    """The score of all of the images `[n, k]`, n at least 1, without splits."""
    conditional = special.softmax(logits, axis=1)
    divergences = special.rel_entr(conditional, conditional.mean(axis=0)).sum(axis=1)  # 0 log 0 = 0
    return float(np.exp(divergences.mean()))


def inception_score(
    logits: np.ndarray,
    num_splits: int = NUM_SPLITS,
    seed: int | None = 0,
    score_of: Callable[[np.ndarray], float] = score_of_part,
) -> InceptionScore:
    """The score of each of `num_splits` equal parts of the images, in float64.

    Args:
        logits: `[n, k]` of the classifier, unnormalised; logarithms of probabilities are logits too.
        num_splits: parts, from 1 to n; the n mod num_splits last images are in the last part.
        seed: of the order in which images are dealt to the parts: generated images often come sorted by class, and a
            part with one class would score 1. None keeps the order.
        score_of: computes the score of one part, float64 logits.

    Returns:
        Mean and spread over the parts.

    Raises:
        ValueError: for logits of another shape, NaN, or more parts than images.
    """
    logits = np.asarray(logits, np.float64)
    if logits.ndim != 2 or not 1 <= num_splits <= len(logits):
        raise ValueError(
            f"The score needs logits [n, classes] and 1 to n splits. Received: {logits.shape} and {num_splits} splits."
        )
    if np.isnan(logits).any():
        raise ValueError("The classifier's logits hold NaN: look at the images.")
    if seed is not None:
        logits = logits[np.random.default_rng(seed).permutation(len(logits))]
    size = len(logits) // num_splits
    ends = [*(size * part for part in range(1, num_splits)), len(logits)]
    scores = [score_of(logits[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
    return InceptionScore(float(np.mean(scores)), float(np.std(scores)), num_splits)


def _compute(evaluation: Evaluation, comparison: FeatureComparison) -> list[Result]:
    logits = comparison.generated.logits
    score_of = tfgan_backend.inception_score if evaluation.config.backend == "tfgan" else score_of_part
    score = inception_score(logits, min(NUM_SPLITS, len(logits)), score_of=score_of)
    return [
        comparison.result(
            "inception_score",
            MEASURE.title,
            score.mean,
            MEASURE.paper,
            standard_deviation=score.standard_deviation,
            ideal=evaluation.num_classes if comparison.extractor.learned_from_data else None,
            reference=None,
            num_reference=0,
            details={"num_splits": score.num_splits},
        )
    ]


MEASURE = Measure(
    "Inception score", "Salimans et al. 2016, arXiv:1606.03498", _compute, per_extractor=True, needs_logits=True
)
