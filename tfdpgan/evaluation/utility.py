# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What generated images are worth: how well a classifier carries over between them and real ones.

*gen2real* accuracy: trained on generated images, tested on real test images. It is the utility that users of a
synthetic data set care for, and the figure that papers on private generation print. *real2gen* accuracy: trained on
real images, tested on generated ones. It says whether an image shows the class that was asked for; a generator that
draws one fine image of each class gets full marks, so it is read beside gen2real. Shmelkov, Schmid and Alahari 2018
("How good is my GAN?") call the pair GAN-train and GAN-test; gen2real is also the classification accuracy score of
Ravuri and Vinyals 2019.

The protocol, the same for all three classifiers:

* sizes: all images that are given. Usual are 20 000 generated ones, with classes in the proportions of the prior.
* held out for choices: a tenth of the *training* images, drawn by the seed. For gen2real these are generated images:
  no real image chooses anything, so that the figure is what somebody would get who has the synthetic data alone.
* networks: Adam at 1e-3, batches of 256, 6 epochs, or as many as make 420 steps (60 at most) where images are few; the
  epoch with the best held-out accuracy is kept. CNN: convolutions with 32 and 64 channels, each followed by pooling,
  dense 128, dropout. MLP: dense 256 and 128. Logistic regression: scikit-learn's, the penalty chosen likewise.
* the test images are read once, at the end. One seed gives one figure; several give mean and spread.

Pixels are rounded to 256 levels first, as they are in a published file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tfdpgan.evaluation import classifiers
from tfdpgan.evaluation.measures.measure import Measure
from tfdpgan.evaluation.reference import Split
from tfdpgan.evaluation.result import Result

if TYPE_CHECKING:
    from tfdpgan.evaluation.context import Evaluation


@dataclass(frozen=True)
class Utility:
    """One classifier's accuracy.

    Attributes:
        accuracy: on the test images, in [0, 1].
        classifier: "cnn", "mlp" or "logistic".
        num_train: images that it was fitted on, without the held-out ones.
        num_held_out: held-out images of the same source that chose epoch or penalty.
        held_out_accuracy: on these, in [0, 1].
        num_test: images that it was tested on.
        selected: what the held-out images chose, such as "epoch 5 of 6".
        seed: of the split, the weights and the order.
    """

    accuracy: float
    classifier: str
    num_train: int
    num_held_out: int
    held_out_accuracy: float
    num_test: int
    selected: str
    seed: int


def transfer(
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    num_classes: int,
    classifier: str,
    seed: int,
    soft_labels: np.ndarray | None = None,
) -> Utility:
    """Accuracy on `test` of a classifier that was fitted on `train`: images `[n, h, w, c]` and labels `[n]` of each.

    With `soft_labels` `[n, num_classes]` it learns these in place of the labels of `train`.

    Raises:
        ValueError: for images or labels that do not fit, or an unknown classifier.
    """
    (images, labels), (test_images, test_labels) = train, test
    if images.shape[1:] != test_images.shape[1:]:
        raise ValueError(
            f"Images of {images.shape[1:]} and of {test_images.shape[1:]} cannot be compared: bring both to one size "
            "and one number of channels (--image_size, --color_mode)."
        )
    if len(test_images) == 0 or len(test_labels) != len(test_images):
        raise ValueError(
            f"Testing needs images, and one label for each. Received: {len(test_images)} images, {len(test_labels)} "
            "labels."
        )
    fitted = classifiers.fit(classifier, images, labels, num_classes, seed, soft_labels)
    accuracy = float(np.mean(fitted.predict(test_images) == np.asarray(test_labels)))
    return Utility(
        accuracy,
        classifier,
        fitted.num_train,
        fitted.num_held_out,
        fitted.held_out_accuracy,
        len(test_images),
        fitted.selected,
        seed,
    )


def accuracies(
    evaluation: Evaluation,
    name: str,
    measure: Measure,
    real: Split,
    accuracy_of: Callable[..., Utility],
    labels: str | None = None,
) -> list[Result]:
    """One result for each classifier of the settings, over their seeds.

    Args:
        evaluation: the settings, and the images under evaluation.
        name: key of `measure`.
        measure: gen2real or real2gen.
        real: the real images that take part.
        accuracy_of: called with `classifier` and `seed`.
        labels: "hard" or "soft", where there are both and the results have to say which were learned from.
    """
    results = []
    suffix = "_soft_labels" if labels == "soft" else ""
    said = f", {labels} labels" if labels else ""
    for classifier in evaluation.config.classifier_list:
        found = [accuracy_of(classifier=classifier, seed=seed) for seed in range(evaluation.config.seeds)]
        results.append(
            Result.over_seeds(
                f"{name}_{classifier}{suffix}",
                f"{measure.title} ({classifier}{said})",
                [each.accuracy for each in found],
                measure.paper,
                ideal=1.0,
                reference=real.name,
                num_reference=len(real),
                num_generated=len(evaluation.evaluated.images),
                reads_private_training_images=real.is_private,
                details={
                    "num_train": found[0].num_train,
                    "num_held_out": found[0].num_held_out,
                    "num_test": found[0].num_test,
                    "selected": [each.selected for each in found],
                    **({"labels": labels} if labels else {}),
                },
            )
        )
    return results
