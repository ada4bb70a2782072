# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Morlet wavelets on a grid of pixels: the fixed filters of scattering transforms."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

_SIZES = (7, 11)  # of the windows, one for each scale


def morlet_wavelets(scale: int, num_orientations: int) -> tf.Tensor:
    """Filters `[size, size, 1, 2 * num_orientations]`: real parts, then imaginary ones; mean 0, l1 norm 1.

    Args:
        scale: 0 or 1: a spread of 0.8 and 1.6 pixels along the wave, twice that across it.
        num_orientations: evenly over half a turn.
    """
    size, spread, frequency = _SIZES[scale], 0.8 * 2**scale, 0.75 * np.pi / 2**scale
    y, x = np.mgrid[:size, :size] - size // 2
    wavelets = []
    for orientation in np.pi * np.arange(num_orientations) / num_orientations:
        along = np.cos(orientation) * x + np.sin(orientation) * y
        across = np.cos(orientation) * y - np.sin(orientation) * x
        window = np.exp(-(along**2 + (across / 2) ** 2) / (2 * spread**2))
        wave = np.exp(1j * frequency * along)
        wavelet = window * (wave - (window * wave).sum() / window.sum())
        wavelets.append(wavelet / np.abs(wavelet).sum())
    stacked = np.stack(wavelets, axis=-1)
    return tf.constant(np.concatenate([stacked.real, stacked.imag], axis=-1)[:, :, None], tf.float32)


def moduli(planes: tf.Tensor, wavelets: tf.Tensor, stride: int, smoothing: float) -> tf.Tensor:
    """The moduli of the transform of planes `[batch, h, w, 1]`: `[batch, h / stride, w / stride, orientations]`.

    sqrt(re^2 + im^2 + smoothing), which has a slope everywhere: generators learn through it.
    """
    real, imaginary = tf.split(tf.nn.conv2d(planes, wavelets, stride, "SAME"), 2, axis=-1)
    return tf.sqrt(real**2 + imaginary**2 + smoothing)
