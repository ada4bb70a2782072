# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One Gaussian release of a sum over all images, as one frozen value."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dp_accounting
import numpy as np

from tfdpgan.privacy.accounting.events import gaussian_event
from tfdpgan.privacy.arguments import require, require_number
from tfdpgan.privacy.mechanisms.mechanism import Mechanism

if TYPE_CHECKING:
    from tfdpgan.privacy.mechanisms.noise import GaussianNoise


@dataclasses.dataclass(frozen=True)
class GaussianRelease(Mechanism):
    """A sum over all images, to which each contributes a vector of bounded norm, plus Gaussian noise, once.

    Guarantee: one image more or less moves the sum by at most `l2_bound`, so the release is a Gaussian mechanism.

    Attributes:
        noise_multiplier: standard deviation of the noise over the bound, > 0.
        of: what is summed, in the words of the card.
        l2_bound: the largest l2 norm of one image's contribution; the caller sees to it.
        details: further constants that decide what is released, as plain data.

    Raises:
        ValueError: a value is out of its range.
    """

    of: str
    l2_bound: float = 1.0
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict, hash=False)

    sampling_assumed = "none: every image enters"
    sampling_implemented = "none: every image enters"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number("l2_bound", self.l2_bound, minimum="> 0")
        taken = {"noise_multiplier", "l2_norm_clip"} & set(self.details)
        require(not taken, "details", sorted(taken), "constants beside the noise and the bound")

    @property
    def l2_norm_clip(self) -> float:
        """The bound."""
        return self.l2_bound

    @property
    def event(self) -> dp_accounting.DpEvent:
        """One Gaussian mechanism on the whole data."""
        return gaussian_event(self.noise_multiplier)

    @property
    def parameters(self) -> dict[str, Any]:
        """Noise, bound, and the details."""
        return {"noise_multiplier": self.noise_multiplier, "l2_norm_clip": self.l2_bound, **self.details}

    @property
    def sentence(self) -> str:
        """What the release reads and lets out."""
        return f"one release of {self.of}, each of l2 norm at most {self.l2_bound:g}, plus Gaussian noise"

    def release(self, total: np.ndarray, noise: GaussianNoise) -> np.ndarray:
        """The sum with its noise, float64: what may be seen. To be called once for one booked access."""
        return noise.add([total], self.noise_stddev)[0].numpy()
