# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What every mechanism knows of itself: its event, its constants, and what the card says of it.

A mechanism is one frozen value. What is sampled, how it is bounded, which noise goes on, what is booked and what the
card says are all read off that value, so that code and account cannot drift apart.
"""

from __future__ import annotations

import abc
import dataclasses
import math
from typing import Any, ClassVar

import dp_accounting


@dataclasses.dataclass(frozen=True)
class Mechanism(abc.ABC):
    """One kind of access to private images.

    Attributes:
        noise_multiplier: standard deviation of the noise over the clip, as it is added; a finite number > 0.
        adjacency: which two data sets are neighbours, in words.
        unit: what is protected and between which neighbours, in few words.
        sampling: the kind of sampling, in few words; empty for none.
        sampling_assumed: what the accountant takes the sampling to be, in words.
        sampling_implemented: what the code does, in words.

    Raises:
        ValueError: the noise multiplier is no such number.
    """

    noise_multiplier: float

    adjacency: ClassVar[str] = "add or remove one image"
    unit: ClassVar[str] = "one image, add or remove"
    sampling: ClassVar[str] = ""
    sampling_assumed: ClassVar[str]
    sampling_implemented: ClassVar[str]

    def __post_init__(self) -> None:
        if not (math.isfinite(self.noise_multiplier) and self.noise_multiplier > 0):
            raise ValueError(
                f"noise_multiplier is {self.noise_multiplier}; it must be a finite number above 0. Try 1.0."
            )

    @property
    @abc.abstractmethod
    def l2_norm_clip(self) -> float:
        """The largest l2 norm of what one image contributes, > 0."""

    @property
    @abc.abstractmethod
    def event(self) -> dp_accounting.DpEvent:
        """The event of one access, sampling and the accounted noise included."""

    @property
    @abc.abstractmethod
    def parameters(self) -> dict[str, Any]:
        """Every constant, as plain data, that a resumed run must share."""

    @property
    @abc.abstractmethod
    def sentence(self) -> str:
        """What one access is, in one sentence for the card."""

    @property
    def noise_stddev(self) -> float:
        """Standard deviation of the noise on each coordinate of the sum."""
        return self.noise_multiplier * self.l2_norm_clip

    @property
    def expected_batch_size(self) -> float | None:
        """Mean number of images in one access; None where it reads all of them."""
        return None

    @property
    def reads_in_words(self) -> str:
        """What one access reads, in few words."""
        return "all images" if self.expected_batch_size is None else f"mean batch {self.expected_batch_size:g}"

    @property
    def microbatch_size(self) -> int:
        """Images whose contributions are bounded together: 1 is the rule."""
        return 1

    @property
    def clipping_in_words(self) -> str | None:
        """What is clipped how; None where no gradient of a private image is taken."""
        return None

    @property
    def card_row(self) -> dict[str, Any]:
        """Noise, clip, batch and what an access reads, as the card's table shows them."""
        return {
            "noise_multiplier": self.noise_multiplier,
            "l2_norm_clip": self.l2_norm_clip,
            "expected_batch_size": self.expected_batch_size,
            "reads": self.reads_in_words,
        }
