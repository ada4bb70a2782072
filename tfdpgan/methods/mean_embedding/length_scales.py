# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The length scales of the kernels, as the settings write them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfdpgan.config import ConfigError

_NAMES = ("length_scales", "scattering_length_scales", "classifier_length_scales")


def parse_length_scales(name: str, text: str) -> np.ndarray:
    """The numbers of a comma-separated list; raises ConfigError for one that is not positive."""
    try:
        scales = np.array([float(scale) for scale in text.split(",")])
    except ValueError:
        scales = np.zeros(1)
    if not (np.isfinite(scales).all() and (scales > 0).all()):
        raise ConfigError(f"--{name} must be positive numbers, like 30 or 20,60. Received: {text}.")
    return scales


def check_length_scales(config: Any) -> None:
    """Raises ConfigError for length scales of the settings that are no positive numbers."""
    for name in _NAMES:
        if getattr(config, name) is not None:
            parse_length_scales(name, getattr(config, name))
