# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Keeps autograph out of Keras' own code, which has no control flow on tensors to convert.

TensorFlow leaves the package `keras` unconverted, but only since 2.16 the package `tf_keras` too. Before, it rewrites
every function of Keras that a step calls from source: the first training of a process took 38 s of processor time in
place of 16. Layers of a user's own are converted as ever: Keras asks for that itself.
"""

from tensorflow.python.autograph.core import config


def leave_keras_unconverted() -> None:
    """Adds `tf_keras` to what autograph leaves alone, where TensorFlow does not know it; fit to be called again."""
    rules = config.CONVERSION_RULES
    if not any(rule.matches("tf_keras") for rule in rules):
        config.CONVERSION_RULES = (config.DoNotConvert("tf_keras"), *rules)
