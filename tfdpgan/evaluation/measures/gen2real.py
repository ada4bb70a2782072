# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""*gen2real* accuracy: of a classifier that was trained on generated images, on real test images.

It is the utility that users of a synthetic data set care for, and the figure that papers on private generation print:
GAN-train of Shmelkov, Schmid and Alahari 2018 ("How good is my GAN?"), the classification accuracy score of Ravuri and
Vinyals 2019. The protocol is in `tfdpgan.evaluation.utility`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from tfdpgan.evaluation.measures.measure import Measure
from tfdpgan.evaluation.utility import Utility, accuracies, transfer

if TYPE_CHECKING:
    from tfdpgan.evaluation.context import Evaluation
    from tfdpgan.evaluation.result import Result


def gen2real(
    generated_images: np.ndarray,
    generated_labels: np.ndarray,
    test_images: np.ndarray,
    test_labels: np.ndarray,
    num_classes: int,
    classifier: str = "cnn",
    seed: int = 0,
    soft_labels: np.ndarray | None = None,
) -> Utility:
    """Accuracy on real test images of a classifier that has seen generated images only.

    Args:
        generated_images: `[n, h, w, c]` uint8 or float32 in [-1, 1].
        generated_labels: `[n]` integers; classes may be missing.
        test_images: `[m, h, w, c]`, real and public: the figure is outside any guarantee for them.
        test_labels: `[m]` integers.
        num_classes: 2 or more.
        classifier: "cnn", "mlp" or "logistic".
        seed: of everything random.
        soft_labels: `[n, num_classes]` probabilities to learn in place of `generated_labels`.

    Returns:
        The accuracy and how it came about.

    Raises:
        ValueError: for images or labels that do not fit, or an unknown classifier.
    """
    train, test = (generated_images, generated_labels), (test_images, test_labels)
    return transfer(train, test, num_classes, classifier, seed, soft_labels)


def _compute(evaluation: Evaluation) -> list[Result]:
    evaluated, test = evaluation.evaluated, evaluation.references.compared
    accuracy_of = functools.partial(
        gen2real, evaluated.images, evaluated.labels, test.images, test.labels, evaluation.num_classes
    )
    if evaluated.soft_labels is None:
        return accuracies(evaluation, "gen2real", MEASURE, test, accuracy_of)
    from_soft = functools.partial(accuracy_of, soft_labels=evaluated.soft_labels)
    hard = accuracies(evaluation, "gen2real", MEASURE, test, accuracy_of, "hard")
    soft = accuracies(evaluation, "gen2real", MEASURE, test, from_soft, "soft")
    return [result for pair in zip(hard, soft, strict=True) for result in pair]  # side by side


MEASURE = Measure("gen2real accuracy", "Shmelkov et al. 2018, arXiv:1807.09499", _compute, needs_labels=True)
