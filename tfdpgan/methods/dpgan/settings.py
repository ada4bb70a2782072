# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of the GAN's steps."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import SCHEDULES, Settings, setting


@dataclasses.dataclass(frozen=True)
class AdversarialConfig(Settings):
    """The GAN's steps, batches and learning rates."""

    batch_size: int | None = setting(
        None, "Expected size of the Poisson batch (default: a sixth of the images, at most 2048).", above=0
    )
    physical_batch_size: int = setting(
        256, "Images in memory at once: bounds memory, changes nothing else.", above=0, may_change=True
    )
    clip_generated: bool = setting(True, "Clip the gradients of generated images too (they never get noise).")
    num_generated: int | None = setting(
        None, "Generated images in each discriminator step (default: a quarter of the batch, 64 to 512).", above=0
    )
    epochs: float | None = setting(None, "Passes over the data in expectation. Give this or --steps.", above=0)
    optimizer: str = setting("adam", "Optimizer of both networks.", choices=("adam", "sgd"))
    learning_rate: float = setting(5e-4, "Learning rate of the discriminator.", above=0)
    generator_learning_rate: float = setting(1e-4, "Learning rate of the generator.", above=0)
    beta_1: float = setting(0.0, "Adam's decay of the mean, both networks.", at_least=0, below=1)
    beta_2: float = setting(0.99, "Adam's decay of the square, both networks.", at_least=0, below=1)
    learning_rate_schedule: str = setting("constant", "How both learning rates change over the run.", choices=SCHEDULES)
    final_learning_rate_fraction: float = setting(0.1, "Where the schedule ends, as a fraction of its start.", above=0)
    discriminator_steps: int = setting(
        3, "Discriminator steps for one generator step (n_D); where adaptive starts.", above=0
    )
    adaptive_discriminator_steps: bool = setting(
        False, "Raise n_D when the discriminator's accuracy on generated images falls (Bie et al. 2023)."
    )
    generator_batch_size: int = setting(256, "Generated images in a generator step.", above=0)
    reuse_generated: bool = setting(True, "Reuse the generated images between two generator steps.")
    classifier_weight: float = setting(
        0.1, "Weight of the loss of the --classifier_steps classifier in a generator step.", at_least=0
    )
