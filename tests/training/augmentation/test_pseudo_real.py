# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The share of pseudo-real images: how it moves."""

import pytest
import tensorflow as tf

from tfdpgan.training.augmentation.pseudo_real import PseudoReal


def test_it_grows_while_the_mean_sign_is_above_the_target_and_never_falls_below_zero():
    pseudo = PseudoReal(0.0, 0.6, 100)
    seen = []
    for step in range(16):
        pseudo.observe(tf.constant([1.0, 2.0, 3.0, 4.0, -1.0]) if step < 8 else tf.constant([1.0, -2.0]))
        pseudo.after_step(step)
        seen.append(pseudo.share)
    # The mean sign of the first eight batches is 0.6, not above it.
    assert seen == [0.0] * 16
    for step in range(8):
        pseudo.observe(tf.ones([10]))
        pseudo.after_step(step)
        seen.append(pseudo.share)
    pace = 100 * 4 / 500_000
    assert seen[-6:] == pytest.approx([0.0, pace, pace, pace, pace, 2 * pace], abs=1e-7)


def test_without_a_target_it_stays():
    pseudo = PseudoReal(0.3, None, 100)
    pseudo.after_step(3)
    assert pseudo.share == pytest.approx(0.3) and not pseudo.is_adaptive
