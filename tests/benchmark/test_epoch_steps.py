# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The epoch that is timed is the one that a training runs."""

import pytest

from tfdpgan.benchmark.epoch_steps import epoch_config, make_phase
from tfdpgan.training.update import PlainUpdate, PrivateUpdate


@pytest.mark.parametrize(("is_private", "kind"), [(True, PrivateUpdate), (False, PlainUpdate)])
def test_a_phase_of_the_training_moves_both_networks(is_private, kind):
    config = epoch_config(is_private, batch_size=4, generator_width=4, discriminator_width=2, latent_dim=4)
    phase = make_phase(config, num_images=12)
    assert isinstance(phase._update, kind) and phase.num_steps == 3
    metrics = [phase.step(step) for step in range(2)]
    losses = [each["generator_loss"] for each in metrics]
    assert losses[0] != losses[1], "one generator step follows every discriminator step"


def test_the_settings_are_the_papers():
    config = epoch_config(True, 120)
    assert (config.batch_size, config.num_generated, config.discriminator_steps) == (120, 120, 1)
    assert (config.optimizer, config.learning_rate, config.discriminator_norm) == ("sgd", 0.15, "none")
