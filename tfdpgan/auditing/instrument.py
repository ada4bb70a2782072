# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Watches every noise that the product draws in this process, and can silence it: the audit's only hand in the product.

A probe compares what two neighbouring data sets give without noise, and counts how often noise was drawn. Neither must
need a switch in the product, since such a switch could be left on. So the audit takes the place of the one method that
draws, `GaussianNoise._noise`, while it looks, and puts it back.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import numpy as np

from tfdpgan.privacy.mechanisms.noise import GaussianNoise


@dataclasses.dataclass(frozen=True)
class Drawn:
    """One draw of noise.

    Attributes:
        count: numbers.
        stddev: as the product asked for it.
    """

    count: int
    stddev: float


class Instrument:
    """A context within which noise is recorded, and may be silenced.

    What is built before it was entered, and traced, is not seen. Instruments do not nest.

    Attributes:
        drawn: what was drawn since it was entered or cleared.
    """

    def __init__(self) -> None:
        self.drawn: list[Drawn] = []
        self._is_silent = False
        self._original: Any = None

    def __enter__(self) -> Instrument:
        original, instrument = GaussianNoise._noise, self

        def watched(noise: GaussianNoise, count: np.ndarray, stddev: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            instrument.drawn.append(Drawn(int(count), float(stddev)))
            return original(noise, count, np.zeros_like(stddev) if instrument._is_silent else stddev)

        self._original = original
        GaussianNoise._noise = watched  # type: ignore[method-assign, assignment]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        GaussianNoise._noise = self._original  # type: ignore[method-assign]

    @contextlib.contextmanager
    def silence(self) -> Iterator[None]:
        """No noise is added in this block; it is recorded all the same."""
        self._is_silent = True
        try:
            yield
        finally:
            self._is_silent = False

    @contextlib.contextmanager
    def counting(self) -> Iterator[list[Drawn]]:
        """The draws of this block alone."""
        before, self.drawn = self.drawn, []
        try:
            yield self.drawn
        finally:
            self.drawn = before + self.drawn
