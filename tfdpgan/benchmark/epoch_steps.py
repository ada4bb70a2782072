# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The 2020 seed's epoch by the training's own code: python -m tfdpgan.benchmark.epoch_steps CANDIDATE BATCH

One step is one discriminator step on a Poisson batch of 60 000 images and as many generated ones, and one generator
step: what `train_dpgan.py --architecture=dcgan2020 --discriminator_norm=none` does between two checkpoints. The
images are noise of MNIST's size; no private data is read.
"""

from __future__ import annotations

import itertools
import sys
from typing import Any

import numpy as np
import tensorflow as tf

from tfdpgan.benchmark.step_worker import Step, serve
from tfdpgan.data import dataset_from_arrays
from tfdpgan.methods.dpgan.phase import GANPhase
from tfdpgan.methods.planning import make_plan
from tfdpgan.methods.train_config import TrainConfig
from tfdpgan.training.networks import Networks, image_shape

NUM_IMAGES = 60_000
WARM_UP_STEPS = 5  # a Poisson batch may take one or two physical batches: let both be traced
_SIDE = 28
_NOISE_MULTIPLIER = 1.3
_DEVIATIONS_OF_SLACK = 4


def epoch_config(is_private: bool, batch_size: int, **changes: Any) -> TrainConfig:
    """The 2020 seed's settings: SGD from 0.15, as many generated images as real ones, n_D 1, cross-entropy."""
    settings = dict(
        architecture="dcgan2020",
        discriminator_norm="none",
        conditional=False,
        loss="bce",
        optimizer="sgd",
        learning_rate=0.15,
        generator_learning_rate=0.15,
        batch_size=batch_size,
        num_generated=batch_size,
        generator_batch_size=batch_size,
        discriminator_steps=1,
        epochs=1,
        warm_start_steps=0,
        physical_batch_size=round(batch_size + _DEVIATIONS_OF_SLACK * batch_size**0.5),
        noise_multiplier=_NOISE_MULTIPLIER if is_private else None,
        non_private=not is_private,
        accountant="rdp",  # the faster one: no epsilon is reported here
    )
    return TrainConfig(**{**settings, **changes})


def make_phase(config: TrainConfig, num_images: int = NUM_IMAGES) -> GANPhase:
    """The GAN phase of `config`, ready for its first step."""
    pixels = np.random.default_rng(0).integers(0, 256, (num_images, _SIDE, _SIDE), dtype=np.uint8)
    dataset = dataset_from_arrays(pixels)
    plan = make_plan(config, num_images)
    networks = Networks(image_shape(dataset), plan.config)
    phase = GANPhase("epoch", plan.config, dataset, networks, plan.stages[-1] if plan.stages else None)
    phase.prepare(None, 0)  # a GAN phase leaves the ledger to the loop, and there is none here
    return phase


def _prepare(candidate: str, batch_size: int) -> tuple[Step, dict[str, Any]]:
    phase = make_phase(epoch_config(candidate == "private_epoch", batch_size))
    numbers = itertools.count()
    return lambda: phase.step(next(numbers)), {"framework": f"tensorflow {tf.__version__}"}


if __name__ == "__main__":
    serve(lambda: _prepare(sys.argv[1], int(sys.argv[2])), WARM_UP_STEPS)
