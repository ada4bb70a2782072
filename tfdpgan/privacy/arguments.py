# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Checks of arguments, with errors that name the value and what is allowed."""

import math
from numbers import Real

# Norms are roots of sums of squares in float32, where the square of anything below 1e-19 is zero: under a clip of that
# size such a gradient would pass unbounded. This leaves thirteen orders of magnitude.
SMALLEST_CLIP = 1e-6


def require(is_allowed: bool, name: str, value: object, allowed: str) -> None:
    """Raises ValueError unless `is_allowed`."""
    if not is_allowed:
        raise ValueError(f"`{name}` must be {allowed}. Received: {name}={value!r}.")


def require_number(name: str, value: float, minimum: str) -> None:
    """Raises ValueError unless `value` is a finite number, "> 0" or ">= 0" as `minimum` says."""
    is_number = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    is_allowed = is_number and (value > 0 or (value == 0 and minimum == ">= 0"))
    require(is_allowed, name, value, f"a finite number {minimum}")


def require_clip(value: float) -> None:
    """Raises ValueError unless `value` is a finite number that norms in float32 can be held against."""
    require_number("l2_norm_clip", value, minimum="> 0")
    allowed = f"{SMALLEST_CLIP:g} or more (1.0 is a usual choice): smaller norms are lost in float32"
    require(value >= SMALLEST_CLIP, "l2_norm_clip", value, allowed)


def require_bool(name: str, value: bool) -> None:
    """Raises ValueError unless `value` is True or False."""
    require(isinstance(value, bool), name, value, "True or False")
