# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One step of a network that learns from images: private or plain, behind the same two calls.

Whether a training is private is decided in one place, `make_update`. A phase says what its losses are and how it loads
images, and does not know which of the two it was given.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.clipping import refuse_mixing_layers
from tfdpgan.privacy.clipping.generated_part import GeneratedPart
from tfdpgan.privacy.mechanisms.dp_sgd import DPSGD
from tfdpgan.privacy.mechanisms.noise import GaussianNoise
from tfdpgan.privacy.mechanisms.poisson import PoissonSampler
from tfdpgan.training.distribution import physical_batch_size, replicas_of
from tfdpgan.training.plan import PrivateStage

Batch = tuple[tf.Tensor, ...]


@dataclasses.dataclass(frozen=True)
class Learning:
    """What an update learns.

    Attributes:
        network: moves.
        real_loss: of a batch of real examples, a loss for each: `[n]`.
        load: the real batch of indices: tensors whose leading axes are those of the indices. Second argument: the step.
        signature: of `load`, given the leading axes.
        generated: the part without noise of one step, made while it is traced; None for none.
        then: called after each update, in the same graph.
    """

    network: keras.Model
    real_loss: Callable[..., tf.Tensor]
    load: Callable[[np.ndarray, int], Batch]
    signature: Callable[[list[int | None]], tuple[tf.TensorSpec, ...]]
    generated: Callable[[], GeneratedPart] | None = None
    then: Callable[[], Any] = lambda: None


class Update(Protocol):
    """Draws a batch and moves a network by it.

    Attributes:
        optimizer: a Keras optimizer, built; its learning rate may be assigned.
    """

    optimizer: keras.optimizers.Optimizer

    def rewind(self, step: int) -> None:
        """Before the first step of a process: noise of a fixed seed (tests) continues at `step`."""

    def step(self, step: int) -> None:
        """One step, number `step`, on a fresh draw."""


class PrivateUpdate:
    """DP-SGD: clipped one by one, summed, noised once. Reads one Poisson batch a step.

    Args:
        mechanism: what is drawn, clipped and noised.
        learning: the network and its losses.
        config: with `batch_size`, `physical_batch_size`, `clipping_method`, `noise_seed`, `distribution` and, for
            generated images, `clip_generated`.
        optimizer_class: of tf_keras.optimizers.
        settings: of the optimizer.

    Raises:
        ValueError: the network mixes examples, or the losses cannot be clipped so.

    Attributes:
        mechanism: the same.
        learning: the same.
    """

    def __init__(
        self, mechanism: DPSGD, learning: Learning, config: Any, optimizer_class: type, settings: dict[str, Any]
    ) -> None:
        refuse_mixing_layers(learning.network)
        self.mechanism, self.learning = mechanism, learning
        replicas = replicas_of(config)
        self._sampler = mechanism.sampler(physical_batch_size(config, replicas), config.noise_seed)
        self._noise = GaussianNoise(config.noise_seed)
        self.optimizer = mechanism.optimizer(
            optimizer_class,
            self._noise,
            config.clipping_method,
            getattr(config, "clip_generated", True),
            replicas,
            **settings,
        )
        self.optimizer.build(learning.network.trainable_variables)
        axes: list[int | None] = [None, None, None]  # of draws in groups
        if isinstance(self._sampler, PoissonSampler):
            axes = [None, self._sampler.physical_batch_size]
        self._traced_step = tf.function(
            self._step, jit_compile=False, input_signature=[learning.signature(axes), tf.TensorSpec(axes, tf.bool)]
        )

    def rewind(self, step: int) -> None:
        self._noise.rewind(step)

    def step(self, step: int) -> None:
        drawn = self._sampler.draw(step)
        self._traced_step(self.learning.load(drawn.indices, step), tf.constant(drawn.mask))

    def _step(self, real: Batch, mask: tf.Tensor) -> None:
        learning = self.learning
        generated = learning.generated() if learning.generated is not None else None
        gradients = self.optimizer.private_gradients(learning.network, learning.real_loss, real, mask, generated)
        self.optimizer.apply_gradients(gradients)
        learning.then()


class PlainUpdate:
    """The same draws and losses, no clipping and no noise: for public data, teachers, and comparisons.

    Args:
        learning: the network and its losses.
        num_examples: number of images.
        config: with `batch_size`, `physical_batch_size` and `noise_seed`.
        optimizer_class: of tf_keras.optimizers.
        settings: of the optimizer.
    """

    def __init__(
        self, learning: Learning, num_examples: int, config: Any, optimizer_class: type, settings: dict[str, Any]
    ) -> None:
        self._learning = learning
        self._batch_size = config.batch_size
        self._sampler = PoissonSampler(
            num_examples,
            config.batch_size,
            min(config.physical_batch_size, num_examples),
            seed=config.noise_seed,
        )
        self.optimizer = optimizer_class(**settings)
        self.optimizer.build(learning.network.trainable_variables)

    def rewind(self, step: int) -> None:
        pass

    def step(self, step: int) -> None:
        # Without the padding: a normalisation over the batch would learn from it. An empty draw teaches nothing.
        drawn = self._sampler.draw(step)
        rows = drawn.indices[drawn.mask]
        if rows.size:
            self._step(*self._learning.load(rows, step))

    @tf.function(jit_compile=False, reduce_retracing=True)
    def _step(self, *real: tf.Tensor) -> None:
        learning = self._learning
        variables = learning.network.trainable_variables
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(learning.real_loss(*real)) / self._batch_size
            if learning.generated is not None:
                part = learning.generated()
                loss += tf.reduce_mean(part.loss_fn(*part.inputs))
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        learning.then()


def make_update(
    stage: PrivateStage | None,
    learning: Learning,
    num_examples: int,
    config: Any,
    optimizer_class: type,
    settings: dict[str, Any],
) -> Update:
    """The private update that `stage` promises, or the plain one where there is none."""
    if stage is None:
        return PlainUpdate(learning, num_examples, config, optimizer_class, settings)
    if not isinstance(stage.mechanism, DPSGD):
        raise TypeError(f"A private update needs DP-SGD. Received: {stage.mechanism}.")
    return PrivateUpdate(stage.mechanism, learning, config, optimizer_class, settings)
