# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import copy
import os

import numpy as np
import pytest
from scipy import stats

from tfdpgan.privacy.mechanisms.poisson import PoissonBatch, PoissonSampler


def memberships(draw, num_examples: int, num_draws: int) -> np.ndarray:
    """[num_draws, num_examples] bool: who was in which batch."""
    inside = np.zeros((num_draws, num_examples), bool)
    for row in inside:
        row[draw()] = True
    return inside


def looks_like_poisson(inside: np.ndarray, probability: float, level: float = 1e-6) -> bool:
    """Tests that memberships are independent coin flips with one probability, each test at `level`.

    Batch sizes must have the binomial's mean and variance; two examples must be in a batch together with
    probability q^2; consecutive batches must overlap as independent ones do; every example must be drawn
    equally often.
    """
    num_draws, num_examples = inside.shape
    sizes = inside.sum(1)
    variance = num_examples * probability * (1 - probability)
    # For a sum of this many flips the sample variance is chi-squared to the accuracy needed here.
    spread = (num_draws - 1) * sizes.var(ddof=1) / variance
    p_values = [2 * min(stats.chi2.cdf(spread, num_draws - 1), stats.chi2.sf(spread, num_draws - 1))]
    z_mean = (sizes.mean() - num_examples * probability) / np.sqrt(variance / num_draws)
    p_values.append(2 * stats.norm.sf(abs(z_mean)))
    # Joint inclusion: over half the examples paired with the other half, all flips being independent.
    half = num_examples // 2
    together = int((inside[:, :half] & inside[:, half : 2 * half]).sum())
    p_values.append(stats.binomtest(together, num_draws * half, probability**2).pvalue)
    # Consecutive batches, in pairs that share no batch: a shuffled epoch never repeats an example.
    repeated = int((inside[0 : num_draws - 1 : 2] & inside[1::2][: len(inside[0 : num_draws - 1 : 2])]).sum())
    p_values.append(stats.binomtest(repeated, (num_draws // 2) * num_examples, probability**2).pvalue)
    counts = inside.sum(0)
    uniform = ((counts - num_draws * probability) ** 2).sum() / (num_draws * probability * (1 - probability))
    p_values.append(stats.chi2.sf(uniform, num_examples))
    return min(p_values) > level


def drawn(batch: PoissonBatch) -> np.ndarray:
    return batch.indices[batch.mask]


def test_poisson_passes_and_shuffled_fixed_batches_fail():
    num_examples, batch_size, num_draws = 40, 8, 4000
    sampler = PoissonSampler(num_examples, batch_size, 8, seed=3)
    steps = iter(range(num_draws))
    inside = memberships(lambda: drawn(sampler.draw(next(steps))), num_examples, num_draws)
    assert looks_like_poisson(inside, sampler.sampling_probability)

    random = np.random.default_rng(4)
    epochs = (random.permutation(num_examples).reshape(-1, batch_size) for _ in range(num_draws))
    batches = (batch for epoch in epochs for batch in epoch)
    shuffled = memberships(lambda: next(batches), num_examples, num_draws)
    assert not looks_like_poisson(shuffled, batch_size / num_examples)

    fixed = memberships(lambda: random.choice(num_examples, batch_size, replace=False), num_examples, num_draws)
    assert not looks_like_poisson(fixed, batch_size / num_examples)

    # The right sizes from a shuffled order: sizes alone cannot tell, repetition can.
    def sized_epochs():
        while True:
            order = random.permutation(num_examples)
            first, second = random.binomial(num_examples, 0.2, 2)
            yield order[:first]
            yield order[first : first + second]

    chopped = sized_epochs()
    assert not looks_like_poisson(memberships(lambda: next(chopped), num_examples, num_draws), 0.2)

    off_by_a_tenth = memberships(lambda: np.flatnonzero(random.random(num_examples) < 0.22), num_examples, num_draws)
    assert not looks_like_poisson(off_by_a_tenth, 0.2)


def test_without_a_seed_draws_pass_and_never_repeat():
    sampler = PoissonSampler(40, 8, 8)
    assert sampler.is_private
    assert looks_like_poisson(memberships(lambda: drawn(sampler.draw()), 40, 2000), 0.2)
    one, other = PoissonSampler(10_000, 100, 100), PoissonSampler(10_000, 100, 100)
    assert set(drawn(one.draw(0))) != set(drawn(other.draw(0))) != set(drawn(other.draw(0)))


def test_with_a_seed_a_draw_is_a_function_of_seed_and_step():
    one, other = PoissonSampler(1000, 50, 16, seed=7), PoissonSampler(1000, 50, 16, seed=7)
    assert not one.is_private
    one.draw(1)
    assert np.array_equal(drawn(one.draw(5)), drawn(other.draw(5)))
    assert not np.array_equal(drawn(one.draw(5)), drawn(one.draw(6)))
    assert not np.array_equal(drawn(one.draw(5)), drawn(PoissonSampler(1000, 50, 16, seed=8).draw(5)))
    with pytest.raises(ValueError, match="step is None"):
        one.draw()


def test_the_physical_batch_has_no_influence_on_the_draw():
    draws = [drawn(PoissonSampler(500, 60, physical, seed=1).draw(3)) for physical in (1, 7, 64, 1000)]
    assert all(np.array_equal(draws[0], other) for other in draws[1:])


@pytest.mark.parametrize("physical", [1, 7, 64, 1000])
def test_padding(physical):
    sampler = PoissonSampler(500, 60, physical, seed=2)
    for step in range(20):
        indices, mask = sampler.draw(step)
        assert indices.shape == mask.shape and indices.shape[1] == physical
        assert indices.dtype == np.int64 and mask.dtype == np.bool_
        assert not indices[~mask].any()
        members = indices[mask]
        assert len(set(members)) == len(members) and members.min() >= 0 and members.max() < 500
        assert len(indices) == max(1, -(-len(members) // physical))


def test_an_empty_draw_is_one_masked_batch():
    sampler = PoissonSampler(5, 1, 4, seed=0)
    empty = [batch for batch in map(sampler.draw, range(100)) if not batch.mask.any()]
    assert empty and all(batch.indices.shape == (1, 4) and not batch.indices.any() for batch in empty)


def test_everybody_and_nobody_else():
    everybody = PoissonSampler(9, 9, 4)
    assert everybody.sampling_probability == 1.0
    assert sorted(drawn(everybody.draw())) == list(range(9))
    assert drawn(PoissonSampler(1, 1, 8).draw()).tolist() == [0]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((10, 11, 4), "expected_batch_size is 11, but there are only 10 examples"),
        ((10, 0, 4), "expected_batch_size is 0"),
        ((0, 1, 4), "num_examples is 0"),
        ((10, 2, 0), "physical_batch_size is 0"),
        ((10, 2, 4, -1), "seed is -1"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        PoissonSampler(*arguments)


def draws_of_forked_processes(sampler: PoissonSampler, num_processes: int) -> list[frozenset[int]]:
    """What each of several forks of this process draws first."""
    draws = []
    for _ in range(num_processes):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.write(writer, drawn(sampler.draw()).tobytes())
            os._exit(0)
        os.waitpid(pid, 0)
        draws.append(frozenset(np.frombuffer(os.read(reader, 1 << 16), np.int64).tolist()))
        os.close(reader)
        os.close(writer)
    return draws


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_forked_processes_and_copies_never_share_draws():
    sampler = PoissonSampler(10_000, 500, 500)
    sampler.draw()
    draws = draws_of_forked_processes(sampler, 3)
    draws += [frozenset(drawn(other.draw()).tolist()) for other in (sampler, copy.deepcopy(sampler))]
    assert len(set(draws)) == 5
    assert max(len(one & other) for i, one in enumerate(draws) for other in draws[:i]) < 150  # 25 by chance
