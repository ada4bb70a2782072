# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The one setting of generators that leave their normalisation open."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import Settings, setting


@dataclasses.dataclass(frozen=True)
class GeneratorNormConfig(Settings):
    """The normalisation of a generator that leaves a choice."""

    generator_norm: str | None = setting(
        None,
        "Normalisation in the generator (default: group in dcgan64, which may have batch; batch in the others; pixel "
        "is that of the published gswgan_dcgan and gswgan_resnet, without channels to slim).",
        choices=("group", "batch", "pixel"),
    )
