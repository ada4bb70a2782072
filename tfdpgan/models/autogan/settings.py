# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The one setting of AutoGAN. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import Settings, setting


@dataclasses.dataclass(frozen=True)
class GenotypeConfig(Settings):
    """Which of AutoGAN's generators."""

    autogan_genotype: str = setting("A", "Generator that the search found on CIFAR-10.", choices=("A", "B", "C"))
