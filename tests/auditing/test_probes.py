# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Statistical probes: what is right passes, what is off by a third, or hangs together, does not."""

import numpy as np
import pytest

from tfdpgan.auditing.noise_probes import count_finding, noise_findings
from tfdpgan.auditing.sampling_probes import poisson_findings, shard_findings
from tfdpgan.privacy.mechanisms import GradientSanitizer
from tfdpgan.privacy.mechanisms.normal_numbers import standard_normals
from tfdpgan.privacy.mechanisms.poisson import PoissonSampler


def noise(count, seed):
    return standard_normals(count, seed.to_bytes(32, "little"))


def accesses(scale=1.0, shape=(3, 2, 5000), seed=0):
    values = scale * noise(int(np.prod(shape)), seed).reshape(shape)
    return [list(access) for access in values]


def broken(findings):
    return {finding.name for finding in findings if not finding.holds}


@pytest.mark.parametrize("seed", range(5))
def test_the_products_normals_pass(seed):
    assert not broken(noise_findings("stage", accesses(seed=seed), [noise(10_000, 99)]))


@pytest.mark.parametrize("scale", [2 / 3, 0.9, 0.5, 0.0])
def test_too_little_noise_is_found(scale):
    assert "noise standard deviation" in broken(noise_findings("stage", accesses(scale), None))


def test_more_noise_than_claimed_refutes_nothing_and_is_noted():
    findings = noise_findings("stage", accesses(1.5), None)
    assert not broken(findings)
    assert any("costs utility" in finding.note for finding in findings)


def test_two_hundred_thousand_numbers_resolve_a_percent():
    assert broken(noise_findings("stage", accesses(0.985, (4, 1, 50_000)), None))
    assert not broken(noise_findings("stage", accesses(1.0, (4, 1, 50_000)), None))


def test_noise_of_another_shape_is_found():
    uniform = np.random.default_rng(0).uniform(-np.sqrt(3), np.sqrt(3), (2, 1, 20_000))
    assert "noise distance from a normal" in broken(noise_findings("stage", [list(each) for each in uniform], None))


def test_noise_that_is_used_again_is_found_between_accesses_parts_and_restarts():
    one, other = noise(5000, 1), noise(5000, 2)
    again = "correlation: noise of one access and the next"
    assert broken(noise_findings("stage", [[one], [one]], None)) == {again}
    assert again in broken(noise_findings("stage", [[one], [(one + other) / np.sqrt(2)]], None))
    parts = "correlation: noise of one part of an access and the next"
    assert broken(noise_findings("stage", [[one, -one]], None)) == {parts}
    restart = "correlation: noise before and after a restart"
    assert broken(noise_findings("stage", [[one], [other]], [other])) == {restart}


@pytest.mark.parametrize(("drawn", "holds"), [(4, True), (3, False), (8, False)])
def test_each_access_is_noised_once(drawn, holds):
    assert count_finding("stage", drawn, 4).holds == holds


@pytest.mark.parametrize(("number", "size"), [(1000, 100), (60, 30), (60, 1), (20_000, 300)])
def test_poisson_draws_pass(number, size):
    """Seeds are fixed: the draws of a test are no secret."""
    sampler = PoissonSampler(number, size, size, seed=4)
    draws = [batch.indices[batch.mask] for batch in map(sampler.draw, range(150))]
    assert not broken(poisson_findings("stage", draws, number, size / number))


def test_draws_of_all_images_hold_all():
    everything = [np.arange(10)] * 4
    assert not broken(poisson_findings("stage", everything, 10, 1.0))
    assert broken(poisson_findings("stage", [*everything, np.arange(9)], 10, 1.0))


def shuffled(number, size, count, rng):
    order = np.concatenate([rng.permutation(number) for _ in range(-(-count * size // number))])
    return np.split(order[: count * size], count)


def test_shuffled_batches_of_fixed_size_are_found_three_ways():
    found = broken(poisson_findings("stage", shuffled(1000, 100, 150, np.random.default_rng(0)), 1000, 0.1))
    assert {"variance of the size of the draws", "how often each image was drawn"} <= found
    assert "images that one draw shares with the next" in found


def test_a_rate_that_is_off_by_a_third_and_coins_that_hang_together_are_found():
    sampler = PoissonSampler(1000, 133, 133, seed=4)
    draws = [batch.indices[batch.mask] for batch in map(sampler.draw, range(150))]
    assert "mean size of the draws" in broken(poisson_findings("stage", draws, 1000, 0.1))
    rng = np.random.default_rng(0)
    pairs = [np.flatnonzero(np.repeat(rng.random(500) < 0.1, 2)) for _ in range(150)]
    assert "neighbours in the data drawn together" in broken(poisson_findings("stage", pairs, 1000, 0.1))


@pytest.mark.parametrize(("num_shards", "images"), [(1, 4), (5, 32), (1000, 32)])
def test_secret_draws_of_shards_pass_and_rotations_do_not(num_shards, images):
    sanitizer = GradientSanitizer(1.0, 1.0, num_shards, images, 5000)
    draws = [sanitizer.draw_shards(seed=1, step=step) for step in range(100)]
    assert not broken(shard_findings("stage", draws, num_shards))
    if num_shards > 1:
        rotation = np.arange(100 * images).reshape(100, images) % num_shards
        assert broken(shard_findings("stage", list(rotation), num_shards))
