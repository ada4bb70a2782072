# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The private step does what the accountant assumes, with any Keras optimizer, and can be saved."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

import tfdpgan
from tests.privacy.private_steps import (
    CLIP,
    flat,
    full_mask,
    gradient,
    loss_of,
    make_data,
    make_model,
    make_optimizer,
    private_step,
    variance_is_accepted,
)
from tfdpgan.privacy.mechanisms.noise import GaussianNoise
from tfdpgan.privacy.optimizers.dp_optimizer import (
    DPKerasAdamOptimizer,
    DPKerasSGDOptimizer,
    GeneratedPart,
    make_dp_optimizer,
)


def clipped_by_loop(model, x, y, clip: float = CLIP) -> np.ndarray:
    """One clipped gradient per row, by a batch of one at a time."""
    rows = []
    for i in range(x.shape[0]):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(loss_of(model)(x[i : i + 1], y[i : i + 1]))
        row = flat(tape.gradient(loss, model.trainable_variables))
        rows.append(row * min(1.0, clip / np.linalg.norm(row)))
    return np.array(rows)


# The value of the gradient.


@pytest.mark.parametrize("in_graph", [False, True])
@pytest.mark.parametrize("clip_generated", [False, True])
def test_the_gradient_equals_a_batch_of_one_loop(in_graph, clip_generated):
    model, (x, y) = make_model(), make_data()
    (fake_x, fake_y) = (tensor[0] for tensor in make_data(1, 3, seed=1))
    mask = tf.constant([[True, True, False, True], [True, False, False, False]])
    optimizer = make_optimizer(expected_batch_size=5, clip_generated=clip_generated)

    def step():
        generated = GeneratedPart(loss_of(model), (fake_x, fake_y))
        return optimizer.private_gradients(model, loss_of(model), (x, y), mask, generated).gradients

    drawn = mask.numpy().ravel()
    real = clipped_by_loop(model, tf.reshape(x, [-1, 3]), tf.reshape(y, [-1]))[drawn].sum(axis=0) / 5
    fake = clipped_by_loop(model, fake_x, fake_y, CLIP if clip_generated else np.inf).mean(axis=0)
    measured = flat((tf.function(step) if in_graph else step)())
    np.testing.assert_allclose(measured, real + fake, rtol=1e-5, atol=1e-6)


def test_the_divisor_is_the_declared_constant():
    model, (x, y) = make_model(), make_data()
    few = tf.constant([[True, False, False, False], [False] * 4])
    for mask in (full_mask(x), few):
        by_8 = gradient(make_optimizer(expected_batch_size=8), model, (x, y), mask)
        by_2 = gradient(make_optimizer(expected_batch_size=2), model, (x, y), mask)
        np.testing.assert_allclose(by_2, 4 * by_8, rtol=1e-6)


@pytest.mark.parametrize("extra", [0.0, 1.0, 1e4, 1e30, float("nan"), float("inf")])
def test_one_more_example_moves_the_sum_by_at_most_the_clip_and_nothing_else(extra):
    model, (x, y) = make_model(), make_data()
    x = tf.tensor_scatter_nd_update(x, [[1, 3]], [[extra] * 3])
    y = tf.tensor_scatter_nd_update(y, [[1, 3]], [extra])
    without = tf.tensor_scatter_nd_update(full_mask(x), [[1, 3]], [False])
    fake = GeneratedPart(loss_of(model), tuple(tensor[0] for tensor in make_data(1, 3, seed=1)))
    optimizer = make_optimizer(expected_batch_size=8)
    difference = {
        part is None: gradient(optimizer, model, (x, y), full_mask(x), part)
        - gradient(optimizer, model, (x, y), without, part)
        for part in (None, fake)
    }
    assert np.linalg.norm(difference[True]) * 8 <= CLIP * (1 + 1e-5)
    # The generated part cancels, so it does not depend on the real examples.
    np.testing.assert_allclose(difference[True], difference[False], atol=1e-6)


