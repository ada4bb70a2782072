# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Accounting where one image is replaced: for releases on a drawn shard, and for what is composed with them.

DP-SGD and the releases of whole data are written down for an image that is added or removed, as dp-accounting has it.
A shard of public size has no such neighbour: one image is replaced. Two guarantees compose under one relation only, so
an event with a shard in it is accounted for under replace-one throughout. A replacement is a removal and an addition,
and moves a sum of clipped vectors by two clips in place of one: GaussianDpEvent(sigma) counts with sigma / 2, and
PoissonSampledDpEvent(q, sigma) as `privacy_profiles` derives. The noise multiplier inside a
SampledWithoutReplacementDpEvent is over the distance between two shards already and counts as it is.

dp-accounting 0.4 and 0.6 compose sampling without replacement by RDP only, and Poisson sampling under replace-one by
RDP in neither, so PLD is made from the profiles here. By RDP, dp-accounting's bound for shards is taken (Wang, Balle
and Kasiviswanathan 2019, Theorem 27: the one that GS-WGAN was published with) at orders from 2; below it interpolates
from order 1, which little noise makes worthless, and the profile is integrated there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import dp_accounting
import numpy as np
from dp_accounting import rdp
from dp_accounting.pld import privacy_loss_distribution

from tfdpgan.privacy.accounting.events import shard_event
from tfdpgan.privacy.accounting.privacy_profiles import Release

ADD_OR_REMOVE_ONE = "add or remove one image"
REPLACE_ONE = "replace one image"

# Theorem 27 holds at whole orders; between them dp-accounting interpolates, which costs time and finds little.
_ORDERS = [*(1 + tenths / 10 for tenths in range(1, 10)), *range(2, 33), 40, 48, 64, 96, 128, 257, 512]


def neighboring_relation(event: dp_accounting.DpEvent) -> str:
    """Which data sets an epsilon of this event holds for: `ADD_OR_REMOVE_ONE` or, with a shard in it, `REPLACE_ONE`."""
    match event:
        case dp_accounting.SampledWithoutReplacementDpEvent():
            return REPLACE_ONE
        case dp_accounting.SelfComposedDpEvent():
            return neighboring_relation(event.event)
        case dp_accounting.ComposedDpEvent():
            return max(map(neighboring_relation, event.events), key=REPLACE_ONE.__eq__, default=ADD_OR_REMOVE_ONE)
    return ADD_OR_REMOVE_ONE


class ReplaceOneRdp(rdp.RdpAccountant):
    """Renyi accountant of events under replace-one, at whole orders and at nine below 2."""

    def __init__(self) -> None:
        super().__init__(_ORDERS, neighboring_relation=dp_accounting.NeighboringRelation.REPLACE_ONE)

    def compose(self, event: dp_accounting.DpEvent, count: int = 1) -> ReplaceOneRdp:
        """Adds an event; raises UnsupportedEventError for one that this package never makes."""
        for release, times in _releases(event, count):
            self._rdp += times * self._divergences(release) if release else math.inf
        return self

    def _divergences(self, release: Release) -> np.ndarray:
        if release.probability == 1:
            return self._orders / (2 * release.noise_multiplier**2)
        if release.removal_noise_multiplier is not None:
            return release.renyi_divergences(self._orders)
        shard = shard_event(release.noise_multiplier, round(1 / release.probability))
        published = rdp.RdpAccountant(self._orders, self.neighboring_relation).compose(shard)._rdp
        below = self._orders < 2
        return np.concatenate([release.renyi_divergences(self._orders[below]), published[~below]])


class ReplaceOnePld:
    """Accountant by privacy loss distributions of events under replace-one.

    Args:
        interval: of the grid of the privacy loss.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._is_private = True
        self._composed = privacy_loss_distribution.identity(value_discretization_interval=interval)

    def compose(self, event: dp_accounting.DpEvent) -> ReplaceOnePld:
        """Adds an event; raises UnsupportedEventError for one that this package never makes."""
        for release, times in _releases(event, 1):
            if release is None:
                self._is_private = False
                continue
            one = release.privacy_loss_distribution(self._interval)
            self._composed = self._composed.compose(one.self_compose(times))
        return self

    def get_epsilon(self, target_delta: float) -> float:
        """Epsilon of everything composed so far; infinite if any of it was not private."""
        return float(self._composed.get_epsilon_for_delta(target_delta)) if self._is_private else math.inf


def _releases(event: dp_accounting.DpEvent, count: int) -> Iterator[tuple[Release | None, int]]:
    """The releases of an event and how often each is taken; None for one without noise."""
    match event:
        case dp_accounting.NoOpDpEvent():
            return
        case dp_accounting.NonPrivateDpEvent():
            yield None, count
        case dp_accounting.SelfComposedDpEvent():
            yield from _releases(event.event, count * event.count)
        case dp_accounting.ComposedDpEvent():
            for part in event.events:
                yield from _releases(part, count)
        case dp_accounting.GaussianDpEvent(noise_multiplier=noise):
            yield (Release(1.0, noise / 2) if noise > 0 else None), count
        case dp_accounting.PoissonSampledDpEvent(
            sampling_probability=probability, event=dp_accounting.GaussianDpEvent(noise_multiplier=noise)
        ):
            yield (Release(probability, noise / 2, noise) if noise > 0 else None), count
        case dp_accounting.SampledWithoutReplacementDpEvent(
            source_dataset_size=size, sample_size=1, event=dp_accounting.GaussianDpEvent(noise_multiplier=noise)
        ):
            yield (Release(1 / size, noise) if noise > 0 else None), count
        case _:
            raise dp_accounting.UnsupportedEventError(f"{event} is not known under {REPLACE_ONE!r}.")
