# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The classifiers that judge generated images: a CNN, an MLP and logistic regression.

Each is fitted by one protocol. A tenth of the images it is given is held out; the held-out tenth alone decides which
epoch's weights (networks) or which penalty (logistic regression) is kept; the other nine tenths train. Whatever the
classifier is tested on later takes no part in it: for gen2real accuracy the choice is made on synthetic images only.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tf_keras as keras

from tfdpgan.data.pixels import to_uint8

HELD_OUT_SHARE = 0.1
_BATCH_SIZE = 256
_READ_AT_ONCE = 1000
_NUM_EPOCHS = 6  # of 20 000 images
_LEAST_STEPS = 420  # so many Adam steps, in up to _MOST_EPOCHS, where the images are few
_MOST_EPOCHS = 60
_PENALTIES = (0.01, 0.1, 1.0)  # scikit-learn's C, for pixels in [0, 1]
_LBFGS_STEPS = 100
_LEAST_PROBABILITY = 1e-3  # of a soft label that logistic regression is told of


@dataclass(frozen=True)
class FittedClassifier:
    """A classifier and how it was chosen.

    Attributes:
        predict: images `[n, h, w, c]` (uint8, or float32 in [-1, 1]) to classes `[n]` int32.
        num_train: images that it was fitted on.
        num_held_out: images of the same source that chose `selected`.
        held_out_accuracy: on these, in [0, 1].
        selected: what they chose, such as "epoch 5 of 6" or "C = 0.1".
    """

    predict: Callable[[np.ndarray], np.ndarray]
    num_train: int
    num_held_out: int
    held_out_accuracy: float
    selected: str


def fit(
    name: str,
    images: np.ndarray,
    labels: np.ndarray,
    num_classes: int,
    seed: int,
    soft_labels: np.ndarray | None = None,
) -> FittedClassifier:
    """Fits a classifier.

    Args:
        name: a key of CLASSIFIERS.
        images: `[n, h, w, c]` uint8, or float32 in [-1, 1], which is rounded to 256 levels; n at least 10.
        labels: `[n]` integers in [0, num_classes); classes may be missing, and are then never predicted well.
        num_classes: 2 or more.
        seed: of the held-out tenth, the weights, the order and dropout.
        soft_labels: `[n, num_classes]` probabilities to learn in place of `labels`; these still judge the held-out
            tenth. Logistic regression takes each image once for each class that has a thousandth or more, weighted.

    Returns:
        The classifier.

    Raises:
        ValueError: for an unknown name, or images and labels that do not fit.
    """
    if name not in CLASSIFIERS:
        raise ValueError(f"The classifier must be one of {', '.join(CLASSIFIERS)}. Received: {name}.")
    _check(images, labels, num_classes)
    images, labels = to_uint8(images), np.asarray(labels, np.int32)
    order = np.random.default_rng(seed).permutation(len(images))
    num_held_out = max(1, round(HELD_OUT_SHARE * len(images)))
    held_out, train = order[:num_held_out], order[num_held_out:]
    soft = None if soft_labels is None else np.asarray(soft_labels, np.float32)[train]
    split = _Split(images[train], labels[train], images[held_out], labels[held_out], num_classes, seed, soft)
    return CLASSIFIERS[name](split)


@dataclass(frozen=True)
class _Split:
    """Images uint8 and labels int32, for fitting and for choosing."""

    images: np.ndarray
    labels: np.ndarray
    held_out_images: np.ndarray
    held_out_labels: np.ndarray
    num_classes: int
    seed: int
    soft_labels: np.ndarray | None = None

    def fitted(self, predict: Callable[[np.ndarray], np.ndarray], selected: str) -> FittedClassifier:
        accuracy = float(np.mean(predict(self.held_out_images) == self.held_out_labels))
        return FittedClassifier(predict, len(self.images), len(self.held_out_images), accuracy, selected)


def _cnn_layers(num_classes: int) -> list[keras.layers.Layer]:
    """Two 3x3 convolutions with 32 and 64 channels, each with max pooling, dense 128, dropout one half."""
    layers = keras.layers
    return [
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(num_classes),
    ]


