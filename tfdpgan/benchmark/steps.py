# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The discriminator step in TensorFlow, by each candidate: python -m tfdpgan.benchmark.steps CANDIDATE MODEL BATCH

Every candidate does the same work: the loss -log D(x) of one batch of real images, its gradient, one step of SGD. The
private candidates clip each example to 1 and add noise of standard deviation 1. The images are noise: no candidate
looks at what they show, and a benchmark has no business with private data.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
import tf_keras as keras

from tfdpgan.benchmark.models import find_model, num_weights
from tfdpgan.benchmark.step_worker import Step, Unavailable, serve
from tfdpgan.privacy.mechanisms.noise import GaussianNoise
from tfdpgan.privacy.optimizers.dp_optimizer import DPKerasSGDOptimizer

_LEARNING_RATE = 1e-3
_CLIP = 1.0
_NOISE_MULTIPLIER = 1.0

Batch = tuple[tf.Tensor, tf.Tensor]


def plain(discriminator: keras.Model, batch: Batch) -> Step:
    """Without privacy: the gradient of the mean loss."""
    optimizer = keras.optimizers.SGD(_LEARNING_RATE)
    optimizer.build(discriminator.trainable_variables)

    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(_losses(discriminator, *batch))
        gradients = tape.gradient(loss, discriminator.trainable_variables)
        optimizer.apply_gradients(zip(gradients, discriminator.trainable_variables, strict=True))

    return tf.function(step)


def book_keeping(discriminator: keras.Model, batch: Batch) -> Step:
    """Ours, by book-keeping."""
    return _ours(discriminator, batch, "book_keeping", GaussianNoise())


def vectorized_map(discriminator: keras.Model, batch: Batch) -> Step:
    """Ours, by the fallback for models and losses that book-keeping cannot serve."""
    return _ours(discriminator, batch, "vectorized_map", GaussianNoise())


def truncated_noise(discriminator: keras.Model, batch: Batch) -> Step:
    """Ours, by book-keeping, with TensorFlow's normals, whose tails are cut: for what our noise costs, not for use."""
    return _ours(discriminator, batch, "book_keeping", _TruncatedNoise())


def tf_privacy(discriminator: keras.Model, batch: Batch) -> Step:
    """TF Privacy's DPKerasSGDOptimizer, one microbatch for each example."""
    try:
        optimizers = importlib.import_module("tensorflow_privacy.privacy.optimizers.dp_optimizer_keras")
    except ImportError:
        raise Unavailable("tensorflow-privacy needs Python 3.11 or older") from None
    optimizer = optimizers.DPKerasSGDOptimizer(
        l2_norm_clip=_CLIP,
        noise_multiplier=_NOISE_MULTIPLIER,
        num_microbatches=batch[0].shape[0],
        learning_rate=_LEARNING_RATE,
    )

    def step() -> None:
        with tf.GradientTape(persistent=True) as tape:
            losses = _losses(discriminator, *batch)
        optimizer.minimize(losses, discriminator.trainable_variables, tape=tape)

    return tf.function(step)


class _TruncatedNoise(GaussianNoise):
    """Noise that no accountant speaks of: it ends at 5.678 standard deviations."""

    def add(self, tensors: Sequence[tf.Tensor], stddev: float | tf.Tensor) -> list[tf.Tensor]:
        return [tensor + tf.random.normal(tf.shape(tensor), stddev=stddev) for tensor in tensors]


def _ours(discriminator: keras.Model, batch: Batch, method: str, noise: GaussianNoise) -> Step:
    optimizer = DPKerasSGDOptimizer(
        l2_norm_clip=_CLIP,
        noise_multiplier=_NOISE_MULTIPLIER,
        expected_batch_size=batch[0].shape[0],
        noise=noise,
        clipping_method=method,
        learning_rate=_LEARNING_RATE,
    )
    optimizer.build(discriminator.trainable_variables)
    physical_batches = tuple(tensor[tf.newaxis] for tensor in batch)
    mask = tf.ones(physical_batches[0].shape[:2], tf.bool)

    def step() -> None:
        optimizer.apply_gradients(
            optimizer.private_gradients(
                discriminator, lambda *inputs: _losses(discriminator, *inputs), physical_batches, mask
            )
        )

    return tf.function(step)


def _losses(discriminator: keras.Model, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    return tf.nn.softplus(-discriminator((images, labels), training=True))


CANDIDATES: dict[str, Callable[[keras.Model, Batch], Step]] = {
    candidate.__name__: candidate for candidate in (plain, book_keeping, vectorized_map, truncated_noise, tf_privacy)
}


def _prepare(candidate: str, model_name: str, batch_size: int) -> tuple[Step, dict[str, Any]]:
    model = find_model(model_name)
    keras.utils.set_random_seed(0)
    discriminator = model.build()
    batch = (
        tf.random.uniform([batch_size, *model.shape[:3]], -1.0, 1.0),
        tf.random.uniform([batch_size], maxval=model.shape.num_classes, dtype=tf.int32),
    )
    step = CANDIDATES[candidate](discriminator, batch)
    return step, {"num_weights": num_weights(discriminator), "framework": f"tensorflow {tf.__version__}"}


if __name__ == "__main__":
    serve(
        lambda: _prepare(sys.argv[1], sys.argv[2], int(sys.argv[3])),
        warm_up_steps=1 if sys.argv[1] == tf_privacy.__name__ else 3,
    )