def test_an_empty_draw_gives_pure_noise():
    model, (x, y) = make_model(hidden=500), make_data()
    empty = tf.zeros(x.shape[:2], tf.bool)
    np.testing.assert_array_equal(gradient(make_optimizer(), model, (x, y), empty), 0.0)
    noised = gradient(make_optimizer(noise_multiplier=2.0), model, (x, y), empty)
    assert variance_is_accepted(noised, 2.0 * CLIP / 8)


def test_the_number_of_physical_batches_may_change_without_retracing():
    model = make_model()
    optimizer = make_optimizer()
    x, y = make_data(num_physical=3)

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 4, 3]),
            tf.TensorSpec([None, 4]),
            tf.TensorSpec([None, 4], tf.bool),
        ]
    )
    def step(x, y, mask):
        return optimizer.private_gradients(model, loss_of(model), (x, y), mask).gradients

    parts = [flat(step(x[i : i + 1], y[i : i + 1], full_mask(x)[i : i + 1])) for i in range(3)]
    np.testing.assert_allclose(flat(step(x, y, full_mask(x))), sum(parts), rtol=1e-4, atol=1e-6)
    assert step.experimental_get_tracing_count() == 1


def test_equals_tf_privacy_at_zero_noise():
    tf_privacy = pytest.importorskip(
        "tensorflow_privacy.privacy.optimizers.dp_optimizer_keras", reason="TF Privacy is not installed"
    )
    model, (x, y) = make_model(), make_data(1, 8)
    theirs = tf_privacy.DPKerasSGDOptimizer(
        l2_norm_clip=CLIP, noise_multiplier=0.0, num_microbatches=8, learning_rate=1.0
    )
    with tf.GradientTape(persistent=True) as tape:
        loss = loss_of(model)(x[0], y[0])
    expected = flat(g for g, _ in theirs._compute_gradients(loss, model.trainable_variables, tape=tape))
    measured = gradient(make_optimizer(expected_batch_size=8), model, (x, y), full_mask(x))
    np.testing.assert_allclose(measured, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


# The noise, end to end.


@pytest.mark.parametrize(("variance_factor", "is_accepted"), [(1.0, True), (4 / 3, False), (2 / 3, False)])
def test_noise_variance_of_optimizer_steps(variance_factor, is_accepted):
    """Two steps from the same weights on the same data differ by their noise alone, of twice the variance."""
    model, (x, y) = make_model(hidden=1000), make_data()
    noise_multiplier, expected_batch_size = 1.7, 6.0
    optimizer = make_optimizer(
        noise_multiplier=noise_multiplier * np.sqrt(variance_factor), expected_batch_size=expected_batch_size
    )
    start = model.get_weights()

    @tf.function
    def step():
        optimizer.apply_gradients(optimizer.private_gradients(model, loss_of(model), (x, y), full_mask(x)))

    ends = []
    for _ in range(2):
        model.set_weights(start)
        step()
        ends.append(flat(model.trainable_variables))
    stated = noise_multiplier * CLIP / expected_batch_size
    assert variance_is_accepted(ends[1] - ends[0], np.sqrt(2) * stated) == is_accepted


def test_the_generated_part_gets_no_noise():
    model, (x, y) = make_model(hidden=1000), make_data()
    fake = GeneratedPart(loss_of(model), tuple(tensor[0] for tensor in make_data(1, 3, seed=1)))
    noised = [make_optimizer(noise_multiplier=1.0, noise=GaussianNoise(seed=5)) for _ in range(2)]
    parts = (None, fake)
    steps = [gradient(noised[i], model, (x, y), full_mask(x), part) for i, part in enumerate(parts)]
    exact = [gradient(make_optimizer(), model, (x, y), full_mask(x), part) for part in parts]
    np.testing.assert_allclose(steps[1] - steps[0], exact[1] - exact[0], atol=1e-6)


# Arguments.

POSITIVE = ("l2_norm_clip", "expected_batch_size")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, value) for name in POSITIVE for value in (0, -1, None, "8", True)],
        *[(name, float(value)) for name in (*POSITIVE, "noise_multiplier") for value in ("nan", "inf")],
        ("noise_multiplier", -0.1),
        ("num_microbatches", 0),
        ("num_microbatches", 3),
        ("num_microbatches", 16),
        ("clip_generated", 1),
        ("noise", 0),
        ("clipping_method", None),
        ("jit_compile", True),
    ],
)
def test_bad_arguments_are_refused(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be .*Received: {name}="):
        make_optimizer(**{name: value})


def test_the_constants_cannot_be_changed():
    optimizer = make_optimizer()
    for name in ("l2_norm_clip", "noise_multiplier", "expected_batch_size", "noise", "clip_generated"):
        with pytest.raises(AttributeError):
            setattr(optimizer, name, 1.0)


def test_microbatches_of_one_example_are_the_plain_step_and_larger_ones_need_groups():
    model, (x, y) = make_model(), make_data()
    plain = gradient(make_optimizer(), model, (x, y), full_mask(x))
    same = gradient(make_optimizer(num_microbatches=8), model, (x, y), full_mask(x))
    np.testing.assert_array_equal(same, plain)
    with pytest.raises(ValueError, match="assign_to_groups"):
        gradient(make_optimizer(num_microbatches=2), model, (x, y), full_mask(x))


def test_bad_batches_are_refused():
    optimizer, model, (x, y) = make_optimizer(), make_model(), make_data()
    mask = full_mask(x)
    bad = [([x, y], mask), ((), mask), ((x, y), None), ((x, y), tf.cast(mask, tf.float32))]
    for batches, bad_mask in bad:
        with pytest.raises(ValueError, match="Received"):
            optimizer.private_gradients(model, loss_of(model), batches, bad_mask)
    with pytest.raises(ValueError, match="mask"):
        optimizer.private_gradients(model, loss_of(model), (x[0], y[0]), mask[0])


def test_the_number_of_generated_examples_is_a_constant_of_the_trace():
    optimizer, model, (x, y) = make_optimizer(), make_model(), make_data()

    @tf.function(input_signature=[tf.TensorSpec([None, 3]), tf.TensorSpec([None])])
    def step(fake_x, fake_y):
        generated = GeneratedPart(loss_of(model), (fake_x, fake_y))
        return optimizer.private_gradients(model, loss_of(model), (x, y), full_mask(x), generated).gradients

    with pytest.raises(ValueError, match="known at tracing"):
        step(x[0], y[0])
    for inputs in [(), (tf.zeros([0, 3]), tf.zeros([0])), (tf.zeros([2, 3]), tf.zeros([3]))]:
        with pytest.raises(ValueError, match="first dimension"):
            gradient(optimizer, model, (x, y), full_mask(x), GeneratedPart(loss_of(model), inputs))


def test_mixing_layers_and_unbuilt_models_are_refused():
    x, y = make_data()
    layers = [keras.layers.Dense(2), keras.layers.BatchNormalization(), keras.layers.Dense(1)]
    mixing = keras.Sequential(layers)
    mixing.build((None, 3))
    with pytest.raises(ValueError, match="mixes the examples"):
        gradient(make_optimizer(), mixing, (x, y), full_mask(x))
    with pytest.raises(ValueError, match="no trainable variables"):
        gradient(make_optimizer(), keras.Sequential([keras.layers.Dense(1)]), (x, y), full_mask(x))


TWO_REPLICAS = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from tests.privacy.private_steps import make_model, make_optimizer, private_step
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    optimizer, model = make_optimizer(), make_model()
try:
    strategy.run(lambda: private_step(optimizer, model)[0].iterations)
except ValueError as error:
    print(error)
"""


def test_several_replicas_are_refused():
    root = pathlib.Path(tfdpgan.__file__).parents[1]
    environment = os.environ | {"PYTHONPATH": str(root), "TF_USE_LEGACY_KERAS": "1"}
    result = subprocess.run(
        [sys.executable, "-c", TWO_REPLICAS],
        cwd=pathlib.Path(__file__).parent, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert "one replica. Received: 2" in result.stdout, result.stderr


@pytest.mark.parametrize("bad", [keras.optimizers.legacy.SGD, DPKerasSGDOptimizer, "sgd", None])
def test_the_factory_refuses_what_it_cannot_wrap(bad):
    with pytest.raises(ValueError, match="keras_optimizer_class"):
        make_dp_optimizer(bad)


@pytest.mark.parametrize(
    "name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Lion", "Ftrl"]
)
def test_every_keras_optimizer_is_wrapped_and_applies_the_same_update(name):
    keras_class = getattr(keras.optimizers, name)
    dp_class = make_dp_optimizer(keras_class)
    assert dp_class.__name__ == f"DPKeras{name}Optimizer"
    assert dp_class is make_dp_optimizer(keras_class)
    model = make_model()
    start = model.get_weights()
    optimizer = make_optimizer(dp_class, learning_rate=0.1)
    _, _, private = private_step(optimizer, model)
    gradients = [tf.identity(g) for g in private.gradients]
    optimizer.apply_gradients(private)
    ours = flat(model.trainable_variables)
    model.set_weights(start)
    keras_class(learning_rate=0.1).apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    np.testing.assert_allclose(ours, flat(model.trainable_variables), rtol=1e-6, atol=1e-7)


def test_is_private_needs_noise_that_nobody_knows():
    assert make_optimizer(noise_multiplier=1.0).is_private
    assert not make_optimizer(noise_multiplier=0.0).is_private
    assert not make_optimizer(noise_multiplier=1.0, noise=GaussianNoise(seed=0)).is_private


# Saving.


def test_config_round_trip():
    optimizer = make_optimizer(
        DPKerasAdamOptimizer, noise_multiplier=1.1, num_microbatches=4, clip_generated=False, beta_1=0.5
    )
    config = optimizer.get_config()
    assert type(optimizer).from_config(config).get_config() == config
    revived = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert type(revived) is DPKerasAdamOptimizer
    assert revived.get_config() == config
    assert revived.is_private


def test_config_keeps_a_learning_rate_schedule():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    optimizer = make_optimizer(learning_rate=schedule)
    revived = DPKerasSGDOptimizer.from_config(optimizer.get_config())
    assert revived.get_config()["learning_rate"] == optimizer.get_config()["learning_rate"]


def test_a_checkpoint_restores_the_slots_and_never_the_noise(tmp_path):
    model = make_model()
    optimizer = make_optimizer(DPKerasAdamOptimizer, noise_multiplier=1.0, learning_rate=0.1)
    x, y = make_data()

    @tf.function
    def step():
        private = optimizer.private_gradients(model, loss_of(model), (x, y), full_mask(x))
        optimizer.apply_gradients(private)
        return private.gradients

    class Run(tf.Module):
        def __init__(self):
            super().__init__()
            self.optimizer, self.model, self.noise, self.step_fn = optimizer, model, optimizer.noise, step

    step()
    checkpoint = tf.train.Checkpoint(run=Run(), optimizer=optimizer, model=model)
    path = checkpoint.save(str(tmp_path / "checkpoint"))
    saved = [variable.numpy() for variable in optimizer.variables]
    after = flat(step())
    checkpoint.restore(path).assert_consumed()
    for variable, value in zip(optimizer.variables, saved, strict=True):
        np.testing.assert_array_equal(variable, value)
    again = flat(step())
    # The weights are the same as before, so the steps would be equal if the noise were replayed.
    assert np.mean(after == again) < 0.01
    assert any(np.any(value != 0) for value in saved[2:])

    other_model = make_model(seed=9)
    other = make_optimizer(DPKerasAdamOptimizer, noise_multiplier=1.0, learning_rate=0.1)
    other.build(other_model.trainable_variables)
    tf.train.Checkpoint(optimizer=other, model=other_model).restore(path).expect_partial()
    for variable, value in zip(other.variables, saved, strict=True):
        np.testing.assert_array_equal(variable, value)
