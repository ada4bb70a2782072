# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A classifier trained by DP-SGD: for itself, or first, so that a generator learns from it."""

from tfdpgan.methods.classifier import plan
from tfdpgan.methods.classifier.auxiliary_settings import AuxiliaryConfig
from tfdpgan.methods.method import Method

METHOD = Method(
    name="classifier",
    stages=plan.stages,
    phases="tfdpgan.methods.classifier.phases",
    settings=(AuxiliaryConfig,),
    releases="classifier",
    is_asked=lambda config: bool(config.classifier_steps),
    has_open_noise=lambda config: not config.classifier_noise_multiplier,
    reviewed_by="the tfdpgan authors",
)
