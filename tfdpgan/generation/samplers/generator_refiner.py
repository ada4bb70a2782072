# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Refinement of the output of one of a generator's layers."""

from __future__ import annotations

import tensorflow as tf
import tf_keras as keras

from tfdpgan.generation.samplers.refinement import Refined, Refinement, Refiner
from tfdpgan.models.layer_outputs import LayerOutput
from tfdpgan.models.network import Network


class GeneratorRefiner:
    """Refines the images of latents.

    Args:
        generator: frozen.
        discriminator: frozen while a batch is refined; maps (images, labels) to logits.
        layer: whose output moves, as `LayerOutput` takes it.
        refinement: how far and how fast.
        flag: of the layer, for messages.

    Raises:
        ConfigError: there is no such layer.

    Attributes:
        layer: name of the layer.
    """

    def __init__(
        self,
        generator: Network,
        discriminator: keras.Model,
        layer: str | None,
        refinement: Refinement,
        flag: str = "refine_layer",
    ) -> None:
        inputs = (tf.zeros([1, generator.latent_dim]), tf.zeros([1], tf.int32))
        self._output = LayerOutput(generator, inputs, layer, flag)
        self._discriminator = discriminator
        self._refiner = Refiner(self._judged, refinement)
        self._allowed = refinement.steps
        self.layer = self._output.name
        self._traced = tf.function(
            self.refine,
            jit_compile=False,
            input_signature=[
                tf.TensorSpec([None, generator.latent_dim]),
                tf.TensorSpec([None], tf.int32),
                tf.TensorSpec([None], tf.int32),
            ],
        )

    def __call__(self, z: tf.Tensor, labels: tf.Tensor) -> Refined:
        """Refines the images of latents `[n, latent_dim]` and labels `[n]`; outputs are images in [-1, 1]."""
        return self._traced(z, labels, tf.fill([len(labels)], self._allowed))

    def refine(self, z: tf.Tensor, labels: tf.Tensor, allowed: tf.Tensor) -> Refined:
        """The same with the most steps of each image, `[n]` int32, to be traced into another graph."""
        activations, _ = self._output.read((z, labels))
        return self._refiner.refine(activations, allowed, z, labels)

    def _judged(self, activations: tf.Tensor, z: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images = tf.clip_by_value(self._output.images_from(activations, (z, labels)), -1.0, 1.0)
        return images, self._discriminator((images, labels), training=False)
