# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a method is made of: phases, each made when it begins."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Protocol

from tfdpgan.models.network import Network
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.training.plan import PrivateStage


class Phase(Protocol):
    """One part of a method, while it runs.

    Attributes:
        name: shown in the progress bar, logged, and the ledger's name of a private stage.
        num_steps: planned steps; never exceeded.
        stage: the private mechanism that every step applies once, or None when steps read no private data.
        reads: the same, or the mechanism that `prepare` applies before the first step; None for neither.
        trackables: what the phase changes: its checkpoint holds this, and a later phase finds it so.
        sampled: the generator of which grids of samples are kept, or None.
    """

    @property
    def name(self) -> str: ...

    @property
    def num_steps(self) -> int: ...

    @property
    def stage(self) -> PrivateStage | None: ...

    @property
    def reads(self) -> PrivateStage | None: ...

    @property
    def trackables(self) -> dict[str, Any]: ...

    @property
    def sampled(self) -> Network | None: ...

    def prepare(self, ledger: Ledger, step: int) -> None:
        """Called once before the first step of this process, which is step number `step`."""

    def step(self, step: int) -> dict[str, float]:
        """Does one step; returns what may be shown to anybody."""


@dataclasses.dataclass(frozen=True)
class PhasePlan:
    """A phase that is yet to begin.

    Attributes:
        name: of the phase.
        make: makes it, when its turn has come; what went before is in the networks by then.
        reads: the private stage that the phase applies, or None.
        draws: whether it moves a generator, of which grids of samples are kept.
        finish: called with the phase after its last step; must be fit to be called again after a crash.
        is_finished: whether what `finish` made is there, so that the phase need not be made again.
    """

    name: str
    make: Callable[[], Phase]
    reads: PrivateStage | None = None
    draws: bool = True
    finish: Callable[[Any], None] | None = None
    is_finished: Callable[[], bool] = lambda: False
