# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""No raw gradient gets past a private optimizer, and no private one gets past it twice."""

import copy

import numpy as np
import pytest
import tensorflow as tf

from tests.privacy.private_steps import flat, loss_of, make_data, make_model, make_optimizer, private_step
from tfdpgan.privacy.optimizers.private_gradients import PrivateGradients, UnprivatizedGradientsError


def test_its_own_gradients_are_applied_once():
    optimizer, model, private = private_step()
    before = flat(model.trainable_variables)
    optimizer.apply_gradients(private)
    np.testing.assert_allclose(flat(model.trainable_variables), before - flat(private.gradients), atol=1e-6)
    assert optimizer.iterations == 1
    with pytest.raises(UnprivatizedGradientsError, match="used up"):
        optimizer.apply_gradients(private)


@pytest.mark.parametrize(
    "forge",
    [
        lambda p: list(p.gradients),
        lambda p: zip(p.gradients, p.variables, strict=True),
        lambda p: list(zip(p.gradients, p.variables, strict=True)),
        lambda p: PrivateGradients(p.gradients, p.variables),
        lambda p: copy.copy(p),
        lambda p: [],
        lambda p: None,
    ],
)
def test_raw_and_forged_gradients_are_refused(forge):
    optimizer, model, private = private_step()
    before = flat(model.trainable_variables)
    with pytest.raises(UnprivatizedGradientsError):
        optimizer.apply_gradients(forge(private))
    np.testing.assert_array_equal(flat(model.trainable_variables), before)


def test_another_optimizers_gradients_are_refused():
    _, _, private = private_step()
    with pytest.raises(UnprivatizedGradientsError):
        make_optimizer().apply_gradients(private)


@pytest.mark.parametrize("attribute", ["_gradients", "_variables"])
def test_exchanged_tensors_are_refused(attribute):
    optimizer, _, private = private_step()
    setattr(private, attribute, tuple(tf.identity(tensor) for tensor in getattr(private, attribute)))
    with pytest.raises(UnprivatizedGradientsError, match="changed"):
        optimizer.apply_gradients(private)


def test_gradients_of_another_trace_are_refused():
    optimizer, model, private = private_step()
    with pytest.raises(UnprivatizedGradientsError, match="another trace"):
        tf.function(lambda: optimizer.apply_gradients(private))()

    leaked = []
    tf.function(lambda: leaked.append(private_step(optimizer, model)[2]))()
    with pytest.raises(UnprivatizedGradientsError, match="another trace"):
        optimizer.apply_gradients(leaked[0])


def test_a_loop_cannot_apply_one_release_many_times():
    optimizer, model = make_optimizer(), make_model()

    @tf.function
    def steps():
        _, _, private = private_step(optimizer, model)
        for _ in tf.range(3):
            optimizer.apply_gradients(private)

    with pytest.raises(UnprivatizedGradientsError, match="another trace"):
        steps()


def test_side_doors_are_closed():
    optimizer, model = make_optimizer(), make_model()
    variables, (x, y) = model.trainable_variables, make_data()
    optimizer.build(variables)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(loss_of(model)(x[0], y[0]))
    raw = tape.gradient(loss, variables)
    before = flat(variables)
    doors = [
        lambda: optimizer.minimize(lambda: loss, variables),
        lambda: optimizer.compute_gradients(lambda: loss, variables),
        lambda: optimizer.update_step(raw[0], variables[0]),
        lambda: optimizer._update_step(raw[0], variables[0]),
        lambda: optimizer._update_step_xla(raw[0], variables[0], 0),
        lambda: optimizer._internal_apply_gradients(list(zip(raw, variables, strict=True))),
    ]
    for door in doors:
        with pytest.raises(UnprivatizedGradientsError):
            door()
    np.testing.assert_array_equal(flat(variables), before)


def test_an_ordinary_model_cannot_fit_with_it():
    model, (x, y) = make_model(), make_data()
    model.compile(make_optimizer(noise_multiplier=1.0), "mse")
    with pytest.raises(UnprivatizedGradientsError, match="DPModel"):
        model.fit(x[0], y[0], verbose=0)


def test_the_door_is_shut_again_after_a_failed_step():
    optimizer, model = make_optimizer(), make_model()
    optimizer.build(make_model(seed=1).trainable_variables)
    with pytest.raises(KeyError):
        optimizer.apply_gradients(private_step(optimizer, model)[2])
    with pytest.raises(UnprivatizedGradientsError):
        optimizer.update_step(tf.zeros(1), model.trainable_variables[0])


def test_the_release_holds_nothing_but_noised_gradients():
    _, model, private = private_step()
    public = {name for name in dir(private) if not name.startswith("_")}
    assert public == {"gradients", "variables"}
    assert not hasattr(private, "__dict__")
    assert all(a is b for a, b in zip(private.variables, model.trainable_variables, strict=True))