def _mlp_layers(num_classes: int) -> list[keras.layers.Layer]:
    """Two dense layers of 256 and 128 units."""
    layers = keras.layers
    return [
        layers.Flatten(),
        layers.Dense(256, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(128, activation="relu"),
        layers.Dense(num_classes),
    ]


def _fit_network(split: _Split, make_layers: Callable[[int], list[keras.layers.Layer]]) -> FittedClassifier:
    """Adam at 1e-3, batches of 256; keeps the epoch that reads most held-out images rightly."""
    keras.utils.set_random_seed(split.seed)
    model = keras.Sequential(
        [
            keras.layers.InputLayer(split.images.shape[1:], dtype="uint8"),
            keras.layers.Rescaling(1.0 / 255.0),
            *make_layers(split.num_classes),
        ]
    )
    targets, held_out_targets = split.labels, split.held_out_labels
    loss: keras.losses.Loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    if split.soft_labels is not None:
        targets, held_out_targets = split.soft_labels, np.eye(split.num_classes, dtype=np.float32)[held_out_targets]
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"], jit_compile=False)
    num_epochs = _num_epochs(len(split.images))
    best = _BestEpoch()
    model.fit(
        split.images,
        targets,
        batch_size=_BATCH_SIZE,
        epochs=num_epochs,
        verbose=0,
        callbacks=[best],
        validation_data=(split.held_out_images, held_out_targets),
        validation_batch_size=_READ_AT_ONCE,
    )
    return split.fitted(lambda images: _read(model, images), f"epoch {best.epoch} of {num_epochs}")


def _fit_logistic_regression(split: _Split) -> FittedClassifier:
    """Multinomial, L2 penalty chosen from three; stops after a hundred steps of L-BFGS."""
    from sklearn.exceptions import ConvergenceWarning  # takes a second to import
    from sklearn.linear_model import LogisticRegression

    rows, classes, weights = _weighted_rows(split)
    present = np.unique(classes)
    if len(present) == 1:  # nothing to tell apart
        return split.fitted(lambda images: np.full(len(images), present[0], np.int32), "the only class")
    fits = []
    for penalty in _PENALTIES:
        regression = LogisticRegression(C=penalty, max_iter=_LBFGS_STEPS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the held-out images judge what came out
            regression.fit(_rows(split.images)[rows], classes, sample_weight=weights)
        predict = _predictor(regression)
        fits.append(split.fitted(predict, f"C = {penalty:g}"))
    return max(fits, key=lambda each: each.held_out_accuracy)


def _weighted_rows(split: _Split) -> tuple[Any, np.ndarray, np.ndarray | None]:
    """Rows of the images, classes and weights; hard labels have each image once, unweighted."""
    if split.soft_labels is None:
        return slice(None), split.labels, None
    rows, classes = np.nonzero(split.soft_labels >= _LEAST_PROBABILITY)
    return rows, classes.astype(np.int32), split.soft_labels[rows, classes]


def _predictor(regression: Any) -> Callable[[np.ndarray], np.ndarray]:
    return lambda images: regression.predict(_rows(to_uint8(images))).astype(np.int32)


def _rows(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float32) / 255.0


def _read(model: keras.Model, images: np.ndarray) -> np.ndarray:
    pixels = to_uint8(images)
    parts = [  # not model.predict, which would be traced anew for each of a sweep's many networks
        np.argmax(model(pixels[start : start + _READ_AT_ONCE], training=False), axis=-1)
        for start in range(0, len(pixels), _READ_AT_ONCE)
    ]
    return np.concatenate(parts).astype(np.int32)


def _num_epochs(num_images: int) -> int:
    steps_in_one = math.ceil(num_images / _BATCH_SIZE)
    return min(_MOST_EPOCHS, max(_NUM_EPOCHS, math.ceil(_LEAST_STEPS / steps_in_one)))


class _BestEpoch(keras.callbacks.Callback):
    """Ends with the weights of the epoch that read the held-out images best (the later of equals)."""

    def __init__(self) -> None:
        super().__init__()
        self.epoch = 0
        self._accuracy = -1.0
        self._weights: list[np.ndarray] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if logs["val_accuracy"] >= self._accuracy:
            self.epoch, self._accuracy, self._weights = epoch + 1, logs["val_accuracy"], self.model.get_weights()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        self.model.set_weights(self._weights)


def _check(images: np.ndarray, labels: np.ndarray, num_classes: int) -> None:
    if images.ndim != 4 or len(images) < 10:
        raise ValueError(
            f"A classifier needs 10 images or more, of shape [n, height, width, channels]. Received: {images.shape}."
        )
    if num_classes < 2:
        raise ValueError(
            f"A classifier needs 2 classes or more. Received: {num_classes}. Utility is measured by classes: leave it "
            "out for images without labels."
        )
    if len(labels) != len(images) or np.min(labels) < 0 or np.max(labels) >= num_classes:
        raise ValueError(
            f"{len(images)} images need as many labels from 0 to {num_classes - 1}. Received: {len(labels)} from "
            f"{np.min(labels)} to {np.max(labels)}."
        )


CLASSIFIERS: dict[str, Callable[[_Split], FittedClassifier]] = {
    "cnn": lambda split: _fit_network(split, _cnn_layers),
    "mlp": lambda split: _fit_network(split, _mlp_layers),
    "logistic": _fit_logistic_regression,
}
