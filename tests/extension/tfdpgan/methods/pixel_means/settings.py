# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of the pixel means."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import Settings, setting


@dataclasses.dataclass(frozen=True)
class PixelMeansConfig(Settings):
    """The noised mean image of each class that the generator learns from."""

    pixel_mean_steps: int = setting(100, "Generator steps on the released mean images.", above=0)
