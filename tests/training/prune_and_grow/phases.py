# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A real phase of the GAN, small, that trains sparsely."""

import numpy as np

from tests.training.small import small_config, small_dataset
from tfdpgan.methods.dpgan.phase import GANPhase
from tfdpgan.methods.planning import make_plan
from tfdpgan.training.networks import Networks, image_shape

SPARSE = dict(prune_and_grow="generator", prune_warm_up_steps=2, prune_interval=3, prune_sparsity=0.37)
STEPS = dict(
    warm_start_steps=0, discriminator_steps=1, steps=14, architecture="fully_connected", discriminator_norm="none"
)  # group normalisation of two dense units would leave nothing to learn


def phase_of(digit_images, is_private=False, **settings):
    """A phase that is ready for its first step, and its networks."""
    dataset = small_dataset(digit_images)
    settings = {**STEPS, **settings}
    if not is_private:
        settings |= dict(public_data=True, noise_multiplier=None)
    plan = make_plan(small_config("unused", **settings), dataset.num_examples)
    networks = Networks(image_shape(dataset), plan.config)
    phase = GANPhase("dp_sgd", plan.config, dataset, networks, plan.stages[-1] if is_private else None)
    phase.prepare(None, 0)
    return phase, networks


def kernels(network):
    return [weight for weight in network.trainable_variables if weight.shape.rank >= 2]


def zeros(weights):
    return [int(np.sum(np.asarray(weight) == 0)) for weight in weights]


def is_dense(weights):
    """A regrown weight that has had no gradient yet, such as that of a class that was not drawn, is still zero."""
    return sum(zeros(weights)) < 0.02 * sum(np.size(weight) for weight in weights)


def asked(weights, share):
    return [int(share * np.size(weight) + 0.5) for weight in weights]
