# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The first layer of a classifier where that is a public transform: it learns nothing and treats each image alone."""

from __future__ import annotations

import tf_keras as keras


class FixedFront(keras.layers.Layer):
    """A layer without weights, from images `[batch, h, w, c]` in [-1, 1] to features `[batch, n]`.

    What it makes of an image must depend on that image alone, and on nothing that was learned from data.
    """
