# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a block is: a layer that holds layers, which a network finds when it replaces them by quantised ones."""

from __future__ import annotations

import tf_keras as keras


class Block(keras.layers.Layer):
    """Layers as attributes and lists of attributes, as in a network. Layers of a private name are left alone."""
