# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Lottery tickets: what is rewound, what stays zero, and what is counted."""

import numpy as np
import pytest

from tests.training.prune_and_grow.phases import asked, kernels, phase_of, zeros
from tfdpgan.training.prune_and_grow.flops import training_flops

TICKET = dict(lottery_rounds=2, lottery_share=0.2, lottery_rewind_step=1, steps=14)


def test_rounds_prune_more_and_rewind_what_is_left(digit_images):
    phase, networks = phase_of(digit_images, beta_1=0.9, **TICKET)
    weights, start = kernels(networks.generator), None
    of_discriminator = networks.discriminator.trainable_variables[0]
    for step in range(14):
        if step == 1:
            start, judge = [weight.numpy() for weight in weights], of_discriminator.numpy()
        if step in (4, 8):
            trained = [weight.numpy() for weight in weights]
            assert phase._sparse.begin(step), "networks are replaced"
            for weight, found, first in zip(weights, trained, start, strict=True):
                gone = weight.numpy() == 0
                np.testing.assert_array_equal(weight.numpy()[~gone], first[~gone])
                assert np.abs(found)[gone].max() <= np.abs(found)[~gone].min(), "by what was trained, not by the start"
            np.testing.assert_array_equal(of_discriminator.numpy(), judge)
            assert int(phase._generator_optimizer.iterations) == 1
        reported = phase.step(step)
        share = [0.0, 0.2, 0.36, 0.36][step // 4]
        assert zeros(weights) == asked(weights, share)
        assert zeros(kernels(networks.averaged.model)) == asked(weights, share)
        assert reported["sparsity"] == pytest.approx(share)


def test_what_is_gone_stays_gone(digit_images):
    phase, networks = phase_of(digit_images, **TICKET)
    weights, seen = kernels(networks.generator), []
    for step in range(14):
        phase.step(step)
        seen.append(np.concatenate([np.ravel(weight == 0) for weight in weights]))
    assert all((later >= earlier).all() for earlier, later in zip(seen, seen[1:], strict=False))


def test_flops_are_those_of_a_sum_over_steps_that_is_written_out(digit_images):
    for settings, zeros_of in (
        (TICKET, lambda step: [0.0, 0.2, 0.36, 0.36][step // 4]),
        (
            dict(prune_and_grow="generator", prune_warm_up_steps=2, prune_interval=3, prune_sparsity=0.5, steps=14),
            lambda step: 0.5 * ("wwSSSdddSSSddd"[step] == "S"),
        ),
    ):
        phase, networks = phase_of(digit_images, discriminator_steps=2, **settings)
        macs = [
            sum(np.prod(weight.shape) for weight in kernels(network))
            for network in (networks.generator, networks.discriminator)
        ]
        whole = left = judge = 0.0
        for step in range(14):  # 30 real and 8 generated images in a discriminator's step, 8 in the generator's
            judge += 2 * 3 * macs[1] * 38
            if step % 2:
                whole += 2 * macs[0] * (3 * 8 + 8)
                left += 2 * macs[0] * (3 * 8 + 8) * (1 - zeros_of(step))
                judge += 2 * 2 * macs[1] * 8
        found = training_flops(phase._config, networks)
        assert found.generator_dense == pytest.approx(whole) and found.generator_sparse == pytest.approx(left)
        assert found.dense == pytest.approx(whole + judge) and found.sparse == pytest.approx(left + judge)
        assert 0 < found.to_json()["saved"] < found.to_json()["generator_saved"] < 0.5
