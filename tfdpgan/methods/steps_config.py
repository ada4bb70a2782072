# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The length of a method whose every step is a private access."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import Settings, setting


@dataclasses.dataclass(frozen=True)
class StepsConfig(Settings):
    """How long the training is."""

    steps: int | None = setting(
        None,
        "Discriminator steps (default: 60 up to 5000 images, then 600); for gswgan and dpac rounds, each with one step "
        "of the generator (default: 300, then 2000).",
        above=0,
    )
