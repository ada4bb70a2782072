# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The one phase of the mean embedding."""

from __future__ import annotations

from tfdpgan.config import ConfigError
from tfdpgan.methods.generator_training import GeneratorTraining
from tfdpgan.methods.mean_embedding.phase import MeanEmbeddingPhase
from tfdpgan.methods.mean_embedding.plan import MEAN_EMBEDDING
from tfdpgan.training.phase import PhasePlan


def phases(training: GeneratorTraining) -> list[PhasePlan]:
    """The release and the generator's steps on it."""
    config, stage = training.config, training.plan.stage(MEAN_EMBEDDING)
    if config.classifier_length_scales is not None and training.networks.features is None:
        raise ConfigError(
            f"--classifier_length_scales describes images by a classifier, and --pretrained={config.pretrained} kept "
            "none. Leave it out, or give --classifier_steps, here or where that was trained."
        )
    release_file = training.run_dir.checkpoints / MEAN_EMBEDDING / "release.npy"

    def make() -> MeanEmbeddingPhase:
        return MeanEmbeddingPhase(MEAN_EMBEDDING, config, training.dataset, training.networks, stage, release_file)

    return [PhasePlan(MEAN_EMBEDDING, make, stage)]
