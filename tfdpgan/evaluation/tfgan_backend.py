# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Frechet distance and Inception score by TF-GAN's own functions, where tensorflow-gan is installed."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import numpy as np

from tfdpgan.config import ConfigError


def load() -> ModuleType:
    """TF-GAN's evaluators; raises ConfigError where they cannot be had."""
    try:
        return importlib.import_module("tensorflow_gan.python.eval.classifier_metrics")
    except ImportError as error:
        version = ".".join(map(str, sys.version_info[:2]))
        raise ConfigError(
            f"--backend=tfgan needs tensorflow-gan, which runs on Python 3.10 and 3.11 with TensorFlow 2.15 (this is "
            f"Python {version}: {str(error).splitlines()[0]}). Leave it out: our figures equal TF-GAN's."
        ) from None


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Of features `[n, d]` and `[m, d]`."""
    distance = load().frechet_classifier_distance_from_activations(first.astype(np.float64), second.astype(np.float64))
    return float(distance)


def inception_score(logits: np.ndarray) -> float:
    """Of logits `[n, k]`, without splits."""
    return float(load().classifier_score_from_logits(logits))
