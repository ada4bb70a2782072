# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a start from another run changes in a plan: nothing where that is public, else its cost is added.

Needs no TensorFlow.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from tfdpgan.config import ConfigError
from tfdpgan.methods.pretrained.ancestor import Ancestor
from tfdpgan.privacy import accounting
from tfdpgan.run import RunDirectory
from tfdpgan.training.plan import Descent, Note

_LENGTH_SCALES = "0.15,0.5"  # on the hidden layers of a classifier: those of configs/mnist_epsilon10.cfg


def resolve(config: Any, num_examples: int) -> Any:
    """Lets the mean embedding describe images by the classifier of the other run, where it is free to."""
    del num_examples
    if config.pretrained is None:
        for name in ("pretrained_is_public", "pretrained_licence"):
            if getattr(config, name):
                raise ConfigError(f"--{name} speaks of the run that --pretrained names: give both, or leave it out.")
        return config
    is_open = config.classifier_length_scales is None and not config.classifier_steps and config.warm_start_steps != 0
    if is_open and RunDirectory(config.pretrained).auxiliary_classifier.is_dir():
        return dataclasses.replace(config, classifier_length_scales=_LENGTH_SCALES)
    return config


def descent(config: Any) -> Descent:
    """What the other run took from images that nobody states to be public, and what the plan says of it.

    Raises:
        ValueError: as `Ancestor.open`; ConfigError for a budget that the other run alone has spent.
    """
    ancestor = Ancestor.open(config)
    spent = 0.0 if ancestor.is_public else accounting.epsilon(ancestor.event, config.delta, config.accountant)
    if config.target_epsilon is not None and spent >= config.target_epsilon:
        raise ConfigError(
            f"--target_epsilon={config.target_epsilon:g} is for this training and the run that it starts from "
            f"together, and {config.pretrained} has spent it already. Give a larger budget, or state with "
            "--pretrained_is_public that its images are public."
        )
    price = "costs nothing" if ancestor.is_public else "what that cost is counted, as if it had read the same images"
    return Descent(ancestor.event, Note("epsilon_of_pretrained", spent, f"{ancestor.sentence} ({price})"))
