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
* the test images are read once, at the end. One seed gives one figure; several give mean and spread (`over_seeds`).

Pixels are rounded to 256 levels first, as they are in a published file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tfdpgan.evaluation import classifiers


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


@dataclass(frozen=True)
class Spread:
    """A figure over several seeds: its mean, its standard deviation (n - 1 in the denominator; 0 for one seed)."""

    mean: float
    standard_deviation: float
    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of one value or more."""
        deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
        return cls(float(np.mean(values)), deviation, tuple(float(value) for value in values))


def gen2real(
    generated_images: np.ndarray,
    generated_labels: np.ndarray,
    test_images: np.ndarray,
    test_labels: np.ndarray,
    num_classes: int,
    classifier: str = "cnn",
    seed: int = 0,
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

    Returns:
        The accuracy and how it came about.

    Raises:
        ValueError: for images or labels that do not fit, or an unknown classifier.
    """
    return _transfer(
        (generated_images, generated_labels), (test_images, test_labels), num_classes, classifier, seed
    )


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
    return _transfer(
        (train_images, train_labels), (generated_images, generated_labels), num_classes, classifier, seed
    )


def over_seeds(measure: Callable[[int], Utility], seeds: Iterable[int]) -> Spread:
    """Mean and spread of an accuracy, `measure(seed)` for each of the seeds."""
    return Spread.of([measure(seed).accuracy for seed in seeds])


def _transfer(train, test, num_classes: int, classifier: str, seed: int) -> Utility:
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
    fitted = classifiers.fit(classifier, images, labels, num_classes, seed)
    accuracy = float(np.mean(fitted.predict(test_images) == np.asarray(test_labels)))
    return Utility(
        accuracy, classifier, fitted.num_train, fitted.num_held_out, fitted.held_out_accuracy, len(test_images),
        fitted.selected, seed,
    )
