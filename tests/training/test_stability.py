# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import math

import pytest
import tensorflow as tf

from tfdpgan.models import ImageShape, ModelConfig, build_generator
from tfdpgan.training.stability import SampleChange


def test_the_change_between_epochs_is_that_of_the_images():
    config = ModelConfig(architecture="fully_connected", generator_width=2, latent_dim=4)
    generator = build_generator(ImageShape(8, 8, 1, 3), config)
    bias = generator.stack.layers[-2].bias
    change, seen = SampleChange(generator, 3), []
    for step in range(12):
        if step in (4, 7):  # from about 0 to tanh(10), and back to -tanh(10)
            bias.assign(tf.fill(bias.shape, 10.0 if step == 4 else -10.0))
        seen.append(change.after_step(step))
    assert all(map(math.isnan, seen[:5]))
    assert seen[5] == seen[7] and 0.2 < seen[5] < 4
    assert seen[8] == pytest.approx(4, rel=0.05)
    assert seen[11] == 0
