# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of DPAC's classifiers: what decides their cost, and the rest."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import Settings, setting


@dataclasses.dataclass(frozen=True)
class FreshStartConfig(Settings):
    """What of DPAC's classifiers decides the cost."""

    dpac_fresh_start: bool = setting(
        True, "Classifiers that begin anew in each round; carried over, no draw hides an image, which costs far more."
    )
    dpac_real2gen: bool = setting(True, "Train the classifiers of a round on the real images of the drawn shards.")


@dataclasses.dataclass(frozen=True)
class ShardClassifierConfig(Settings):
    """DPAC's classifiers of the drawn shards."""

    dpac_gen2real: bool = setting(True, "Train the classifiers of a round on generated images.")
    dpac_generated_first: bool = setting(True, "Generated images first, then real ones; otherwise the other way round.")
    dpac_entry_round: int | None = setting(
        None, "Round from which the classifiers take part (default: three tenths of all, as published).", at_least=0
    )
    dpac_steps: int = setting(10, "Steps of a classifier on each kind of images in a round.", above=0)
    dpac_generated: int = setting(100, "Generated images that a classifier learns from (published: 1000).", above=0)
    dpac_learning_rate: float = setting(1e-3, "Adam learning rate of the classifiers (published: 1e-4).", above=0)
    dpac_critic_weight: float = setting(0.8, "Weight of the critic in the generator's loss.", at_least=0)
    dpac_class_weight: float = setting(0.2, "Weight of the classifier in the generator's loss.", above=0)
