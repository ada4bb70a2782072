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
from tfdpgan.models import ModelConfig
from tfdpgan.privacy.accounting import ledger_file
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.slimming import fine_tuning
from tfdpgan.slimming.slim_config import SlimRunConfig
from tfdpgan.training.plan import PrivateStage


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
        tuning = fine_tuning.training_config(config, ModelConfig(), facts.num_examples)  # which networks costs nothing
        return (fine_tuning.stage_at(tuning, noise, facts.num_examples),)
    config = dataclasses.replace(config, noise_multiplier=noise, target_epsilon=None)
    if isinstance(config, ClassifierConfig):
        return make_classifier_plan(config, facts.num_examples).stages
    return stages_of(config, noise, facts.num_examples)
