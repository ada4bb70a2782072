# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Clipped sums of per-example gradients, and the checks that examples do not mix."""

from tfdpgan.privacy.clipping.clipped_sum import (
    FLAT,
    ClippedSum,
    bound_and_sum,
    clipped_gradient_sum,
    clipped_gradient_sum_over_batches,
)
from tfdpgan.privacy.clipping.clipping_rule import ClippingRule
from tfdpgan.privacy.clipping.layer_check import refuse_mixing_layers

__all__ = [
    "FLAT",
    "ClippedSum",
    "ClippingRule",
    "bound_and_sum",
    "clipped_gradient_sum",
    "clipped_gradient_sum_over_batches",
    "refuse_mixing_layers",
]
