# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""How a private phase draws its images, and which optimizer takes them: one image or one group at a time."""

from __future__ import annotations

from typing import Any

import tf_keras as keras

from tfdpgan.privacy.microbatches import GroupSampler
from tfdpgan.privacy.noise import GaussianNoise
from tfdpgan.privacy.optimizer import DPOptimizer, make_dp_optimizer
from tfdpgan.privacy.poisson import PoissonSampler
from tfdpgan.training.plan import PrivateStage


def make_sampler(config: Any, num_examples: int, stage: PrivateStage | None) -> PoissonSampler | GroupSampler:
    """The sampler of a phase, private (`stage`) or not, for resolved settings."""
    sampler = PoissonSampler(
        num_examples, config.batch_size, min(config.physical_batch_size, num_examples), seed=config.noise_seed
    )
    microbatch_size = 1 if stage is None else stage.parameters["microbatch_size"]
    return sampler if microbatch_size == 1 else GroupSampler(sampler, microbatch_size, config.noise_seed)


def leading_axes(sampler: PoissonSampler | GroupSampler) -> list[int | None]:
    """The dimensions of a draw's indices: [num_physical, physical], or [num_physical, groups, slots]."""
    return [None, sampler.physical_batch_size] if isinstance(sampler, PoissonSampler) else [None, None, None]


def make_private_optimizer(
    keras_optimizer_class: type[keras.optimizers.Optimizer], config: Any, stage: PrivateStage, noise: GaussianNoise,
    **settings: Any,
) -> DPOptimizer:
    """The private optimizer that does what `stage` promises; `settings` are the Keras optimizer's own."""
    return make_dp_optimizer(keras_optimizer_class)(
        l2_norm_clip=config.l2_norm_clip,
        noise_multiplier=stage.parameters["noise_multiplier"],
        expected_batch_size=config.batch_size,
        num_microbatches=config.microbatches,
        per_layer_clipping=config.per_layer_clipping,
        automatic_clipping=config.automatic_clipping,
        noise=noise,
        clipping_method=config.clipping_method,
        **settings,
    )
