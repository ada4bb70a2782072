# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Scattering coefficients: what an image looks like to a fixed bank of wavelets. No training, no data, no privacy cost.

Bruna and Mallat 2013, "Invariant scattering convolution networks", first order: the image and the moduli of its wavelet
transform at two scales and six orientations, each averaged over blocks of 4x4 pixels. A small shift or bend of a stroke
moves pixels far and these coefficients little, so a kernel on them tells shapes apart where one on pixels sees overlap.
Tramer and Boneh 2021 ("Differentially private learning needs better features") showed what that is worth under privacy.

Where we differ from the paper: small truncated wavelets, a modulus that is smooth at zero (generators learn through
it), and weights of the three groups that give each about the same spread.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

_NUM_ORIENTATIONS = 6
_BLOCK = 4  # pixels over which coefficients are averaged
_SIZES = (7, 11)  # of the wavelets' windows, one for each scale
_WAVELET_WEIGHT = 4.0
_SMOOTHING = 1e-3  # modulus: sqrt(re^2 + im^2 + smoothing)


def scattering(images: tf.Tensor) -> tf.Tensor:
    """Scattering coefficients of images `[batch, h, w, c]` in [-1, 1]: float32 `[batch, c * 13 * h/4 * w/4]`.

    Height and width are static and at least 4. Channels are transformed one by one.
    """
    _, height, width, channels = images.shape
    planes = (tf.transpose(images, [0, 3, 1, 2]) + 1.0) / 2.0
    planes = tf.reshape(planes, [-1, height, width, 1])
    fine = _moduli(planes, 0, stride=1)
    coarse = _moduli(planes, 1, stride=2)
    groups = [
        _average(planes, _BLOCK),
        _WAVELET_WEIGHT * _average(fine, _BLOCK),
        _WAVELET_WEIGHT * _average(coarse, _BLOCK // 2),
    ]
    coefficients = tf.concat([tf.reshape(group, [-1, np.prod(group.shape[1:])]) for group in groups], axis=1)
    return tf.reshape(coefficients, [-1, channels * coefficients.shape[1]])


def _moduli(planes: tf.Tensor, scale: int, stride: int) -> tf.Tensor:
    """`[batch, h / stride, w / stride, orientations]`."""
    parts = tf.nn.conv2d(planes, _wavelets(scale), stride, "SAME")
    real, imaginary = tf.split(parts, 2, axis=-1)
    return tf.sqrt(real**2 + imaginary**2 + _SMOOTHING)


def _average(maps: tf.Tensor, block: int) -> tf.Tensor:
    """Overlapping means, one for each block."""
    return tf.nn.avg_pool2d(maps, block + 2, block, "SAME")


def _wavelets(scale: int) -> tf.Tensor:
    """Morlet wavelets `[size, size, 1, 2 * orientations]`: real parts, then imaginary ones; mean 0, l1 norm 1."""
    size, spread, frequency = _SIZES[scale], 0.8 * 2**scale, 0.75 * np.pi / 2**scale
    y, x = np.mgrid[:size, :size] - size // 2
    wavelets = []
    for orientation in np.pi * np.arange(_NUM_ORIENTATIONS) / _NUM_ORIENTATIONS:
        along = np.cos(orientation) * x + np.sin(orientation) * y
        across = np.cos(orientation) * y - np.sin(orientation) * x
        window = np.exp(-(along**2 + (across / 2) ** 2) / (2 * spread**2))
        wave = np.exp(1j * frequency * along)
        wavelet = window * (wave - (window * wave).sum() / window.sum())
        wavelets.append(wavelet / np.abs(wavelet).sum())
    stacked = np.stack(wavelets, axis=-1)
    return tf.constant(np.concatenate([stacked.real, stacked.imag], axis=-1)[:, :, None], tf.float32)
