# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A training that is real in every part and small in every size."""

from tfdpgan import data
from tfdpgan.methods.train_config import TrainConfig

SETTINGS = dict(
    noise_multiplier=1.3,
    warm_start_steps=4,
    num_frequencies=16,
    warm_start_batch_size=20,
    generator_width=4,
    discriminator_width=2,
    latent_dim=4,
    batch_size=30,
    physical_batch_size=16,
    num_generated=8,
    steps=12,
    generator_batch_size=8,
    steps_per_block=3,
    samples_every=5,
    discriminator_steps=2,
)


def small_config(model_dir, **changes) -> TrainConfig:
    return TrainConfig(model_dir=str(model_dir), **{**SETTINGS, **changes})


def small_dataset(digit_images):
    images, labels = digit_images
    return data.dataset_from_arrays(images, labels, tuple("0123456789"))


def as_flags(**changes) -> list[str]:
    settings = {**SETTINGS, **changes}
    return [f"--{name}={value}" for name, value in settings.items() if value is not None]
