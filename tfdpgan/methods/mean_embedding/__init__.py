# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A generator trained on one noised release of random-feature means; a classifier may describe the images first."""

from tfdpgan.methods.mean_embedding import plan
from tfdpgan.methods.mean_embedding.settings import WarmStartConfig
from tfdpgan.methods.method import Method

METHOD = Method(
    name="mean_embedding",
    stages=plan.stages,
    phases="tfdpgan.methods.mean_embedding.phases",
    settings=(WarmStartConfig,),
    after=("pretrained", "classifier"),
    withholds={"discriminator": "a mean embedding trains none"},
    is_asked=lambda config: bool(config.warm_start_steps),
    has_open_noise=lambda config: not config.warm_start_noise_multiplier,
    resolve=plan.resolve,
    num_steps=lambda config: config.warm_start_steps,
    reviewed_by="the tfdpgan authors",
)
