# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""GS-WGAN (Chen, Orekondy and Fritz 2020): private critics on shards, and sanitised gradients of generated images.

Where we differ from the published program, for the sake of the proof: critics learn by a public rotation, not when they
are drawn; every image draws a critic of its own, which is what the published accounting charges; generated images are
made with public labels; the neighbouring data has one image replaced, since a shard has a public size. For the sake of
two cores: small critics on patches by default, and a warm-up against the generator as it is then. Latents are normal.
In no paper: --warm_start_steps lets a mean embedding teach the generator first, and the critics refine it.
"""

from tfdpgan.methods.gswgan import plan
from tfdpgan.methods.gswgan.settings import CriticConfig, ShardConfig
from tfdpgan.methods.method import Method
from tfdpgan.methods.steps_config import StepsConfig
from tfdpgan.training.prune_and_grow.settings import PruneAndGrowConfig

WITHHELD_CRITICS = (
    "its critics were trained on private images without noise, so they stay in private/ and judge nothing that leaves "
    "the run"
)

METHOD = Method(
    name="gswgan",
    stages=plan.stages,
    phases="tfdpgan.methods.gswgan.phases",
    settings=(ShardConfig, CriticConfig, StepsConfig, PruneAndGrowConfig),
    planned=(ShardConfig,),
    after=("pretrained", "classifier", "mean_embedding"),
    withholds={"discriminator": WITHHELD_CRITICS},
    defaults={"warm_start_steps": 0},
    resolve=plan.resolve,
    notes=plan.notes,
    can_be_timed=False,  # a bank of critics would be made for it
    reviewed_by="the tfdpgan authors",
)
