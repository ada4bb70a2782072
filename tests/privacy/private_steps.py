# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A small model, its data and private steps on it, shared by the tests of the optimizers."""

import numpy as np
import scipy.stats
import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.optimizers.dp_optimizer import DPKerasSGDOptimizer

FALSE_ALARM_RATE = 1e-6  # of the variance tests, two-sided
CLIP = 0.5


def make_model(hidden: int = 4, seed: int = 0) -> keras.Sequential:
    initializer = keras.initializers.GlorotNormal(seed=seed)
    layers = [
        keras.layers.Dense(hidden, "tanh", kernel_initializer=initializer),
        keras.layers.Dense(1, kernel_initializer=initializer),
    ]
    model = keras.Sequential(layers)
    model.build((None, 3))
    return model


def loss_of(model):
    return lambda x, y: tf.square(model(x)[:, 0] - y)


def make_data(num_physical: int = 2, physical: int = 4, seed: int = 0):
    rng = np.random.default_rng(seed)
    x = tf.constant(rng.normal(size=(num_physical, physical, 3)), tf.float32)
    y = tf.constant(rng.normal(size=(num_physical, physical)) * 3, tf.float32)
    return x, y


def full_mask(x) -> tf.Tensor:
    return tf.ones(x.shape[:2], tf.bool)


def make_optimizer(factory=DPKerasSGDOptimizer, **kwargs):
    defaults = {"l2_norm_clip": CLIP, "noise_multiplier": 0.0, "expected_batch_size": 8, "learning_rate": 1.0}
    return factory(**(defaults | kwargs))


def flat(tensors) -> np.ndarray:
    return np.concatenate([np.ravel(tensor) for tensor in tensors]).astype(np.float64)


def gradient(optimizer, model, batches, mask, generated=None) -> np.ndarray:
    return flat(optimizer.private_gradients(model, loss_of(model), batches, mask, generated).gradients)


def private_step(optimizer=None, model=None):
    optimizer, model = optimizer or make_optimizer(), model or make_model()
    x, y = make_data()
    return optimizer, model, optimizer.private_gradients(model, loss_of(model), (x, y), full_mask(x))


def variance_is_accepted(samples: np.ndarray, stddev: float) -> bool:
    statistic = np.sum(samples**2) / stddev**2
    lower, upper = scipy.stats.chi2.ppf([FALSE_ALARM_RATE / 2, 1 - FALSE_ALARM_RATE / 2], df=samples.size)
    return bool(lower < statistic < upper)
