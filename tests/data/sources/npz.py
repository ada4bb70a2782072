# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A .npz in Keras' layout."""

import numpy as np


def write(folder, images, labels):
    path = folder / "digits.npz"
    np.savez(path, x_train=images, y_train=labels, x_test=images[:9], y_test=labels[:9])
    return path
