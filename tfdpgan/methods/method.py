# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a row of METHODS says: how a method plans, what it comes after, and where its phases are."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from tfdpgan.training.plan import Descent, Note, PrivateStage


def _as_it_is(config: Any, num_examples: int) -> Any:
    del num_examples
    return config


@dataclasses.dataclass(frozen=True)
class Method:
    """A training method. Everything here is needed for planning, and loads no TensorFlow.

    Attributes:
        name: what `--method` calls it.
        stages: its private stages, given resolved settings, the noise multiplier of stages whose noise is open, and the
            number of images. Stages of the methods that it comes after are not among them.
        phases: name of the module with `phases(training) -> list[PhasePlan]` and, where the card needs more than the
            stages say, `card_facts(training) -> dict`. Loaded when training begins.
        settings: the classes of settings that it brings, beside those that all methods share.
        planned: those of its settings that decide its cost beside batch, steps and noise: what plan_privacy.py offers
            for it. None for a method that it does not plan.
        releases: "generator"; "classifier" for a method of the classifier's tool; "nothing" for what only comes before
            others.
        after: methods whose stages and phases come first, as far as `is_asked` says.
        defaults: what settings of the methods before it become where they were left open.
        exclusive: settings that are refused beside other methods, where they would be passed over.
        withholds: networks of a run by it that never leave the run, "discriminator" or "classifier", and why: half a
            sentence for whoever asks for one.
        reads_batches: whether a step is one of a discriminator on a batch of --batch_size images.
        is_asked: whether settings of a method that comes later ask for this one.
        has_open_noise: whether, by resolved settings, any own stage takes its noise from --noise_multiplier or
            --target_epsilon.
        resolve: fills in what the settings left open, from the number of images; ConfigError for what does not fit.
        num_steps: steps of its last phase, by resolved settings.
        descent: the run that settings start from, where the row has one: what it took, and what the plan says of it.
        notes: what to say of a stage of its own beside its epsilon, by resolved settings.
        can_be_timed: whether a few steps on made-up images tell how long its phases take.
        reviewed_by: who answers for it that its phases take from private images what its stages say, and nothing else.
            Leave it out of a method of your own: its ledger and card then say "as claimed by".
    """

    name: str
    stages: Callable[[Any, float, int], tuple[PrivateStage, ...]]
    phases: str
    settings: tuple[type, ...] = ()
    planned: tuple[type, ...] | None = None
    releases: str = "generator"
    after: tuple[str, ...] = ()
    exclusive: tuple[str, ...] = ()
    reads_batches: bool = False
    withholds: Mapping[str, str] = dataclasses.field(default_factory=dict)
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    is_asked: Callable[[Any], bool] = lambda config: False
    has_open_noise: Callable[[Any], bool] = lambda config: True
    resolve: Callable[[Any, int], Any] = _as_it_is
    num_steps: Callable[[Any], int] = lambda config: config.steps
    notes: Callable[[Any, PrivateStage], tuple[Note, ...]] = lambda config, stage: ()
    descent: Callable[[Any], Descent] | None = None
    can_be_timed: bool = True
    reviewed_by: str | None = None

    def load_phases(self) -> ModuleType:
        """The module that its row names; with TensorFlow: seconds."""
        return importlib.import_module(self.phases)
