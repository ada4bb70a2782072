# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Which proposals a discriminator accepts: rejection sampling and Metropolis-Hastings on its logits.

Both take D(x) / (1 - D(x)) = exp(logit) for the ratio of the densities of real and generated images. That is what the
best discriminator under binary cross-entropy says. Another loss, or one that has not converged, says something of the
same order and another size. The papers calibrate D on real images first; here no real image is read, so it is taken as
it was trained.

Proposals are whatever the caller makes: a function from wanted slots to logits, which keeps the rest.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tfdpgan.config import ConfigError

Propose = Callable[[np.ndarray], np.ndarray]  # slots `[n]` to the logits `[n]` of new proposals for them
Keep = Callable[[np.ndarray, np.ndarray], None]  # slots `[m]`, and which of the last proposals go there `[m]`

_MOST_ROUNDS = 500
_CLOSE_TO_ONE = 1e-8


def fill(
    num_slots: int, propose: Propose, keep: Keep, accepts: Callable[[np.ndarray, np.ndarray], np.ndarray], way_out: str
) -> int:
    """Proposes for every open slot, round after round, until each has kept a proposal.

    Args:
        num_slots: how many.
        propose: see above.
        keep: see above.
        accepts: from slots and logits to booleans `[n]`.
        way_out: what to try where slots stay open.

    Returns:
        The number of proposals.

    Raises:
        ConfigError: slots are open after 500 rounds.
    """
    open_slots, proposed = np.arange(num_slots), 0
    for _ in range(_MOST_ROUNDS):
        logits = propose(open_slots)
        proposed += len(open_slots)
        accepted = accepts(open_slots, logits)
        keep(open_slots[accepted], np.flatnonzero(accepted))
        open_slots = open_slots[~accepted]
        if not len(open_slots):
            return proposed
    raise ConfigError(
        f"After {proposed} proposals {len(open_slots)} of {num_slots} images are still missing: {way_out}"
    )


class Rejection:
    """Discriminator rejection sampling (Azadi et al. 2019, arXiv:1810.06758).

    A proposal is accepted with probability sigmoid(F - gamma), F = (l - M) - log(1 - exp(l - M - 1e-8)), where l is its
    logit, M the largest logit seen, and gamma the percentile `percentile` of F among all logits seen.

    Args:
        burn_in: `[n]` logits of generated images, where M begins; the paper's code takes real ones.
        percentile: 0 to 100; the paper's is 80, that of collaborative sampling takes 100.
        rng: of the decisions.
    """

    def __init__(self, burn_in: np.ndarray, percentile: float, rng: np.random.Generator) -> None:
        self._seen = np.asarray(burn_in, np.float64)
        self._percentile = percentile
        self._rng = rng

    def accepts(self, logits: np.ndarray) -> np.ndarray:
        """Booleans `[n]`: which proposals of these logits are accepted."""
        logits = np.asarray(logits, np.float64)
        largest = max(self._seen.max(), logits.max())
        gamma = np.percentile(_scores(self._seen, largest), self._percentile)
        probability = 0.5 * (1.0 + np.tanh(0.5 * (_scores(logits, largest) - gamma)))
        self._seen = np.append(self._seen, logits.max()) if logits.max() > self._seen.max() else self._seen
        return self._rng.random(len(logits)) < probability


def _scores(logits: np.ndarray, largest: float) -> np.ndarray:
    below = np.minimum(logits - largest, 0.0) - _CLOSE_TO_ONE
    return below - np.log(-np.expm1(below))


def metropolis(num_slots: int, num_steps: int, propose: Propose, keep: Keep, rng: np.random.Generator) -> int:
    """One chain of the independence sampler for each slot (Turner et al. 2019, MH-GAN, arXiv:1811.11357).

    A proposal of logit l' replaces the current one of logit l with probability min(1, exp(l' - l)). Where we differ: a
    chain begins with a proposal and not with a real image, and each slot has a chain of its own.

    Args:
        num_slots: how many.
        num_steps: proposals after the first.
        propose: see above.
        keep: see above.
        rng: of the decisions.

    Returns:
        The number of proposals.
    """
    slots = np.arange(num_slots)
    current = np.asarray(propose(slots), np.float64).copy()
    keep(slots, slots)
    for _ in range(num_steps):
        logits = np.asarray(propose(slots), np.float64)
        accepted = np.log(rng.random(num_slots)) < logits - current
        keep(slots[accepted], slots[accepted])
        current[accepted] = logits[accepted]
    return num_slots * (num_steps + 1)
