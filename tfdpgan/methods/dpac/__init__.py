# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""DP-GAN-DPAC (2023): GS-WGAN with an auxiliary classifier, for both utilities.

The rounds are GS-WGAN's, its settings and resolutions too. The published program clips and noises the gradients of the
critic and of the classifier apart and charges one of them; here the two losses have one gradient, sanitised once.
"""

from tfdpgan.methods.dpac import plan
from tfdpgan.methods.dpac.settings import FreshStartConfig, ShardClassifierConfig
from tfdpgan.methods.gswgan import WITHHELD_CRITICS
from tfdpgan.methods.gswgan.plan import notes
from tfdpgan.methods.method import Method
from tfdpgan.methods.steps_config import StepsConfig

METHOD = Method(
    name="dpac",
    stages=plan.stages,
    phases="tfdpgan.methods.dpac.phases",
    settings=(FreshStartConfig, ShardClassifierConfig, StepsConfig),
    planned=(FreshStartConfig,),
    # The last for its settings: it asks for no rounds of their own.
    after=("pretrained", "classifier", "mean_embedding", "gswgan"),
    withholds={
        "discriminator": WITHHELD_CRITICS,
        "classifier": "its classifiers were trained on private images without noise, so they stay in private/",
    },
    defaults={"warm_start_steps": 0},
    resolve=plan.resolve,
    notes=notes,
    can_be_timed=False,  # a bank of critics would be made for it
    reviewed_by="the tfdpgan authors",
)
