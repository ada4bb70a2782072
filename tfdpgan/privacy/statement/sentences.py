# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What an epsilon and a delta mean, in sentences that need no mathematics."""

import decimal
import math
from collections.abc import Mapping, Sequence

from tfdpgan.privacy.accounting.epsilon_text import epsilon_text

_FALSE_POSITIVE_RATE = 0.01


def statement(
    dataset_name: str,
    is_public: bool,
    epsilon: float,
    delta: float,
    reasons_not_private: Sequence[str],
    released: str = "generator",
    unreviewed: Sequence[str] = (),
    neighbour: str = "left out of the training",
) -> str:
    """The card's first sentence: what is guaranteed, or that nothing is.

    Args:
        dataset_name: Name of the training data.
        is_public: Whether its owner declared it public.
        epsilon: >= 0, may be infinite.
        delta: In (0, 1).
        reasons_not_private: Why the guarantee is void; empty when it holds. Each completes "because of".
        released: What leaves the training, one noun.
        unreviewed: Parts of which nobody but their author says what they take from private images.
        neighbour: What the image is in the neighbouring data; completes "had that image been".
    """
    if reasons_not_private:
        return (
            f"NOT PRIVATE: nothing is guaranteed for the images of {dataset_name}, because of "
            f"{'; '.join(reason.rstrip('.') for reason in reasons_not_private)}; handle this {released}, and "
            "everything made from it, as carefully as the training images themselves."
        )
    if epsilon == 0 and is_public:
        return f"No private image was used: {dataset_name} was declared public, so no privacy was spent."
    if unreviewed:
        return (
            f"NOT REVIEWED: epsilon = {epsilon_text(epsilon, 3)} and delta = {delta:g} for the images of "
            f"{dataset_name} are as claimed by {' and '.join(unreviewed)}; nobody else has checked that no more is "
            f"taken from them. Until somebody has, handle this {released} as carefully as the training images "
            "themselves."
        )
    if epsilon == 0:
        return f"No private image of {dataset_name} has been read so far, so no privacy was spent."
    return (
        f"This {released}, and everything made from it, protects every single image of {dataset_name} by "
        f"differential privacy with epsilon = {epsilon_text(epsilon, 3)} and delta = {delta:g} (one in "
        f"{1 / delta:,.0f}): had that image been {neighbour}, the outcome could have been the "
        "same, with a probability that differs only as far as these two numbers allow."
    )


def meaning(epsilons: Mapping[float, float], delta: float, released: str = "generator") -> list[str]:
    """Three sentences: what an attacker may find, the best membership test, and how strong that is.

    Args:
        epsilons: delta -> finite epsilon > 0, the more pairs the sharper.
        delta: The delta that the card speaks of; a key of `epsilons`.
        released: What leaves the training, one noun.
    """
    epsilon = epsilons[delta]
    found = true_positive_bound(epsilons, _FALSE_POSITIVE_RATE)
    return [
        f"Whoever studies the {released} to learn whether a certain image was in the training data may look for "
        f"anything at all: the probability of finding it is at most {_factor(epsilon)} (e^epsilon) times what it is "
        f"without the image, plus {delta:g} (delta), and the other way round. That holds whatever else they know and "
        "whatever computer they own.",
        "The best test that wrongly accuses 1 % of the images that were not in the data can find no more "
        f"than {_percent(found)} % of those that were (guessing finds 1 %).",
        _strength(epsilon),
    ]


def true_positive_bound(epsilons: Mapping[float, float], false_positive_rate: float) -> float:
    """The most that a membership test can find, given every (epsilon, delta) that a mechanism satisfies.

    Each pair allows at most min(e^epsilon * fpr + delta, 1 - e^-epsilon * (1 - delta - fpr)) (Kairouz, Oh,
    Viswanath 2015); the smallest over all pairs is the mechanism's trade-off curve (Dong, Roth, Su 2022).

    Args:
        epsilons: delta -> epsilon, infinities allowed.
        false_positive_rate: In [0, 1], among the images that were not in the data.

    Returns:
        The largest possible true positive rate, in [0, 1].
    """
    bounds = [1.0]
    for delta, epsilon in epsilons.items():
        if epsilon < 500:  # beyond, e^epsilon overflows and the bound is far above 1
            bounds.append(math.exp(epsilon) * false_positive_rate + delta)
        bounds.append(1 - math.exp(-epsilon) * max(0.0, 1 - delta - false_positive_rate))
    return min(bounds)


def _strength(epsilon: float) -> str:
    """The three tiers of Ponomareva et al. 2023."""
    if epsilon <= 1:
        return "This is strong protection (epsilon of 1 or less)."
    if epsilon <= 10:
        return (
            "This is the usual range for trained models (epsilon of 10 or less): reasonable protection, "
            "best with other safeguards beside it."
        )
    return "This is weak as a proof (epsilon above 10): do not rely on it alone."


def _factor(epsilon: float) -> str:
    """e^epsilon, never rounded down: in decimals, since the nearest binary number may lie below."""
    with decimal.localcontext(decimal.Context(prec=30, rounding=decimal.ROUND_CEILING)):
        factor = decimal.Decimal(epsilon).exp().next_plus()
        if factor < 10:
            return str(factor.quantize(decimal.Decimal("0.01")))
        if factor < 10**6:
            return f"{factor.quantize(decimal.Decimal(1)):,}"
        exponent = factor.adjusted()
        leading = factor.scaleb(-exponent).quantize(decimal.Decimal("0.1"))
        return f"{leading}e+{exponent:02d}" if leading < 10 else f"1.0e+{exponent + 1:02d}"


def _percent(rate: float) -> str:
    return f"{min(100.0, math.ceil(rate * 1000) / 10):.1f}"
