# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""How an epsilon is shown."""

import math


def epsilon_text(epsilon: float | str, digits: int = 4) -> str:
    """How every page and table shows an epsilon: rounded up, since none may claim more than the number behind it.

    Args:
        epsilon: >= 0, may be infinite; or the word that our JSON files have for infinity.
        digits: At least so many, from the first that is not zero.

    Returns:
        The number; "0" or "infinite" for these.
    """
    if isinstance(epsilon, str) or math.isinf(epsilon):
        return "infinite"
    if epsilon == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(epsilon)))
    shown = round(epsilon, decimals)
    return f"{shown if shown >= epsilon else shown + 10.0**-decimals:.{decimals}f}"
