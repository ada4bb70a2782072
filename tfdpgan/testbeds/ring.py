# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The ring of eight imbalanced Gaussians, and the GAN that is trained on it (Liu, Kothari and Alahi 2020, section 5.1).

Two of eight modes hold nine tenths of the points. Networks, optimizers and rates are those of the paper's code: five
hidden layers of 64, batch normalisation in the generator, plain SGD at 5e-3 and 1e-2, binary cross-entropy. No image
and no privacy is in it.
"""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.generation.samplers.refinement import Refinement, Refiner

_RADIUS = 10 / 1.414
STANDARD_DEVIATION = 0.02 * 10 / 1.414
_HALF = 1 / math.sqrt(2)
CENTRES = (
    np.array(
        [(1, 0), (_HALF, _HALF), (_HALF, -_HALF), (-1, 0), (0, 1), (0, -1), (-_HALF, _HALF), (-_HALF, -_HALF)],
        np.float32,
    )
    * _RADIUS
)
PROPORTIONS = np.array([0.45, 0.45] + 6 * [0.1 / 6], np.float32)

_HIDDEN_LAYERS, _WIDTH, _LATENT_DIM = 5, 64, 2
_GENERATOR_RATE, _DISCRIMINATOR_RATE, _SHAPING_RATE = 5e-3, 1e-2, 8e-3
_STEPS_IN_ONE_CALL = 250


def real_points(rng: tf.random.Generator, num_points: int) -> tf.Tensor:
    """Points `[n, 2]` of the ring, as many of each mode as its proportion says; the rest of modes at random."""
    counts = np.floor(PROPORTIONS * num_points + 1e-4).astype(int)
    fixed = tf.constant(np.repeat(np.arange(8), counts), tf.int32)
    rest = rng.uniform([num_points - int(counts.sum())], maxval=8, dtype=tf.int32)
    modes = tf.concat([fixed, rest], axis=0)
    return tf.gather(tf.constant(CENTRES), modes) + STANDARD_DEVIATION * rng.normal([num_points, 2])


def distances(points: np.ndarray) -> np.ndarray:
    """From points `[n, 2]` to each centre, `[n, 8]`."""
    return np.linalg.norm(points[:, None] - CENTRES, axis=2)


def share_near_a_mode(points: np.ndarray, deviations: float = 3.0) -> float:
    """The share of points within that many standard deviations of a mode, in [0, 1]; of real ones .989 for three."""
    return float(np.mean(distances(points).min(axis=1) < deviations * STANDARD_DEVIATION))


def balance_over_modes(points: np.ndarray, deviations: float = 3.0) -> float:
    """How far the modes are met as often as in the data, among points near one.

    1 - TV(p, q), with p the frequencies of the nearest modes among points within `deviations`, q the data's: 1 for the
    data, 0 where no mode with any weight is met.
    """
    apart = distances(points)
    near = apart.min(axis=1) < deviations * STANDARD_DEVIATION
    if not near.any():
        return 0.0
    counts = np.bincount(apart[near].argmin(axis=1), minlength=8)
    return float(1 - 0.5 * np.abs(counts / counts.sum() - PROPORTIONS).sum())


class RingGAN:
    """The pair, trained in batches.

    Args:
        batch_size: of real and of generated points in each step.
        seed: of weights, latents and points.
    """

    def __init__(self, batch_size: int, seed: int) -> None:
        keras.utils.set_random_seed(seed)
        self._rng = tf.random.Generator.from_seed(seed)
        self._batch_size = batch_size
        layers = keras.layers
        hidden = []
        for _ in range(_HIDDEN_LAYERS):
            hidden += [layers.Dense(_WIDTH), layers.BatchNormalization(momentum=0.9, epsilon=1e-5), layers.ReLU()]
        self._generator = keras.Sequential([layers.InputLayer([_LATENT_DIM]), *hidden, layers.Dense(2)])
        self.discriminator = _discriminator()
        self._optimizers = keras.optimizers.SGD(_GENERATOR_RATE), keras.optimizers.SGD(_DISCRIMINATOR_RATE)

    def draw(self, num_points: int) -> tf.Tensor:
        """Generated points `[n, 2]`. As in the paper's code, normalised by their own batch."""
        return self._generator(self._rng.normal([num_points, _LATENT_DIM]), training=True)

    def train(self, num_steps: int) -> None:
        """Discriminator and generator in turn, one step each."""
        for start in range(0, num_steps, _STEPS_IN_ONE_CALL):
            self._train(tf.constant(min(_STEPS_IN_ONE_CALL, num_steps - start)))

    @tf.function(jit_compile=False)
    def _train(self, num_steps: tf.Tensor) -> None:
        of_generator, of_discriminator = self._optimizers
        for _ in tf.range(num_steps):
            _descend(self.discriminator, of_discriminator, real_points(self._rng, self._batch_size), self._drawn())
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.nn.softplus(-_logits(self.discriminator, self._drawn())))
            variables = self._generator.trainable_variables
            of_generator.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))

    def _drawn(self) -> tf.Tensor:
        return self.draw(self._batch_size)

    def shaped(self, num_steps: int, batch_size: int, refinement: Refinement | None) -> keras.Sequential:
        """A copy of the discriminator, trained on with the generator frozen.

        Args:
            num_steps: its steps.
            batch_size: of real and of generated points in each.
            refinement: against points after a random number of refinement steps, each by the discriminator as it then
                is (discriminator shaping); None: against plain points (calibration of the baselines).
        """
        shaped = _discriminator()
        shaped.set_weights(self.discriminator.get_weights())
        optimizer = keras.optimizers.SGD(_SHAPING_RATE)
        optimizer.build(shaped.trainable_variables)
        refiner = Refiner(lambda points: (points, _logits(shaped, points)), refinement) if refinement else None

        @tf.function(jit_compile=False)
        def shape(count: tf.Tensor) -> None:
            for _ in tf.range(count):
                points = self.draw(batch_size)
                if refiner is not None and refinement is not None:
                    allowed = self._rng.uniform([batch_size], maxval=refinement.steps + 1, dtype=tf.int32)
                    points = refiner.refine(points, allowed).outputs
                _descend(shaped, optimizer, real_points(self._rng, batch_size), points)

        for start in range(0, num_steps, _STEPS_IN_ONE_CALL):
            shape(tf.constant(min(_STEPS_IN_ONE_CALL, num_steps - start)))
        return shaped


