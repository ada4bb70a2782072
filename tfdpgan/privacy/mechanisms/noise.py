# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Gaussian noise that nobody can predict, that never repeats itself, and whose low bits tell nothing."""

import math
import os
from collections.abc import Sequence
from numbers import Integral

import numpy as np
import tensorflow as tf

from tfdpgan.privacy.mechanisms.normal_numbers import KEY_BYTES, standard_normals

_DTYPES = (tf.float32, tf.float64)
_LATTICE_BITS = 20  # what is released is a multiple of about 2^-20 standard deviations
_FINE_BITS = 32  # what is added up are multiples of about 2^-32 of them
_NO_ROUNDING = 2.0**-200  # finer than any float32


class GaussianNoise:
    """Adds independent Gaussian noise, with fresh randomness at every execution.

    The privacy guarantee rests on noise that nobody can predict and that never appears twice: whoever holds two results
    with the same noise subtracts one from the other and reads the data. Every execution of `add` therefore asks the
    operating system (`os.urandom`) for a new key of 256 bits, which is used once and forgotten. No state is kept
    between two executions. Hence there is nothing that a checkpoint could save and a resumed run could replay, nothing
    that a forked process or a copy of this object could share with its parent, and no link to `tf.random.set_seed`.

    Three weaknesses that samplers of floating-point noise are known for are shut out:

    * The generator is a cipher, AES-256 in counter mode, not one that was made for statistics alone.
    * The tails are there: `tfdpgan.privacy.mechanisms.normal_numbers` says how far, and how that was computed. Its
      sums of four normals also leave an attacker who tries which samples are possible more than 2^150 guesses (Holohan
      and Braghin 2021).
    * The addition leaves no trace. Even with perfect noise, x + noise in float32 lies on a lattice that x decides
      (Mironov 2012, "On significance of the least significant bits for differential privacy"). Here x and the noise
      are both rounded to multiples of 2^-32 standard deviations, whose sum float64 holds exactly, and the sum is
      rounded to multiples of 2^-20 (the standard deviation stands here for the largest power of two that it reaches).
      Both lattices are public. The first rounding moves d numbers by up to sqrt(d) 2^-33 standard deviations, 2e-7
      for three million; the second comes after the noise and costs nothing. A number beyond 2^21 standard deviations
      is no longer added exactly.

    What remains: the sum to which noise is added was itself computed in float32, so one image more moves it by more
    than the clip by what this rounds, about one part in a million; and an attacker who measures the time of a step.

    `tf.random` is no alternative: its normals end at 5.678 standard deviations, and the state of
    `tf.random.Generator.from_non_deterministic_state` comes from one Mersenne Twister a process that a single 32-bit
    word seeds, is continued by forked processes, and is a `tf.Variable` that checkpoints restore.

    Args:
        seed: None for noise keyed by the operating system. A non-negative integer makes the noise a function of
            (seed, step), where a step is one execution of `add`, counted from 0. It exists for tests; whoever knows the
            seed can remove the noise, so `is_private` is False.

    Raises:
        ValueError: if `seed` is neither None nor a non-negative integer.
    """

    def __init__(self, seed: int | None = None) -> None:
        if seed is not None:
            _require_count(seed, "seed", "Leave it out (None) for private noise.")
        self._seed = seed
        self._step = 0

    @property
    def is_private(self) -> bool:
        """True if the noise is keyed by the operating system, False with a fixed seed."""
        return self._seed is None

    def add(self, tensors: Sequence[tf.Tensor], stddev: float | tf.Tensor) -> list[tf.Tensor]:
        """Returns the tensors plus N(0, stddev^2) noise, independent in every coordinate and execution.

        Inside a `tf.function` the noise is drawn at each execution, not once at tracing. It cannot be compiled by XLA
        (`jit_compile=True`), since only Python can ask the operating system for randomness. A million numbers take
        15 to 60 ms on one core, by its age.

        Args:
            tensors: float32 or float64 tensors of any shape.
            stddev: the standard deviation in the unit of the tensors, a finite number >= 0; 0 adds nothing.
                A scalar tensor is checked when it is executed.

        Returns:
            A list of tensors with the shapes and dtypes of `tensors`.

        Raises:
            ValueError: if `stddev` is negative, not finite, or not representable as a normal float32, or if
                a tensor has another dtype.
            tf.errors.InvalidArgumentError: at execution, if `stddev` is a tensor with such a value.
        """
        tensors = [tf.convert_to_tensor(tensor) for tensor in tensors]
        for tensor in tensors:
            if tensor.dtype not in _DTYPES:
                raise ValueError(
                    f"Noise is added to float32 or float64 only. Received: {tensor.dtype.name}. Lower "
                    "precisions round it away; keep variables in float32, as mixed precision does."
                )
        if not tensors:
            return []
        stddev = tf.convert_to_tensor(_checked_stddev(stddev), tf.float64)
        sizes = [tf.size(tensor) for tensor in tensors]
        # numpy_function is stateful: TensorFlow neither folds it into a constant nor merges two of them.
        noise, spacing = tf.numpy_function(self._noise, [tf.add_n(sizes), stddev], [tf.float64, tf.float64])
        spacing = tf.ensure_shape(spacing, [2])
        parts = tf.split(noise, sizes, num=len(sizes))
        return [_added(tensor, part, *tf.unstack(spacing)) for tensor, part in zip(tensors, parts, strict=True)]

    def rewind(self, step: int) -> None:
        """Sets the number of the next step, so that a resumed test run draws what the uninterrupted one drew.

        Does nothing when the noise is keyed by the operating system: private noise is never replayed.

        Args:
            step: the number of executions of `add` to pretend, an integer >= 0.

        Raises:
            ValueError: if `step` is not a non-negative integer.
        """
        _require_count(step, "step", "Pass the number of steps already taken.")
        self._step = int(step)

    def _noise(self, count: np.ndarray, stddev: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The noise `[count]` float64 on the fine lattice, and the spacings of the fine and the public lattice."""
        if stddev == 0:
            return np.zeros(int(count)), np.full(2, _NO_ROUNDING)
        fine, public = (math.ldexp(1.0, math.frexp(stddev)[1] - 1 - bits) for bits in (_FINE_BITS, _LATTICE_BITS))
        noise = standard_normals(int(count), self._draw_key())
        noise *= float(stddev) / fine
        np.rint(noise, out=noise)
        noise *= fine
        return noise, np.array([fine, public])

    def _draw_key(self) -> bytes:
        """A key of AES-256: from the operating system, or that of (seed, step)."""
        if self._seed is None:
            return os.urandom(KEY_BYTES)
        sequence = np.random.SeedSequence([self._seed, self._step])
        self._step += 1
        return sequence.generate_state(KEY_BYTES // 8, dtype=np.uint64).tobytes()


def _added(tensor: tf.Tensor, noise: tf.Tensor, fine: tf.Tensor, public: tf.Tensor) -> tf.Tensor:
    """Returns tensor + noise, exact on the fine lattice, rounded to the public one, in the tensor's dtype."""
    noised = tf.round(tf.cast(tensor, tf.float64) / fine) * fine + tf.reshape(noise, tf.shape(tensor))
    return tf.cast(tf.ensure_shape(tf.round(noised / public) * public, tensor.shape), tensor.dtype)


def _require_count(value: int, name: str, hint: str) -> None:
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
        raise ValueError(f"`{name}` must be an integer >= 0. {hint} Received: {name}={value!r}.")


def _checked_stddev(stddev: float | tf.Tensor) -> float | tf.Tensor:
    """Returns `stddev`, checked at once where its value is known and at execution where it is not."""
    smallest, largest = float(np.finfo(np.float32).tiny), float(np.finfo(np.float32).max)
    allowed = f"`stddev` must be 0 or a finite number between {smallest:.2g} and {largest:.2g} (float32)."
    if tf.is_tensor(stddev):
        stddev = tf.cast(tf.ensure_shape(stddev, []), tf.float64)
        value = tf.get_static_value(stddev)
        if value is None:
            is_allowed = (stddev == 0) | ((stddev >= smallest) & (stddev <= largest))
            with tf.control_dependencies([tf.debugging.Assert(is_allowed, [allowed, "Received:", stddev])]):
                return tf.identity(stddev)
    else:
        value = stddev
    try:
        value = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{allowed} Received: stddev={stddev!r}.") from None
    if not (value == 0 or (math.isfinite(value) and smallest <= value <= largest)):
        raise ValueError(f"{allowed} Received: stddev={value!r}.")
    return value
