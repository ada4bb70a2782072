# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a session is given to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.training.callbacks import Callback
from tfdpgan.training.phase import PhasePlan


class Recipe(Protocol):
    """The phases of a training, in order, and what its card says beyond the plan.

    Attributes:
        withheld: networks that never leave the run, "discriminator" or "classifier", and why, for whoever asks for one.
        phases: in order. All that can be refused has been, when these are there.
        parent: the run that this one descends from, for config.json; None for none.
        unreviewed: names of parts of which nobody has said that they take from private images what they book.
    """

    @property
    def withheld(self) -> Mapping[str, str]: ...

    @property
    def phases(self) -> Sequence[PhasePlan]: ...

    @property
    def parent(self) -> dict[str, Any] | None: ...

    @property
    def unreviewed(self) -> Sequence[str]: ...

    def note_accesses(self, ledger: Ledger) -> None:
        """Tells the ledger what no stage says."""

    def callbacks(self, ledger: Ledger) -> list[Callback]:
        """Callbacks of its own."""

    def card_facts(self) -> dict[str, Any]:
        """Fields of CardFacts that it has its own values for."""

    def release(self, ledger: Ledger) -> None:
        """Writes what leaves the run, once the phases have ended."""
