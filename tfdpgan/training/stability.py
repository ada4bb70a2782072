# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""How steady a generator is: how much the images of fixed latents change from one epoch to the next."""

from __future__ import annotations

import tensorflow as tf

from tfdpgan.models.network import Network

_NUM_IMAGES = 64


class SampleChange:
    """The mean squared change of 64 images, in squared units of their range [-1, 1], between ends of epochs.

    It reads the generator alone, so it costs no privacy. A run that was resumed has a figure again after two epochs.

    Args:
        generator: whose images are looked at; the averaged one is the one that is released.
        steps_per_epoch: 1 or more.
    """

    def __init__(self, generator: Network, steps_per_epoch: int) -> None:
        self._generator, self._steps_per_epoch = generator, steps_per_epoch
        rng = tf.random.Generator.from_seed(0)
        latents = rng.normal([_NUM_IMAGES, generator.latent_dim])
        self._inputs = (latents, tf.range(_NUM_IMAGES, dtype=tf.int32) % generator.num_classes)
        self._images: tf.Tensor | None = None
        self._last = float("nan")

    def after_step(self, step: int) -> float:
        """The newest figure, NaN until two epochs have ended; `step` is the number of the step that is done, from 0."""
        if (step + 1) % self._steps_per_epoch == 0:
            images = self._generator(self._inputs, training=False)
            if self._images is not None:
                self._last = float(tf.reduce_mean((images - self._images) ** 2))
            self._images = images
        return self._last
