# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Finding the noise multiplier for a budget with few evaluations of a costly accountant."""

import math
from collections.abc import Callable


def search_noise_multiplier(measured: Callable[[float], float], start: float, target: float, tolerance: float) -> float:
    """A noise multiplier whose epsilon lies just below a target, by a bracketing secant.

    On (log noise, log epsilon) the curve is almost straight, with a slope near -1: few evaluations suffice.

    Args:
        measured: Noise multiplier -> epsilon, falling.
        start: First noise multiplier to try, > 0.
        target: Epsilon to stay below, > 0.
        tolerance: A point whose epsilon lies in [(1 - tolerance) * target, target] ends the search.

    Raises:
        ValueError: Sixty evaluations met no such point: epsilon jumps over the target.
    """
    aim = math.log(target * (1 - tolerance / 2))
    above: tuple[float, float] | None = None  # (log noise, log epsilon - aim) with an epsilon over the target
    below: tuple[float, float] | None = None
    point = math.log(start)
    for iteration in range(60):
        found = measured(math.exp(point))
        if target * (1 - tolerance) <= found <= target:
            return math.exp(point)
        error = (math.log(found) if found > 0 else -math.inf) - aim
        if found > target:
            above = (point, error)
        else:
            below = (point, error)
        if above is None or below is None:
            # Epsilon falls about as 1 / noise, so a step of the error itself, and a little more, crosses the
            # root.
            point += (min(max(1.2 * error, -2.0), 2.0)) + math.copysign(0.005, error)
            continue
        fraction = above[1] / (above[1] - below[1]) if math.isfinite(above[1] - below[1]) else 0.5
        if iteration % 4 == 3:
            fraction = 0.5  # a halving now and then keeps a bent curve from creeping in from one side
        point = above[0] + min(max(fraction, 0.02), 0.98) * (below[0] - above[0])
    raise ValueError(
        f"No noise multiplier has an epsilon within {100 * tolerance:g} % below target_epsilon {target:g}: "
        "epsilon jumps there. Try another target_epsilon or a smaller delta."
    )