def logits_of(discriminator: keras.Sequential, points: np.ndarray) -> np.ndarray:
    """Logits `[n]` of points `[n, 2]`."""
    return _logits(discriminator, tf.constant(points)).numpy()


def refiner_of(discriminator: keras.Sequential, refinement: Refinement) -> Refiner:
    """Refines points `[n, 2]` themselves: the layer is the last, as in the paper."""
    return Refiner(lambda points: (points, _logits(discriminator, points)), refinement)


def _discriminator() -> keras.Sequential:
    layers = keras.layers
    hidden = [layers.Dense(_WIDTH, activation="relu") for _ in range(_HIDDEN_LAYERS)]
    return keras.Sequential([layers.InputLayer([2]), *hidden, layers.Dense(1)])


def _logits(discriminator: keras.Sequential, points: tf.Tensor) -> tf.Tensor:
    return tf.squeeze(discriminator(points), axis=-1)


def _descend(
    discriminator: keras.Sequential, optimizer: keras.optimizers.Optimizer, real: tf.Tensor, generated: tf.Tensor
) -> None:
    """One step on the binary cross-entropy."""
    generated = tf.stop_gradient(generated)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softplus(-_logits(discriminator, real)))
        loss += tf.reduce_mean(tf.nn.softplus(_logits(discriminator, generated)))
    variables = discriminator.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
