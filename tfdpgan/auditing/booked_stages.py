# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The stages of a run as its settings make them again, for comparison with what its ledger booked."""

from __future__ import annotations

import dataclasses
from typing import Any

from tfdpgan.data.facts import DataFacts
from tfdpgan.methods.classifier.plan import make_classifier_plan
from tfdpgan.methods.classifier.settings import ClassifierConfig
from tfdpgan.methods.planning import stages_of
from tfdpgan.privacy.accounting import ledger_file
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.slimming import fine_tuning
from tfdpgan.slimming.slim_config import SlimRunConfig
from tfdpgan.training.plan import PrivateStage, dp_sgd_stage


def booked_stages(config: Any, facts: DataFacts, ledger: Ledger) -> tuple[PrivateStage, ...]:
    """The stages that a run's settings make, at the noise that the ledger names, as far as they were booked."""
    entries = ledger.to_json()["stages"]
    noises = dict.fromkeys(entry["parameters"]["noise_multiplier"] for entry in entries.values())
    best: tuple[PrivateStage, ...] = ()
    for noise in noises:  # which stage's was found for a budget, the settings do not say
        found = _stages_at(config, facts, noise)
        if all(
            entries.get(one.name, {}).get("parameters") == ledger_file.plain(one.mechanism.parameters) for one in found
        ):
            best = found
            break
        best = best or found
    return tuple(stage for stage in best if entries.get(stage.name, {}).get("booked_steps"))


def _stages_at(config: Any, facts: DataFacts, noise: float) -> tuple[PrivateStage, ...]:
    if isinstance(config, SlimRunConfig):
        return (
            dp_sgd_stage(
                fine_tuning.FINE_TUNING,
                _FineTuningSettings(config, facts.num_examples),
                noise,
                facts.num_examples,
                "discriminator steps of the fine-tuning",
            ),
        )
    config = dataclasses.replace(config, noise_multiplier=noise, target_epsilon=None)
    if isinstance(config, ClassifierConfig):
        return make_classifier_plan(config, facts.num_examples).stages
    return stages_of(config, noise, facts.num_examples)


class _FineTuningSettings:
    """What `dp_sgd_stage` reads of the settings of a fine-tuning, as `fine_tuning.training_config` resolves them."""

    microbatches = None
    per_layer_clipping = False
    automatic_clipping = False

    def __init__(self, config: SlimRunConfig, num_examples: int) -> None:
        self.l2_norm_clip = config.l2_norm_clip
        self.batch_size = config.batch_size or min(2048, max(1, num_examples // 6))
        self.steps = config.fine_tuning_steps
