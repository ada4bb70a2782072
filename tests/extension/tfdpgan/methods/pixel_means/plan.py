# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What pixel means take from private images: one release. Needs no TensorFlow."""

from __future__ import annotations

from typing import Any

from tfdpgan.privacy.mechanisms import GaussianRelease
from tfdpgan.training.plan import PrivateStage

PIXEL_MEANS = "pixel_means"


def stages(config: Any, noise_multiplier: float, num_examples: int) -> tuple[PrivateStage, ...]:
    """The one release."""
    del config, num_examples
    mechanism = GaussianRelease(noise_multiplier, of="the class-wise sums of the pixels of all images")
    return (PrivateStage(PIXEL_MEANS, mechanism, 1),)
