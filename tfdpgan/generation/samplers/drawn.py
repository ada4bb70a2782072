# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a sampler returns."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class Drawn:
    """Images, and how they were drawn.

    Attributes:
        images: `[n, h, w, c]` float32 in [-1, 1].
        labels: `[n]` int32; None without classes.
        soft_labels: `[n, num_classes]` float32, rows of sum 1, beside `labels`; None where no classifier was asked.
        mark: what the output says of them, as JSON values: in the end the run's provenance, "sampler", and "sampling"
            with the sampler's settings and findings. A sampler returns the last part alone.
        class_names: one name for each class; the generator's, which no sampler has to give.
    """

    images: np.ndarray
    labels: np.ndarray | None
    soft_labels: np.ndarray | None = None
    mark: dict[str, Any] = dataclasses.field(default_factory=dict)
    class_names: tuple[str, ...] = ()
