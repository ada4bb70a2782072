# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""*real2gen* accuracy: of a classifier that was trained on real images, on generated ones.

It says whether an image shows the class that was asked for; a generator that draws one fine image of each class gets
full marks, so it is read beside gen2real. GAN-test of Shmelkov, Schmid and Alahari 2018 ("How good is my GAN?"). The
protocol is in `tfdpgan.evaluation.utility`.
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


def real2gen(
    train_images: np.ndarray,
    train_labels: np.ndarray,
    generated_images: np.ndarray,
    generated_labels: np.ndarray,
    num_classes: int,
    classifier: str = "cnn",
    seed: int = 0,
) -> Utility:
    """Accuracy on generated images of a classifier that has seen real images only: do they show what was asked for?

    Reads the real images without privacy: of private ones the figure is outside the guarantee. A tenth of them chooses
    the epoch. Arguments, result and errors as for `gen2real`.
    """
    return transfer((train_images, train_labels), (generated_images, generated_labels), num_classes, classifier, seed)


def _compute(evaluation: Evaluation) -> list[Result]:
    evaluated = evaluation.evaluated
    train = evaluation.references.train.sample(len(evaluated.images))
    accuracy_of = functools.partial(
        real2gen, train.images, train.labels, evaluated.images, evaluated.labels, evaluation.num_classes
    )
    return accuracies(evaluation, "real2gen", MEASURE, train, accuracy_of)


MEASURE = Measure(
    "real2gen accuracy",
    "Shmelkov et al. 2018, arXiv:1807.09499",
    _compute,
    needs_train_images=True,
    needs_labels=True,
)
