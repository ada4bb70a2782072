# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Random Fourier features (Rahimi and Recht 2007): a map phi whose inner products are sums of Gaussian kernels.

phi(x) = (cos(w_1 f(x)), sin(w_1 f(x)), ...) / sqrt(F) has the norm 1 whatever x is, which is what a release needs. The
kernel is exp(-||f(x) - f(y)||^2 / (2 scale)), averaged over the scales, on pixels, on scattering coefficients or on the
hidden layers of the auxiliary classifier, f(x).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from tfdpgan.methods.mean_embedding.length_scales import parse_length_scales
from tfdpgan.methods.mean_embedding.scattering import scattering
from tfdpgan.methods.mean_embedding.settings import WarmStartConfig

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
        cls,
        image_shape: tuple[int, int, int],
        config: WarmStartConfig,
        seed: int,
        hidden_features: Callable[[tf.Tensor], tf.Tensor] | None = None,
    ) -> RandomFeatures:
        """Draws `config.num_frequencies` for each representation that has length scales, shared evenly among these.

        Args:
            image_shape: (height, width, channels).
            config: with `num_frequencies`; `length_scales` for pixels and `scattering_length_scales`, both as of 784
                pixels; `classifier_length_scales`.
            seed: of the frequencies.
            hidden_features: the representation for `classifier_length_scales`, where there is a classifier.

        Raises:
            ConfigError: for length scales that are no positive numbers.
        """
        rng = np.random.default_rng(seed)
        size = math.prod(image_shape) / _REFERENCE_PIXELS
        kernels = []
        for name, representation, unit in (
            ("length_scales", pixels, size),
            ("scattering_length_scales", scattering, size),
            ("classifier_length_scales", hidden_features, 1.0),
        ):
            text = getattr(config, name)
            if text is None or representation is None:
                continue
            dimension = int(representation(tf.zeros([1, *image_shape])).shape[1])
            scales = np.resize(parse_length_scales(name, text), config.num_frequencies) * unit
            normal = rng.standard_normal((dimension, config.num_frequencies))
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
