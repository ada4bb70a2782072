# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The secondary network of Wincott 2020 ("Generating Differentially Private Datasets Using Deep Learning").

A network with one dense layer of 10 units is trained for 10 epochs to tell real images from generated ones, and tested
on images of both kinds that it has not seen. Its accuracy is the first measure: 50 % is perfect, 100 % means that the
two are told apart at a glance. The second is the Frechet distance between its 10 activations on real and on generated
test images: 0 is perfect. The report trains on 60 000 and 60 000 images and tests on 10 000 and 10 000.

It leaves open what we fix here: ReLU, one output unit, Adam at 1e-3, batches of 128. The activations belong to the one
network that was trained on the images at hand, so their scale differs between two generators: the distance ranks
generators less surely than one on fixed features does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import tf_keras as keras

from tfdpgan.data.pixels import to_uint8
from tfdpgan.evaluation.measures.frechet_distance import FeatureStatistics, frechet_distance
from tfdpgan.evaluation.measures.measure import Measure
from tfdpgan.evaluation.reference import Split
from tfdpgan.evaluation.result import TOO_FEW, Result

if TYPE_CHECKING:
    from tfdpgan.evaluation.context import Evaluation

NUM_UNITS = 10
NUM_EPOCHS = 10
_BATCH_SIZE = 128
_FEW = 500  # real images to learn from: ten epochs of fewer are a handful of steps, and anything looks real


@dataclass(frozen=True)
class RealFake:
    """What the secondary network found.

    Attributes:
        accuracy: on unseen images, half real and half generated, in [0, 1]; 0.5 is perfect.
        frechet_distance: between its activations on real and on generated unseen images; 0 is perfect.
        num_train: real images that it was trained on; as many generated ones.
        num_test: real images that it was tested on; as many generated ones.
    """

    accuracy: float
    frechet_distance: float
    num_train: int
    num_test: int


def real_fake(
    real_train: np.ndarray,
    generated_train: np.ndarray,
    real_test: np.ndarray,
    generated_test: np.ndarray,
    seed: int = 0,
) -> RealFake:
    """Trains the secondary network and tests it.

    Reads the real images without privacy: of private ones the figures are outside the guarantee.

    Args:
        real_train: `[n, h, w, c]` uint8 or float32 in [-1, 1] (rounded to 256 levels).
        generated_train: `[m, h, w, c]`. Of the larger set as many are drawn as the smaller one has.
        real_test: `[k, h, w, c]`, none of them in `real_train`.
        generated_test: `[l, h, w, c]`, likewise drawn to equal numbers; 2 or more.
        seed: of the weights, the order and the draws.

    Returns:
        Accuracy and Frechet distance.

    Raises:
        ValueError: for images of different shapes, or too few.
    """
    parts = [real_train, generated_train, real_test, generated_test]
    if len({part.shape[1:] for part in parts}) > 1 or min(len(part) for part in parts) < 2:
        raise ValueError(
            "Real and generated images need the same height, width and channels, and 2 or more of each. Received: "
            f"{', '.join(str(part.shape) for part in parts)}."
        )
    rng = np.random.default_rng(seed)
    train_images, train_is_real = _both(real_train, generated_train, rng)
    test_images, test_is_real = _both(real_test, generated_test, rng)
    keras.utils.set_random_seed(seed)
    inputs = keras.Input(real_train.shape[1:], dtype="uint8")
    pixels = keras.layers.Flatten()(keras.layers.Rescaling(1.0 / 255.0)(inputs))
    activations = keras.layers.Dense(NUM_UNITS, activation="relu")(pixels)
    network = keras.Model(inputs, [activations, keras.layers.Dense(1)(activations)])
    judge = keras.Model(inputs, network.outputs[1])
    judge.compile(keras.optimizers.Adam(1e-3), keras.losses.BinaryCrossentropy(from_logits=True), jit_compile=False)
    judge.fit(train_images, train_is_real, batch_size=_BATCH_SIZE, epochs=NUM_EPOCHS, verbose=0)
    features, logits = (output.numpy() for output in network(test_images, training=False))
    real, generated = (FeatureStatistics.of(features[test_is_real == kind]) for kind in (1, 0))
    return RealFake(
        float(np.mean((logits[:, 0] > 0) == test_is_real)),
        frechet_distance(real, generated),
        len(train_images) // 2,
        len(test_images) // 2,
    )


def _both(real: np.ndarray, generated: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """As many real as generated images, uint8, in random order, and `[2 n]` float32: 1 for real."""
    size = min(len(real), len(generated))
    drawn = [to_uint8(images[rng.permutation(len(images))[:size]]) for images in (real, generated)]
    order = rng.permutation(2 * size)
    return np.concatenate(drawn)[order], np.repeat(np.array([1, 0], np.float32), size)[order]


def _compute(evaluation: Evaluation) -> list[Result]:
    evaluated, references = evaluation.evaluated, evaluation.references
    train, test = references.real_fake_train, references.real_fake_test
    generated_train, generated_test = Split("generated", evaluated.images, evaluated.labels, False).halves()
    found = [
        real_fake(train.images, generated_train.images, test.images, generated_test.images, seed=seed)
        for seed in range(evaluation.config.seeds)
    ]
    num_read = found[0].num_train + found[0].num_test
    common: dict[str, Any] = {
        "paper": MEASURE.paper,
        "reference": f"{train.name} (to learn), {test.name} (to test)",
        "num_reference": num_read,
        "num_generated": num_read,
        "reads_private_training_images": train.is_private or test.is_private,
        "details": {"num_train": found[0].num_train, "num_test": found[0].num_test},
        "warning": TOO_FEW if found[0].num_train < _FEW else None,
    }
    return [
        Result.over_seeds(
            "real_fake_accuracy",
            "Real/fake accuracy of the secondary network",
            [each.accuracy for each in found],
            ideal=0.5,
            **common,
        ),
        Result.over_seeds(
            "real_fake_frechet_distance",
            "Frechet distance (real/fake network)",
            [each.frechet_distance for each in found],
            ideal=0.0,
            **common,
        ),
    ]


MEASURE = Measure("Real/fake accuracy", "Wincott 2020", _compute)
