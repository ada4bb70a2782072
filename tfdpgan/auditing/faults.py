# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Faults that were made in real programs, planted around the product's objects to see whether the audit would tell.

Each is a wrapper that exists here alone: the product has no switch that turns safety off. Where the product would
refuse a fault (a network with batch normalisation) the wrapper goes past the refusal.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfdpgan.auditing import dp_sgd_subject, release_subject, sanitizer_subject
from tfdpgan.methods.mean_embedding.phase import class_sums
from tfdpgan.privacy.mechanisms import DPSGD, GaussianRelease, GradientSanitizer
from tfdpgan.privacy.mechanisms.noise import GaussianNoise
from tfdpgan.privacy.mechanisms.poisson import PoissonBatch
from tfdpgan.privacy.mechanisms.sanitized_gradients import sanitize
from tfdpgan.privacy.optimizers.private_gradients import PrivateGradients

Parts = Any  # of one of the subjects


class NoNoise(GaussianNoise):
    """Adds nothing."""

    def add(self, tensors: Sequence[tf.Tensor], stddev: float | tf.Tensor) -> list[tf.Tensor]:
        return [tf.identity(tensor) for tensor in tensors]


class HalfNoise(GaussianNoise):
    """Adds half of what is asked for."""

    def add(self, tensors: Sequence[tf.Tensor], stddev: float | tf.Tensor) -> list[tf.Tensor]:
        return super().add(tensors, 0.5 * stddev)


class ReusedNoise(GaussianNoise):
    """Draws from the same key each time, as a generator does that a checkpoint restores, or a seed begins anew."""

    def _draw_key(self) -> bytes:
        return bytes(range(32))


class ShuffledBatches:
    """Batches of fixed size from a shuffled epoch, in place of Poisson draws."""

    def __init__(self, mechanism: DPSGD) -> None:
        self._size, self._number = mechanism.batch_size, mechanism.num_examples
        self._rng = np.random.default_rng()
        self._left = np.zeros(0, np.int64)

    def draw(self, step: int | None = None) -> PoissonBatch:
        """The next batch; what is left of an epoch is dropped."""
        if len(self._left) < self._size:
            self._left = self._rng.permutation(self._number)
        drawn, self._left = self._left[: self._size], self._left[self._size :]
        return PoissonBatch(drawn[np.newaxis], np.ones((1, self._size), bool))


def _ten_clips(mechanism: DPSGD, noise: GaussianNoise, method: str) -> Any:
    """Clips at ten times what was declared, with the noise that was."""
    wide = dataclasses.replace(mechanism, clip=10 * mechanism.clip, noise_multiplier=mechanism.noise_multiplier / 10)
    return dp_sgd_subject.Parts().make_optimizer(wide, noise, method)


def _batch_normalized(mechanism: DPSGD, noise: GaussianNoise, method: str) -> Any:
    """Clips each example's gradient, of losses that see every image through the batch's mean and deviation."""
    optimizer = dp_sgd_subject.Parts().make_optimizer(mechanism, noise, method)
    clip = mechanism.l2_norm_clip

    def clipped_sum(
        model: Any, loss_fn: Callable[..., tf.Tensor], real_batches: tuple[tf.Tensor, ...], mask: tf.Tensor
    ) -> list[tf.Tensor]:
        def of_one(batch: tuple[tuple[tf.Tensor, ...], tf.Tensor]) -> list[tf.Tensor]:
            inputs, marks = batch
            keep = tf.cast(tf.reshape(marks, [-1]), tf.float32)
            images, *rest = (_flat(part, marks) for part in inputs)
            weights = tf.reshape(keep, [-1] + [1] * (images.shape.rank - 1))
            images = tf.where(weights > 0, images, tf.zeros_like(images))
            with tf.GradientTape() as tape:
                mean, variance = tf.nn.weighted_moments(images, [0], weights)
                losses = loss_fn((images - mean) * tf.math.rsqrt(variance + 1e-3), *rest)
            jacobians = tape.jacobian(losses, model.trainable_variables)
            flat = [tf.reshape(each, [-1, math.prod(each.shape[1:])]) for each in jacobians]
            norms = tf.sqrt(tf.add_n([tf.reduce_sum(each**2, axis=1) for each in flat]))
            is_kept = tf.math.is_finite(norms) & (keep > 0)
            factors = tf.where(is_kept, tf.minimum(1.0, clip / tf.maximum(norms, 1e-12)), 0.0)
            return [
                tf.tensordot(factors, tf.where(tf.math.is_finite(each), each, tf.zeros_like(each)), axes=1)
                for each in jacobians
            ]

        kinds = [tf.TensorSpec(variable.shape) for variable in model.trainable_variables]
        return [
            tf.reduce_sum(each, axis=0) for each in tf.map_fn(of_one, (real_batches, mask), fn_output_signature=kinds)
        ]

    optimizer._clipped_sum = clipped_sum
    return optimizer


