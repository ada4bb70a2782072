# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A small bank, and batches of digits for it."""

import numpy as np
import tensorflow as tf

from tests.training.small import small_config
from tfdpgan.methods.gswgan.adam import Adam
from tfdpgan.methods.gswgan.bank import Batches, CriticBank
from tfdpgan.methods.gswgan.critic_spec import CriticSpec
from tfdpgan.models import ImageShape
from tfdpgan.privacy.mechanisms.shards import Shards

DIGITS = ImageShape(28, 28, 1, 10)
NUM_CRITICS = 6


def spec_of(kind="patch", **settings):
    return CriticSpec(DIGITS, kind=kind, width=4, **settings)


def bank_of(kind="patch", num_critics=NUM_CRITICS, **settings):
    return CriticBank(spec_of(kind, **settings), num_critics, seed=1, adam=Adam(1e-3))


def batches_of(digit_images, critics, num_steps=2, batch_size=3, num_critics=NUM_CRITICS):
    """Real digits of each critic's shard against noise; the same draws whatever the images are."""
    images, labels = digit_images
    rng = np.random.default_rng(0)
    positions = Shards(len(images), num_critics, seed=0).draw_positions(np.asarray(critics), num_steps, batch_size, rng)
    real = (images[positions][..., np.newaxis] / 127.5 - 1).astype(np.float32)
    generated = rng.uniform(-1, 1, real.shape).astype(np.float32)
    where = rng.random(positions.shape).astype(np.float32)
    return Batches(*map(tf.constant, (real, generated, labels[positions].astype(np.int32), where)))


def rows_of(bank):
    return {name: variable.numpy() for name, variable in bank.state.items()}


METHOD = dict(
    warm_start_steps=0,
    architecture="gswgan_dcgan",
    num_critics=NUM_CRITICS,
    images_per_round=4,
    critics_per_round=2,
    critic_steps=2,
    critic_warm_up_steps=4,
    critic_batch_size=4,
    critic_width=2,
    dpac_steps=2,
    dpac_generated=10,
    dpac_entry_round=2,
    steps=6,
    steps_per_block=2,
    noise_multiplier=1.5,
    samples_every=100,
)


def method_config(model_dir, method="gswgan", **changes):
    return small_config(model_dir, **METHOD | {"method": method} | changes)
