# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The one phase of the pixel means: a release, then a generator whose mean image of each class comes near to it."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tfdpgan.methods.pixel_means.plan import PIXEL_MEANS

from tfdpgan.data.dataset import Dataset
from tfdpgan.files import atomic
from tfdpgan.methods.generator_training import GeneratorTraining
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.privacy.mechanisms.noise import GaussianNoise
from tfdpgan.training.phase import PhasePlan

_PER_CLASS = 16


def phases(training: GeneratorTraining) -> list[PhasePlan]:
    """The release and the generator's steps on it."""
    return [PhasePlan(PIXEL_MEANS, lambda: PixelMeansPhase(training), training.plan.stage(PIXEL_MEANS))]


def class_sums(dataset: Dataset) -> np.ndarray:
    """Sums over each class of (pixels / sqrt(d), 1) / sqrt(2), [num_classes, d + 1] float64: PRIVATE until noised.

    Pixels lie in [-1, 1], so that what an image adds has norm 1 at most.
    """
    sums = np.zeros([dataset.num_classes, math.prod(dataset.image_shape) + 1])
    for index in range(dataset.num_examples):
        pixels = dataset.batch(np.array([index])).astype(np.float64).ravel()
        if np.isfinite(pixels).all():
            pixels = np.clip(pixels, -1.0, 1.0) / math.sqrt(2 * len(pixels))
            sums[dataset.label_batch(np.array([index]))[0]] += np.append(pixels, math.sqrt(0.5))
    return sums


class PixelMeansPhase:
    """Takes the release (one booked access), then trains on it for --pixel_mean_steps steps."""

    def __init__(self, training: GeneratorTraining) -> None:
        self.name = PIXEL_MEANS
        self.num_steps = training.config.pixel_mean_steps
        self.stage = None  # its steps read no private data: only prepare does
        self.reads = training.plan.stage(PIXEL_MEANS)
        self.sampled = training.networks.averaged.model
        self._dataset = training.dataset
        self._networks = training.networks
        self._noise_seed = training.config.noise_seed
        self._release_file: Path = training.run_dir.checkpoints / PIXEL_MEANS / "release.npy"
        self._target = tf.Variable(tf.zeros([self._dataset.num_classes, *self._dataset.image_shape]), trainable=False)
        self._optimizer = keras.optimizers.Adam(1e-2)
        self._optimizer.build(self._networks.generator.trainable_variables)
        self.trackables = {**self._networks.of_generator, "optimizer": self._optimizer}

    def prepare(self, ledger: Ledger, step: int) -> None:
        """Takes the release, unless an earlier process has it on disk. Booked before it is taken."""
        del step
        is_released = self._release_file.exists()
        if self.reads is not None:
            ledger.resume(self.name, int(is_released))
        if not is_released:
            self._release(ledger)
        self._target.assign(np.load(self._release_file))

    def _release(self, ledger: Ledger) -> None:
        sums = class_sums(self._dataset)
        if self.reads is not None:
            ledger.book(self.name, 1)
            sums = self.reads.mechanism.release(sums, GaussianNoise(self._noise_seed))
        num_pixels = sums.shape[1] - 1
        means = math.sqrt(num_pixels) * sums[:, :-1] / np.maximum(sums[:, -1:], 1.0)
        content = io.BytesIO()
        np.save(content, np.clip(means, -1, 1).reshape(self._target.shape).astype(np.float32))
        self._release_file.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_bytes_atomically(self._release_file, content.getvalue())
        if self.reads is not None:
            ledger.settle(self.name, 1)

    def step(self, step: int) -> dict[str, float]:
        """One generator step; returns the squared distance to the released mean images."""
        del step
        return {"distance": float(self._train_step())}

    @tf.function(jit_compile=False)
    def _train_step(self) -> tf.Tensor:
        num_classes = self._networks.shape.num_classes
        inputs = self._networks.draw_inputs(_PER_CLASS * num_classes, balanced=True)
        with tf.GradientTape() as tape:
            images = self._networks.generator(inputs, training=True)
            means = tf.reduce_mean(tf.reshape(images, [_PER_CLASS, *self._target.shape]), axis=0)
            loss = tf.reduce_mean((means - self._target) ** 2)
        gradients = tape.gradient(loss, self._networks.generator.trainable_variables)
        self._networks.apply_to_generator(self._optimizer, gradients)
        return loss
