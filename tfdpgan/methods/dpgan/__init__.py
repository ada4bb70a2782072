# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The GAN whose discriminator is trained by DP-SGD; a classifier and a mean embedding may come before it.

After it, the discriminator may be shaped for collaborative sampling (`shaping.py`).
"""

from tfdpgan.methods.dpgan import plan
from tfdpgan.methods.dpgan.settings import AdversarialConfig
from tfdpgan.methods.dpgan.shaping_settings import ShapingConfig, ShapingCostConfig
from tfdpgan.methods.method import Method
from tfdpgan.methods.steps_config import StepsConfig
from tfdpgan.models.model_config import DiscriminatorConfig
from tfdpgan.training.augmentation.settings import AugmentationConfig
from tfdpgan.training.prune_and_grow.settings import PruneAndGrowConfig

METHOD = Method(
    name="dpgan",
    stages=plan.stages,
    phases="tfdpgan.methods.dpgan.phases",
    settings=(
        AdversarialConfig,
        StepsConfig,
        AugmentationConfig,
        PruneAndGrowConfig,
        DiscriminatorConfig,
        ShapingCostConfig,
        ShapingConfig,
    ),
    planned=(ShapingCostConfig,),
    after=("pretrained", "classifier", "mean_embedding"),
    exclusive=("shaping_steps",),
    reads_batches=True,
    reviewed_by="the tfdpgan authors",
)
