# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""From mechanisms to epsilon, and from a budget to the noise, through dp-accounting.

The unit is one image. The adjacency is add-or-remove-one, or replace-one where any part of an event is a release on a
shard (`replace_one`). Two accountants answer. `pld`
composes discretised privacy loss distributions (Koskela, Jalko, Honkela 2020; Doroshenko et al. 2022,
"Connect the Dots") and is the default because it is nearly exact. `rdp` bounds Renyi divergences (Mironov
2017; Mironov, Talwar, Zhang 2019) and turns them into epsilon by the conversion of Canonne, Kamath, Steinke
2020; it is quicker and looser. Both are upper bounds. Figures published before 2020 (the 1.19 of TF Privacy's
tutorial) used an older, looser conversion: see `epsilon_by_classic_rdp`.
"""

import contextlib
import json
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from typing import Any

import dp_accounting
import numpy as np
from dp_accounting import rdp
from dp_accounting.pld import pld_privacy_accountant

from tfdpgan.privacy.accounting.epsilon_text import epsilon_text
from tfdpgan.privacy.accounting.events import dp_sgd_event, event_from_json, event_to_json, gaussian_event
from tfdpgan.privacy.accounting.noise_search import search_noise_multiplier
from tfdpgan.privacy.accounting.replace_one import (
    ADD_OR_REMOVE_ONE,
    REPLACE_ONE,
    ReplaceOnePld,
    ReplaceOneRdp,
    neighboring_relation,
)

__all__ = [
    "ACCOUNTANTS",
    "describe_accountant",
    "dp_sgd_event",
    "epsilon",
    "epsilon_by_classic_rdp",
    "epsilons",
    "event_from_json",
    "event_to_json",
    "gaussian_event",
    "noise_multiplier_for_epsilon",
]

ACCOUNTANTS = ("pld", "rdp")

# Where the search for a noise multiplier ends. Nobody trains beyond either bound.
_SMALLEST_NOISE = 1e-3
_LARGEST_NOISE = 1e6
# Below this delta the rounding errors of the PLD accountant's Fourier transforms drown the answer.
_SMALLEST_PLD_DELTA = 1e-12
# Beyond this no accountant's figure means anything; the PLD grid would only fill the memory.
_LARGEST_PLD_EPSILON = 1e5

_MOST_KEPT = 8
_KEPT: dict[tuple[str, str], dp_accounting.PrivacyAccountant] = {}

MakeEvent = Callable[[float], dp_accounting.DpEvent]


def epsilon(event: dp_accounting.DpEvent, delta: float, accountant: str = "pld") -> float:
    """The epsilon of (epsilon, delta)-differential privacy that an event guarantees.

    Args:
        event: What was done to the private data, all of it.
        delta: In (0, 1); with `pld` at least 1e-12.
        accountant: One of `ACCOUNTANTS`.

    Returns:
        An upper bound on epsilon: 0.0 when nothing was done, `math.inf` when noise is missing anywhere.

    Raises:
        ValueError: A bad delta, an unknown accountant, or an event that the accountant cannot account for.
    """
    return epsilons(event, [delta], accountant)[delta]


def epsilons(event: dp_accounting.DpEvent, deltas: Sequence[float], accountant: str = "pld") -> dict[float, float]:
    """Epsilon at several deltas for the price of one composition. See `epsilon`."""
    _require_accountant(accountant)
    for delta in deltas:
        _require_delta(delta, accountant)
    composed = _composed(event, accountant)
    return {delta: _epsilon_of(composed, delta) for delta in deltas}


def epsilon_by_classic_rdp(event: dp_accounting.DpEvent, delta: float) -> float:
    """Epsilon by the first RDP conversion, epsilon = rdp(a) + log(1/delta) / (a - 1): only to compare with
    old papers.

    Figures published before 2020 used it (Mironov 2017, Proposition 3). It is valid and looser than
    `epsilon`: MNIST with batches of 256, noise 1.3 and 15 epochs has 1.19 by it, 0.95 by today's RDP
    conversion and 0.86 by PLD.

    Raises:
        ValueError: A bad delta, or an event that the accountant cannot account for.
    """
    _require_delta(delta, "rdp")
    accountant = _compose(_rdp_accountant(event), event)
    bounds = [
        divergence - math.log(delta) / (order - 1)
        for order, divergence in zip(accountant._orders, accountant._rdp, strict=True)
        if order > 1 and not math.isnan(divergence)
    ]
    return 0.0 if not any(accountant._rdp) else float(min(bounds, default=math.inf))


def noise_multiplier_for_epsilon(
    make_event: MakeEvent,
    target_epsilon: float,
    delta: float,
    accountant: str = "pld",
    tolerance: float = 1e-3,
) -> float:
    """The smallest noise multiplier that keeps a plan within a budget.

    RDP, which costs milliseconds, finds the neighbourhood; a bracketing secant on (log noise, log epsilon),
    whose curve is almost straight, finishes with a few evaluations of the accountant asked for.

    Args:
        make_event: Noise multiplier -> the event of the whole plan, fixed parts (a first release with its own
            noise) included. Its epsilon must fall with the noise.
        target_epsilon: The budget, > 0.
        delta: In (0, 1).
        accountant: One of `ACCOUNTANTS`.
        tolerance: How much of the budget may stay unused, as a fraction, in [1e-5, 0.5].

    Returns:
        A noise multiplier in [1e-3, 1e6] whose epsilon lies in [(1 - tolerance) * target_epsilon,
        target_epsilon].

    Raises:
        ValueError: A bad argument, a budget that the plan's fixed part exceeds, or one that the plan never
            reaches.
    """
    if not (math.isfinite(target_epsilon) and target_epsilon > 0):
        raise ValueError(f"target_epsilon is {target_epsilon}; it must be a finite number above 0, e.g. 10.")
    if not 1e-5 <= tolerance <= 0.5:
        raise ValueError(f"tolerance is {tolerance}; it must lie in [1e-5, 0.5], for example 0.001.")

    def measured(noise: float) -> float:
        return epsilon(make_event(noise), delta, accountant)

    fixed = measured(_LARGEST_NOISE)
    if fixed > target_epsilon:
        raise ValueError(
            f"target_epsilon {target_epsilon:g} cannot be met: the part of the plan that this noise does "
            f"not change costs epsilon {epsilon_text(fixed)} at delta {delta:g} on its own. Raise target_epsilon, or "
            "give that part more noise."
        )
    least = epsilon(make_event(_SMALLEST_NOISE), delta, "rdp")
    if least <= target_epsilon:
        raise ValueError(
            f"target_epsilon {target_epsilon:g} is never reached: with almost no noise the plan costs "
            f"{epsilon_text(least)} at delta {delta:g}. Check the number of steps, and that delta is below the chance "
            "that an image is drawn at all."
        )
    start = _guess_by_rdp(make_event, target_epsilon, delta)
    return search_noise_multiplier(measured, start, target_epsilon, tolerance)


def describe_accountant(accountant: str, event: dp_accounting.DpEvent | None = None) -> dict[str, str]:
    """Name, version, neighbouring relation of the event and numerical settings, for the ledger and the card."""
    _require_accountant(accountant)
    numerics = {
        "pld": "connect-the-dots, pessimistic; grid of the privacy loss about 0.01 * epsilon / sqrt(steps)",
        "rdp": "dp-accounting's default Renyi orders, conversion of Canonne, Kamath and Steinke (2020)",
    }
    names = {"pld": "privacy loss distributions (PLD)", "rdp": "Renyi differential privacy (RDP)"}
    return {
        "name": names[accountant],
        "package": f"dp-accounting {metadata.version('dp-accounting')}",
        "neighboring_relation": neighboring_relation(event) if event is not None else ADD_OR_REMOVE_ONE,
        "discretization": numerics[accountant],
    }


def _composed(event: dp_accounting.DpEvent, accountant: str) -> dp_accounting.PrivacyAccountant:
    """An accountant that has composed the event. The last ones are kept: plan, bar, ledger and card ask alike."""
    try:
        key = (json.dumps(event_to_json(event)), accountant)
    except (TypeError, ValueError):  # not an event of ours
        return _compose_anew(event, accountant)
    if key not in _KEPT:
        while len(_KEPT) >= _MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)))
        _KEPT[key] = _compose_anew(event, accountant)
    return _KEPT[key]


def _compose_anew(event: dp_accounting.DpEvent, accountant: str) -> dp_accounting.PrivacyAccountant:
    by_rdp = _compose(_rdp_accountant(event), event)
    if accountant == "rdp":
        return by_rdp
    # The grid depends on the event alone, so that a figure does not depend on which deltas were asked with it.
    rough = _epsilon_of(by_rdp, 1e-6)
    if rough >= _LARGEST_PLD_EPSILON:
        return by_rdp
    interval = _discretization_interval(rough, _num_releases(event))
    if neighboring_relation(event) == REPLACE_ONE:
        return _compose(ReplaceOnePld(interval), event)
    return _compose(pld_privacy_accountant.PLDAccountant(value_discretization_interval=interval), event)


def _rdp_accountant(event: dp_accounting.DpEvent) -> rdp.RdpAccountant:
    return ReplaceOneRdp() if neighboring_relation(event) == REPLACE_ONE else rdp.RdpAccountant()


def _compose(accountant: Any, event: dp_accounting.DpEvent) -> Any:
    with _without_excluded_order_warnings():
        try:
            accountant.compose(event)
        except dp_accounting.UnsupportedEventError as error:
            raise ValueError(f"{type(accountant).__name__} cannot account for this event: {error}") from error
    if isinstance(accountant, rdp.RdpAccountant):
        # Under enormous noise rounding leaves divergences of -1e-11, which older versions refuse: they are
        # zeros.
        accountant._rdp = np.maximum(accountant._rdp, 0.0)
    return accountant


def _epsilon_of(accountant: dp_accounting.PrivacyAccountant, delta: float) -> float:
    with np.errstate(over="ignore"):  # tails divided by tails: infinity compares rightly
        return float(accountant.get_epsilon(delta))


def _num_releases(event: dp_accounting.DpEvent) -> int:
    match event:
        case dp_accounting.SelfComposedDpEvent():
            return event.count * _num_releases(event.event)
        case dp_accounting.ComposedDpEvent():
            return sum(_num_releases(part) for part in event.events)
    return 1


def _discretization_interval(rough_epsilon: float, num_releases: int) -> float:
    """Grid of the privacy loss, fine enough to add less than a thousandth to epsilon.

    Rounding a release's loss to a grid of width h adds about h^2 to the variance of the total, so T releases
    add about T h^2 / epsilon to epsilon (measured for T from 60 to 450 000, epsilon from 0.006 to 70).
    """
    interval = 0.01 * rough_epsilon / math.sqrt(max(num_releases, 1))
    return max(1e-7, min(interval, max(1e-3, 1e-5 * rough_epsilon)))


def _guess_by_rdp(make_event: MakeEvent, target: float, delta: float) -> float:
    low, high = math.log(_SMALLEST_NOISE), math.log(_LARGEST_NOISE)
    while high - low > 0.05:
        middle = (low + high) / 2
        if epsilon(make_event(math.exp(middle)), delta, "rdp") > target:
            low = middle
        else:
            high = middle
    return math.exp(high)


@contextlib.contextmanager
def _without_excluded_order_warnings() -> Iterator[None]:
    """Hides dp-accounting's note that a Renyi order did not converge: the bound holds without that order."""

    def keep(record: logging.LogRecord) -> bool:
        return "Excluding this order" not in record.getMessage()

    logger = logging.getLogger("absl")
    logger.addFilter(keep)
    try:
        yield
    finally:
        logger.removeFilter(keep)


def _require_accountant(accountant: str) -> None:
    if accountant not in ACCOUNTANTS:
        raise ValueError(f"accountant is {accountant!r}; it must be one of {', '.join(ACCOUNTANTS)}.")


def _require_delta(delta: float, accountant: str) -> None:
    if not 0 < delta < 1:
        raise ValueError(
            f"delta is {delta}; it must lie between 0 and 1, below one over the number of images. Try 1e-5."
        )
    if accountant == "pld" and delta < _SMALLEST_PLD_DELTA:
        raise ValueError(
            f"delta is {delta}; the PLD accountant resolves no delta below {_SMALLEST_PLD_DELTA}. Use "
            "accountant='rdp' for it."
        )
