# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The first layer of a classifier where that is a public transform: it learns nothing and treats each image alone."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.data.dataset import Dataset

_BATCH = 250


class FixedFront(keras.layers.Layer):
    """A layer without weights, from images `[batch, h, w, c]` in [-1, 1] to features `[batch, n]`.

    What it makes of an image must depend on that image alone, and on nothing that was learned from data.
    """


def features_of_all(front: FixedFront, dataset: Dataset) -> np.ndarray:
    """The features `[num_examples, n]` of all training images, as float16: PRIVATE, as the images are.

    Batches have one size, the last filled up with its first image, so that an image's features do not depend on where
    among the others it stands.
    """
    features = np.empty([dataset.num_examples, front.output.shape[1]], np.float16)
    transform = tf.function(lambda images: tf.cast(front(images), tf.float16), jit_compile=False)
    for begin in range(0, dataset.num_examples, _BATCH):
        rows = np.arange(begin, min(begin + _BATCH, dataset.num_examples))
        filled = np.pad(rows, (0, _BATCH - len(rows)), constant_values=begin)
        features[rows] = transform(tf.constant(dataset.batch(filled)))[: len(rows)]
    return features
