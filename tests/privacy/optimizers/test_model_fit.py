# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Model.fit takes the same private steps as a loop by hand, and reports nothing about the drawn examples."""

import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

import tfdpgan
from tfdpgan.privacy.mechanisms.noise import GaussianNoise
from tfdpgan.privacy.mechanisms.poisson import PoissonSampler
from tfdpgan.privacy.optimizers.dp_optimizer import DPKerasAdamOptimizer, DPKerasSGDOptimizer
from tfdpgan.privacy.optimizers.model_fit import DPModel, DPSequential, PrivateFit, poisson_dataset

N, EXPECTED, PHYSICAL = 40, 10, 4


def make_data(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(N, 3)).astype(np.float32), rng.integers(0, 2, N)


def make_optimizer(**kwargs):
    defaults = {"noise_multiplier": 1.0, "noise": GaussianNoise(seed=0), "learning_rate": 0.5}
    return DPKerasSGDOptimizer(l2_norm_clip=1.0, expected_batch_size=EXPECTED, **(defaults | kwargs))


def make_dataset(physical: int = PHYSICAL) -> tf.data.Dataset:
    return poisson_dataset(*make_data(), PoissonSampler(N, EXPECTED, physical, seed=1))


def sequential() -> PrivateFit:
    return DPSequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(2)])


def functional() -> PrivateFit:
    inputs = keras.Input((3,))
    return DPModel(inputs, keras.layers.Dense(2)(inputs))


def subclassed() -> PrivateFit:
    class Net(DPModel):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(2)

        def call(self, x):
            return self.dense(x)

    return Net()


CROSS_ENTROPY = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.mark.parametrize(
    ("make_model", "steps_per_execution"),
    [(sequential, 1), (sequential, 2), (functional, 1), (subclassed, 1)],
)
def test_fit_takes_the_steps_of_a_loop_by_hand(make_model, steps_per_execution):
    model = make_model()
    model(tf.zeros([1, 3]))
    start = model.get_weights()
    model.compile(make_optimizer(), CROSS_ENTROPY, steps_per_execution=steps_per_execution)
    model.fit(make_dataset(), steps_per_epoch=4, epochs=1, verbose=0)
    fitted = model.get_weights()

    model.set_weights(start)
    optimizer, (x, y) = make_optimizer(), make_data()
    sampler = PoissonSampler(N, EXPECTED, PHYSICAL, seed=1)

    def loss_fn(images, labels):
        return keras.losses.sparse_categorical_crossentropy(labels, model(images), from_logits=True)

    for step in range(4):
        batch = sampler.draw(step)
        real = tf.constant(x[batch.indices]), tf.constant(y[batch.indices])
        private = optimizer.private_gradients(model, loss_fn, real, tf.constant(batch.mask))
        optimizer.apply_gradients(private)
    for ours, by_hand in zip(fitted, model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, by_hand, rtol=1e-4, atol=1e-5)


def test_a_functional_model_leaves_the_class_fit_for_subclassing():
    assert isinstance(functional(), PrivateFit)
    assert subclassed()(tf.zeros([1, 3])).shape == (1, 2)


def test_an_unbuilt_model_is_built_by_fit():
    model = sequential()
    model.compile(make_optimizer(), CROSS_ENTROPY)
    model.fit(make_dataset(), steps_per_epoch=2, verbose=0)
    assert model.optimizer.iterations == 2


def test_metrics_are_reported_for_validation_data_only():
    model = sequential()
    model.compile(make_optimizer(), CROSS_ENTROPY, ["accuracy"])
    history = model.fit(make_dataset(), steps_per_epoch=2, epochs=2, validation_data=make_data(1), verbose=0)
    assert set(history.history) == {"learning_rate", "val_loss", "val_accuracy"}
    assert set(model.train_on_batch(*next(iter(make_dataset())), return_dict=True)) == {"learning_rate"}


@pytest.mark.parametrize("shape", [(N,), (N, 1)])
@pytest.mark.parametrize("output_shape", [(), (1,)])
def test_labels_never_broadcast_to_other_examples(shape, output_shape):
    """[batch] against [batch, 1] is all pairs, unless the shapes are aligned first."""
    x, y = make_data()
    inputs = keras.Input((3,))
    outputs = keras.layers.Reshape(output_shape)(keras.layers.Dense(1)(inputs))
    weights = []
    for physical in (1, 64):  # batches of one cannot mix
        model = DPModel(inputs, outputs)
        model.set_weights([np.ones((3, 1)), np.zeros(1)])
        model.compile(make_optimizer(noise_multiplier=0.0), "mse")
        sampler = PoissonSampler(N, EXPECTED, physical, seed=1)
        labels = y.reshape(shape).astype(np.float32)
        model.fit(poisson_dataset(x, labels, sampler), steps_per_epoch=1, verbose=0)
        weights.append(model.get_weights())
    for alone, together in zip(*weights, strict=True):
        np.testing.assert_allclose(alone, together, rtol=1e-4, atol=1e-5)


