# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Private steps on as many virtual devices as argv[1] says, in a process of their own; prints what came out as JSON."""

import json
import sys

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.clipping.replicas import Replicas
from tfdpgan.privacy.mechanisms.noise import GaussianNoise
from tfdpgan.privacy.optimizers.dp_optimizer import DPKerasAdamOptimizer, DPKerasSGDOptimizer

SIDE = 8
NOISE, CLIP, BATCH = 1.5, 0.5, 40
SHAPES = [(5, 8), (1, 8), (0, 8), (3, 8), (2, 8)]  # physical batches of one draw after the other, some for no device


def devices(count):
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
    return [device.name for device in tf.config.list_logical_devices("CPU")]


def make_model():
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Conv2D(4, 3, activation="tanh", input_shape=(SIDE, SIDE, 1)), keras.layers.Flatten()]
    return keras.Sequential([*layers, keras.layers.Dense(3)])


def make_step(model, optimizer):
    def loss_fn(images, labels):
        return keras.losses.sparse_categorical_crossentropy(labels, model(images), from_logits=True)

    @tf.function(reduce_retracing=True)
    def step(images, labels, mask):
        optimizer.apply_gradients(optimizer.private_gradients(model, loss_fn, (images, labels), mask))

    return step


def draw(rng, axes):
    images = rng.normal(size=[*axes, SIDE, SIDE, 1]).astype(np.float32)
    return tf.constant(images), tf.constant(rng.integers(0, 3, axes)), tf.constant(rng.random(axes) < 0.8)


def weights_after(num_steps, replicas, groups=()):
    model, rng = make_model(), np.random.default_rng(0)
    microbatches = BATCH // groups[0] if groups else None
    step = make_step(model, DPKerasAdamOptimizer(CLIP, 0.0, BATCH, num_microbatches=microbatches, replicas=replicas))
    for index in range(num_steps):
        step(*draw(rng, (*SHAPES[index % len(SHAPES)], *groups)))
    return [weight.tolist() for weight in model.get_weights()]


def released_sums(num_steps, replicas):
    """What is released of draws that are empty on every device, times the batch: noise alone."""
    model = make_model()
    step = make_step(
        model, DPKerasSGDOptimizer(CLIP, NOISE, BATCH, noise=GaussianNoise(), replicas=replicas, learning_rate=1.0)
    )
    images, labels, mask = draw(np.random.default_rng(0), (4, 8))
    found = []
    for _ in range(num_steps):
        before = model.get_weights()
        step(images, labels, tf.zeros_like(mask))
        moved = zip(before, model.get_weights(), strict=True)
        found.append(np.concatenate([(old - new).ravel() * BATCH for old, new in moved]))
    return np.stack(found)


def main(count):
    names = devices(count)
    replicas = None if count == 1 else Replicas(names)
    return {
        "weights": weights_after(20, replicas),
        "in_groups": weights_after(4, replicas, groups=(2,)),
        "deviation": float(released_sums(100, replicas).std()),
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
