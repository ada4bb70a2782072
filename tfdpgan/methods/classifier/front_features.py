# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What the public first layer of a classifier makes of the training images, computed once for a whole training."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tfdpgan.data.dataset import Dataset
from tfdpgan.models.classifiers.fixed_front import FixedFront

_BATCH = 250


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
