# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of StyleGAN2. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import setting
from tfdpgan.models.minibatch_stddev_config import MinibatchStddevConfig


@dataclasses.dataclass(frozen=True)
class StyleConfig(MinibatchStddevConfig):
    """The styles of StyleGAN2."""

    mapping_layers: int = setting(8, "Dense layers from latents to styles; 2 is published for few images.", above=0)
    style_mixing: float = setting(
        0.9, "Share of the generator's batches in which a second style takes over half-way.", at_least=0, at_most=1
    )
    path_length_weight: float = setting(
        0.0,
        "Weight of the path length penalty, every fourth step of the generator; 2 is published, 0 is none.",
        at_least=0,
    )
