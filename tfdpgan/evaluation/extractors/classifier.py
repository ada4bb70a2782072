# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A small classifier of the evaluation's own classes: for digits, features of a network that has seen digits.

Convolutions of stride 2 with 32, 64, 128 ... channels until at most 7 pixels are left, dense 128 with ReLU and one
unit for each class. The features are the 128 values before their ReLU: behind it images of pure noise are no further
from real ones than real outliers, and would have a precision of up to a third (docs/experiments). Adam at 1e-3, batches
of 128, at least 600 steps and 2 epochs. It learns WITHOUT privacy from the images that it is given: which ones these
are, and whether they may be read, is its caller's concern. Two figures compare only when the key, and so the weights,
are the same.
"""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.config import ConfigError
from tfdpgan.evaluation.extractors.extractor import Extractor, ExtractorOptions, ExtractorRow, arrays_checksum, make_key
from tfdpgan.evaluation.statistics_cache import StatisticsCache

NUM_FEATURES = 128
_BATCH_SIZE = 128
_LEAST_EPOCHS = 2
_LEAST_STEPS = 600
_LARGEST_MAP = 7
_MOST_CHANNELS = 128
_SEED = 0
# To be raised with every change of network, features or training: what was kept of the old is then made anew.
_RECIPE = 2


class Classifier(Extractor):
    """The penultimate layer of a trained classifier, before its ReLU.

    Args:
        network: maps uint8 images to (features, logits).
        data_name: what it was trained on.
    """

    learned_from_data = True
    has_logits = True

    def __init__(self, network: keras.Model, data_name: str) -> None:
        self.name = f"classifier[{data_name}]"
        self.key = make_key(extractor="classifier", recipe=_RECIPE, weights=arrays_checksum(*network.get_weights()))
        self._network = tf.function(lambda images: network(images, training=False), reduce_retracing=True)

    def _of_batch(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        features, logits = self._network(tf.constant(images))
        return features.numpy(), logits.numpy()


def make(options: ExtractorOptions) -> Classifier:
    """Trains the classifier, or takes its weights from the cache.

    Raises:
        ConfigError: where there are no labelled images to learn from.
    """
    if options.images is None or options.labels is None or options.num_classes < 2:
        raise ConfigError(
            "The classifier extractor needs images with labels of 2 classes or more to learn from, and "
            f"{options.data_name} has none: use --extractors=pixels, vgg16 or inception."
        )
    keras.utils.set_random_seed(_SEED)
    network = _build(options.images.shape[1:], options.num_classes)
    cache = StatisticsCache(options.cache_dir)
    key = make_key(
        weights_of="classifier",
        recipe=_RECIPE,
        data=arrays_checksum(options.images, options.labels),
        shapes=[list(weight.shape) for weight in network.get_weights()],
    )
    stored = cache.read(key)
    if stored is None:
        _train(network, options.images, options.labels)
        cache.write(key, {f"weight_{index:03d}": weight for index, weight in enumerate(network.get_weights())})
    else:
        network.set_weights([stored[name] for name in sorted(stored)])
    return Classifier(network, options.data_name)


def _build(shape: tuple[int, ...], num_classes: int) -> keras.Model:
    images = keras.Input(shape, dtype="uint8")
    maps = keras.layers.Rescaling(1.0 / 255.0)(images)
    channels = 32
    while maps.shape[1] > _LARGEST_MAP or maps.shape[2] > _LARGEST_MAP:
        maps = keras.layers.Conv2D(channels, 3, strides=2, padding="same", activation="relu")(maps)
        channels = min(2 * channels, _MOST_CHANNELS)
    features = keras.layers.Dense(NUM_FEATURES, name="features")(keras.layers.Flatten()(maps))
    logits = keras.layers.Dense(num_classes, name="logits")(keras.layers.ReLU()(features))
    return keras.Model(images, [features, logits], name="classifier")


def _train(network: keras.Model, images: np.ndarray, labels: np.ndarray) -> None:
    trained = keras.Model(network.input, network.outputs[1])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    trained.compile(keras.optimizers.Adam(1e-3), loss, jit_compile=False)
    trained.fit(images, labels, batch_size=_BATCH_SIZE, epochs=_num_epochs(len(images)), verbose=0)


def _num_epochs(num_images: int) -> int:
    return max(_LEAST_EPOCHS, math.ceil(_LEAST_STEPS / math.ceil(num_images / _BATCH_SIZE)))


EXTRACTOR = ExtractorRow(
    "the penultimate layer (128 values, before their ReLU) of a small CNN trained on the data's own classes",
    "of this package",
    make,
    needs_labels=True,
)
