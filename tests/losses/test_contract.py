# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What every row of LOSSES has in common with every other GAN loss, whatever its curve."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tfdpgan.losses import LOSSES, GANLoss

LOGITS = np.array([-100.0, -5.0, -2.0, -0.5, 0.0, 0.5, 2.0, 5.0, 100.0], np.float32)
CLEARLY_FAKE = LOGITS <= -2
METHODS = ("real", "generated", "generator")


def jacobian(method, logits):
    """Values `[n]`, and their derivatives `[n, n]` by every logit."""
    logits = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        values = method(logits)
    return values.numpy(), tape.jacobian(values, logits, unconnected_gradients="zero").numpy()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", LOSSES)
def test_each_example_has_one_finite_value_from_its_own_logit(name, method):
    loss = LOSSES[name]()
    assert isinstance(loss, GANLoss)
    values, derivatives = jacobian(getattr(loss, method), LOGITS)
    assert values.shape == LOGITS.shape and values.dtype == np.float32
    assert np.isfinite(values).all() and np.isfinite(derivatives).all()
    assert not (derivatives - np.diag(np.diag(derivatives))).any()
    alone = [float(getattr(loss, method)(tf.constant([logit]))[0]) for logit in LOGITS]
    np.testing.assert_allclose(values, alone, rtol=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_where_real_and_generated_get_the_same_logit_a_step_parts_them(name):
    """The discriminator's step moves the real logit by -real', the generated one by -generated': the gap grows."""
    loss = LOSSES[name]()
    real, generated = (np.diag(jacobian(method, LOGITS)[1]) for method in (loss.real, loss.generated))
    assert (generated - real > 0).all()


@pytest.mark.parametrize("name", LOSSES)
def test_the_generator_is_pulled_towards_real_where_its_images_are_clearly_fake(name):
    slopes = np.diag(jacobian(LOSSES[name]().generator, LOGITS)[1])
    assert (slopes[CLEARLY_FAKE] < 0).all()


@pytest.mark.parametrize("name", LOSSES)
def test_a_penalty_is_each_images_own_and_finite_and_there_where_the_row_says_so(name):
    loss = LOSSES[name]()
    real, generated = np.random.default_rng(0).normal(size=(2, 4, 3, 3, 1)).astype(np.float32)
    positions = np.array([0.0, 0.2, 0.5, 0.9], np.float32)

    def judge(images):
        return tf.reduce_sum(images**3, axis=[1, 2, 3])

    if not loss.has_penalty:
        with pytest.raises(NotImplementedError):
            loss.penalty(judge, real, generated, positions)
        return
    together = loss.penalty(judge, *map(tf.constant, (real, generated, positions))).numpy()
    assert together.shape == (4,) and np.isfinite(together).all()
    for row in range(4):
        own = (tf.constant(part[row : row + 1]) for part in (real, generated, positions))
        np.testing.assert_allclose(loss.penalty(judge, *own), together[row : row + 1], rtol=1e-5)


def test_the_names_are_read_without_tensorflow():
    script = (
        "import sys; from tfdpgan.config import choices_from;"
        "print(*choices_from('tfdpgan.losses:LOSSES').names, 'tensorflow' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.split() == [*LOSSES, "False"]
