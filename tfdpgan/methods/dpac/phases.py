# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The phases of DPAC: those of GS-WGAN, with classifiers in the rounds."""

from __future__ import annotations

from tfdpgan.methods.dpac.classifiers import ShardClassifiers
from tfdpgan.methods.dpac.plan import is_carried_over
from tfdpgan.methods.generator_training import GeneratorTraining
from tfdpgan.methods.gswgan import phases as of_gswgan
from tfdpgan.methods.gswgan.school import School
from tfdpgan.training.phase import PhasePlan


def phases(training: GeneratorTraining) -> list[PhasePlan]:
    """Warm-up and rounds; raises ValueError for images that the networks cannot take."""
    config = training.config
    if training.dataset.num_classes < 2:
        raise ValueError("--method=dpac needs images of two classes or more. Try --method=gswgan.")
    num_draws = config.images_per_round if config.draw == "per_image" else 1

    def companion(school: School) -> ShardClassifiers:
        return ShardClassifiers(config, training.dataset, training.networks, school, num_draws)

    return of_gswgan.phases(training, is_carried_over(config), companion)
