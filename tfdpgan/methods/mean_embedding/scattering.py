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

from tfdpgan.models.wavelets import moduli, morlet_wavelets

_NUM_ORIENTATIONS = 6
_BLOCK = 4  # pixels over which coefficients are averaged
_WAVELET_WEIGHT = 4.0
_SMOOTHING = 1e-3  # modulus: sqrt(re^2 + im^2 + smoothing)


def scattering(images: tf.Tensor) -> tf.Tensor:
    """Scattering coefficients of images `[batch, h, w, c]` in [-1, 1]: float32 `[batch, c * 13 * h/4 * w/4]`.

    Height and width are static and at least 4. Channels are transformed one by one.
    """
    _, height, width, channels = images.shape
    planes = (tf.transpose(images, [0, 3, 1, 2]) + 1.0) / 2.0
    planes = tf.reshape(planes, [-1, height, width, 1])
    fine = moduli(planes, morlet_wavelets(0, _NUM_ORIENTATIONS), 1, _SMOOTHING)
    coarse = moduli(planes, morlet_wavelets(1, _NUM_ORIENTATIONS), 2, _SMOOTHING)
    groups = [
        _average(planes, _BLOCK),
        _WAVELET_WEIGHT * _average(fine, _BLOCK),
        _WAVELET_WEIGHT * _average(coarse, _BLOCK // 2),
    ]
    coefficients = tf.concat([tf.reshape(group, [-1, np.prod(group.shape[1:])]) for group in groups], axis=1)
    return tf.reshape(coefficients, [-1, channels * coefficients.shape[1]])


def _average(maps: tf.Tensor, block: int) -> tf.Tensor:
    """Overlapping means, one for each block."""
    return tf.nn.avg_pool2d(maps, block + 2, block, "SAME")
