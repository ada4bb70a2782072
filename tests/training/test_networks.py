# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What happens between the generator's optimizer and its average."""

import numpy as np
import tf_keras as keras

from tests.training.small import small_config
from tfdpgan.methods.planning import make_plan
from tfdpgan.models import ImageShape
from tfdpgan.training.networks import Networks


def test_a_hook_sees_the_weights_after_the_optimizer_and_the_average_follows_it():
    config = make_plan(small_config("unused", ema_decay=0.0), 120).config
    networks = Networks(ImageShape(28, 28, 1, 10), config)
    first = networks.generator.trainable_variables[0]
    before, seen = first.numpy(), []

    def mask() -> None:
        seen.append(first.numpy())
        first.assign(first * 0.0)

    networks.generator_hooks.append(mask)
    optimizer = keras.optimizers.SGD(0.1)
    gradients = [np.ones(variable.shape, np.float32) for variable in networks.generator.trainable_variables]
    networks.apply_to_generator(optimizer, gradients)
    np.testing.assert_allclose(seen[0], before - 0.1, rtol=1e-5)
    assert not first.numpy().any()
    assert not networks.averaged.model.trainable_variables[0].numpy().any(), "the average is of what the hook left"