def test_ordinary_training_data_is_refused():
    model = functional()
    model.compile(make_optimizer(), CROSS_ENTROPY)
    x, y = make_data()
    for arguments in ({}, {"sample_weight": np.ones(N)}, {"class_weight": {0: 1.0, 1: 2.0}}):
        with pytest.raises(ValueError, match="poisson_dataset"):
            model.fit(x, y, verbose=0, **arguments)
    assert model.optimizer.iterations == 0


def test_losses_of_the_model_itself_are_refused():
    for regularized in ("kernel_regularizer", "activity_regularizer"):
        model = DPSequential([keras.layers.Dense(2, **{regularized: "l2"})])
        model.compile(make_optimizer(), CROSS_ENTROPY)
        with pytest.raises(ValueError, match="losses of its own"):
            model.fit(make_dataset(), steps_per_epoch=1, verbose=0)


def test_batch_norm_is_refused():
    model = DPSequential([keras.layers.Dense(2), keras.layers.BatchNormalization()])
    model.compile(make_optimizer(), CROSS_ENTROPY)
    with pytest.raises(ValueError, match="mixes the examples"):
        model.fit(make_dataset(), steps_per_epoch=1, verbose=0)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"optimizer": "sgd", "loss": "mse"}, "optimizer"),
        ({"optimizer": keras.optimizers.SGD(), "loss": "mse"}, "optimizer"),
        ({"loss": ["mse"]}, "loss"),
        ({"loss": None}, "loss"),
        ({"loss": "mse", "loss_weights": [1.0]}, "loss_weights"),
        ({"loss": "mse", "jit_compile": True}, "jit_compile"),
    ],
)
def test_bad_compile_arguments_are_refused(arguments, named):
    with pytest.raises(ValueError, match=f"{named}.*") as caught:
        sequential().compile(**({"optimizer": make_optimizer()} | arguments))
    assert "Received" in str(caught.value)


def test_the_dataset_is_the_samplers_draws():
    x, y = make_data()
    sampler = PoissonSampler(N, EXPECTED, PHYSICAL, seed=1)
    for step, (images, labels, mask) in enumerate(poisson_dataset(x, y, sampler).take(5)):
        batch = sampler.draw(step)
        np.testing.assert_array_equal(mask, batch.mask)
        np.testing.assert_array_equal(images, x[batch.indices])
        np.testing.assert_array_equal(labels, y[batch.indices])


def test_lengths_must_agree():
    x, y = make_data()
    for arguments in ((x[1:], y), (x, y[1:]), (x[1:], y[1:])):
        with pytest.raises(ValueError, match="Received: "):
            poisson_dataset(*arguments, PoissonSampler(N, EXPECTED, PHYSICAL))


def test_a_compiled_model_is_saved_and_loaded(tmp_path):
    model = functional()
    optimizer = DPKerasAdamOptimizer(l2_norm_clip=1.0, noise_multiplier=1.0, expected_batch_size=EXPECTED)
    model.compile(optimizer, CROSS_ENTROPY)
    model.fit(make_dataset(), steps_per_epoch=2, verbose=0)
    model.save_weights(str(tmp_path / "weights"))
    slots = [variable.numpy() for variable in model.optimizer.variables]
    revived = functional()
    revived.compile(type(model.optimizer).from_config(model.optimizer.get_config()), CROSS_ENTROPY)
    revived.optimizer.build(revived.trainable_variables)
    revived.load_weights(str(tmp_path / "weights"))
    for variable, value in zip(revived.optimizer.variables, slots, strict=True):
        np.testing.assert_array_equal(variable, value)
    for ours, theirs in zip(revived.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_page_about_the_optimizer_runs(capsys):
    page = Path(tfdpgan.__file__).parents[1] / "docs" / "optimizer.md"
    blocks = re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 4
    names: dict = {}
    for block in blocks:
        exec(compile(block, str(page), "exec"), names)
    output = capsys.readouterr().out
    assert "epsilon" in output
    # Far above the 10 % of guessing, in both ways of training.
    assert all(accuracy > 0.5 for accuracy in (names["accuracy_of_fit"], names["accuracy_of_loop"]))
