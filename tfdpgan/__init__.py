# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""tfdpgan: differentially private GANs in TensorFlow/Keras."""

import os

# TF-MOT knows no Keras but tf_keras, and tf_keras must be chosen before TensorFlow is imported.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    # Lazy, so that planning a budget does not wait for TensorFlow.
    if name == "DPGAN":
        from tfdpgan.synthesizer import DPGAN

        return DPGAN
    raise AttributeError(f"module 'tfdpgan' has no attribute {name!r}")
