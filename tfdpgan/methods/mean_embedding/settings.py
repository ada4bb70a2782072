# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of the mean embedding."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import Settings, setting


@dataclasses.dataclass(frozen=True)
class WarmStartConfig(Settings):
    """The noised release of random-feature means that the generator learns from first (DP-MERF)."""

    warm_start_steps: int | None = setting(
        None, "Generator steps on the noised mean embedding (default: 600; 0 turns the warm start off).", at_least=0
    )
    warm_start_noise_multiplier: float | None = setting(
        None,
        "Noise multiplier of the mean embedding's one release (default: that of the discriminator).",
        above=0,
    )
    num_frequencies: int = setting(
        2000, "Random frequencies of the mean embedding, for each kind of features.", above=0
    )
    length_scales: str = setting(
        "30", "Squared length scales of the Gaussian kernels, comma-separated, for 784 pixels in [0, 1]."
    )
    scattering_length_scales: str | None = setting(
        None, "The same on scattering coefficients, beside the pixels (default: pixels alone); 2.6 is a usual choice."
    )
    classifier_length_scales: str | None = setting(
        None,
        "The same on hidden layers of the --classifier_steps classifier (default: none), or of that of --pretrained "
        "(default: 0.15,0.5); 0.5 is a usual choice.",
    )
    warm_start_batch_size: int = setting(500, "Generated images in each step of the warm start.", above=0)
    warm_start_learning_rate: float = setting(1e-3, "Adam learning rate of the generator in the warm start.", above=0)
    warm_start_classifier_weight: float = setting(
        0.02, "Weight of the classifier's loss in the warm start.", at_least=0
    )
