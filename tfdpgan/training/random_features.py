# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Random Fourier features (Rahimi and Recht 2007): a map phi whose inner products are sums of Gaussian kernels.

phi(x) = (cos(w_1 f(x)), sin(w_1 f(x)), ...) / sqrt(F) has the norm 1 whatever x is, which is what a release needs. The
kernel is exp(-||f(x) - f(y)||^2 / (2 scale)), averaged over the scales, on pixels or on scattering coefficients f(x).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from tfdpgan.config import ConfigError
from tfdpgan.training.scattering import scattering

_REFERENCE_PIXELS = 784  # length scales are stated for images of this many values in [0, 1]


def pixels(images: tf.Tensor) -> tf.Tensor:
    """Images `[batch, h, w, c]` in [-1, 1] as rows `[batch, h * w * c]` in [0, 1]."""
    return (tf.reshape(images, [-1, math.prod(images.shape[1:])]) + 1.0) / 2.0


@dataclass(frozen=True)
class _Kernel:
    """One representation of images and the frequencies on it, `[dimension, F]` float32. Public randomness."""

    representation: Callable[[tf.Tensor], tf.Tensor]
    frequencies: np.ndarray


class RandomFeatures:
    """The map phi: images `[batch, h, w, c]` in [-1, 1] to features `[batch, dimension]` of l2 norm 1.

    Args:
        kernels: they share the squared norm evenly.
    """

    def __init__(self, kernels: Sequence[_Kernel]) -> None:
        self._kernels = tuple(kernels)
        self.dimension = 2 * sum(kernel.frequencies.shape[1] for kernel in kernels)

    @classmethod
    def draw(
        cls, image_shape: tuple[int, int, int], num_frequencies: int, length_scales: str,
        scattering_length_scales: str | None, seed: int,
    ) -> RandomFeatures:
        """Draws frequencies for pixels and, where scales are given, as many for scattering coefficients.

        Args:
            image_shape: (height, width, channels).
            num_frequencies: F, of each; shared evenly among its length scales.
            length_scales: comma-separated, for pixels, as of 784 values.
            scattering_length_scales: likewise for scattering coefficients; None for none.
            seed: of the frequencies.

        Raises:
            ConfigError: for length scales that are no positive numbers.
        """
        rng = np.random.default_rng(seed)
        asked_for = [("length_scales", pixels, length_scales)]
        if scattering_length_scales is not None:
            asked_for.append(("scattering_length_scales", scattering, scattering_length_scales))
        kernels = []
        for name, representation, text in asked_for:
            dimension = int(representation(tf.zeros([1, *image_shape])).shape[1])
            scales = np.resize(_scales(name, text), num_frequencies) * math.prod(image_shape) / _REFERENCE_PIXELS
            normal = rng.standard_normal((dimension, num_frequencies))
            kernels.append(_Kernel(representation, (normal / np.sqrt(scales)).astype(np.float32)))
        return cls(kernels)

    def __call__(self, images: tf.Tensor) -> tf.Tensor:
        """Features `[batch, dimension]`."""
        parts = []
        for kernel in self._kernels:
            angles = kernel.representation(images) @ kernel.frequencies
            weight = 1.0 / math.sqrt(len(self._kernels) * kernel.frequencies.shape[1])
            parts += [weight * tf.cos(angles), weight * tf.sin(angles)]
        return tf.concat(parts, axis=1)


def _scales(name: str, text: str) -> np.ndarray:
    try:
        scales = np.array([float(scale) for scale in text.split(",")])
    except ValueError:
        scales = np.zeros(1)
    if not (np.isfinite(scales).all() and (scales > 0).all()):
        raise ConfigError(f"--{name} must be positive numbers, like 30 or 20,60. Received: {text}.")
    return scales