def _flat(part: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """One row for each slot of a physical batch, whether it has groups or not."""
    return tf.reshape(part, tf.concat([[-1], tf.shape(part)[mask.shape.rank :]], axis=0))


def _released_twice(mechanism: DPSGD, noise: GaussianNoise, method: str) -> Any:
    """The mean of two noised sums of one draw, booked as one."""
    optimizer = dp_sgd_subject.Parts().make_optimizer(mechanism, noise, method)
    once = optimizer.private_gradients

    def twice(*args: Any, **kwargs: Any) -> PrivateGradients:
        one, other = once(*args, **kwargs), once(*args, **kwargs)
        mean = [(first + second) / 2 for first, second in zip(one.gradients, other.gradients, strict=True)]
        return PrivateGradients(mean, one.variables)

    optimizer.private_gradients = twice
    return optimizer


def _ten_bounds(features: Any, dataset: Any) -> np.ndarray:
    return 10 * class_sums(features, dataset)


def _mean_of_two_releases(mechanism: GaussianRelease, total: np.ndarray, noise: GaussianNoise) -> np.ndarray:
    return (mechanism.release(total, noise) + mechanism.release(total, noise)) / 2


def _ten_clips_of_gradients(gradients: tf.Tensor, mechanism: GradientSanitizer, noise: GaussianNoise) -> Any:
    wide = dataclasses.replace(mechanism, clip=10 * mechanism.clip, noise_multiplier=mechanism.noise_multiplier / 10)
    return sanitize(gradients, wide, noise)


def _mean_of_two_rounds(gradients: tf.Tensor, mechanism: GradientSanitizer, noise: GaussianNoise) -> Any:
    one, other = (sanitize(gradients, mechanism, noise) for _ in range(2))
    return (one[0] + other[0]) / 2, one[1]


def _rotation(mechanism: GradientSanitizer, step: int) -> np.ndarray:
    return (step * mechanism.num_draws + np.arange(mechanism.num_draws)) % mechanism.num_shards


@dataclasses.dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        name: in few words.
        parts: for each mechanism that it can be planted in, what makes its accesses then.
        why_not: for the other mechanisms, why it cannot.
    """

    name: str
    parts: dict[type, Parts]
    why_not: str = ""


def _of_noise(name: str, make_noise: Callable[[], GaussianNoise]) -> Fault:
    return Fault(
        name,
        {
            DPSGD: dp_sgd_subject.Parts(make_noise=make_noise),
            GaussianRelease: release_subject.Parts(make_noise=make_noise),
            GradientSanitizer: sanitizer_subject.Parts(make_noise=make_noise),
        },
    )


FAULTS = (
    _of_noise("noise off", NoNoise),
    _of_noise("noise x 0.5", HalfNoise),
    Fault(
        "clip x 10",
        {
            DPSGD: dp_sgd_subject.Parts(make_optimizer=_ten_clips),
            GaussianRelease: release_subject.Parts(sum_up=_ten_bounds),
            GradientSanitizer: sanitizer_subject.Parts(sanitize=_ten_clips_of_gradients),
        },
    ),
    Fault(
        "batch normalisation in D",
        {DPSGD: dp_sgd_subject.Parts(make_optimizer=_batch_normalized)},
        "no network sees a batch of private images",
    ),
    _of_noise("reused noise", ReusedNoise),
    Fault(
        "double use of one release",
        {
            DPSGD: dp_sgd_subject.Parts(make_optimizer=_released_twice),
            GaussianRelease: release_subject.Parts(release=_mean_of_two_releases),
            GradientSanitizer: sanitizer_subject.Parts(sanitize=_mean_of_two_rounds),
        },
    ),
    Fault(
        "shuffled batches booked as Poisson",
        {
            DPSGD: dp_sgd_subject.Parts(make_sampler=ShuffledBatches),
            GradientSanitizer: sanitizer_subject.Parts(draw_shards=_rotation),
        },
        "every image enters: nothing is drawn",
    ),
)
