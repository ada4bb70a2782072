# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from tfdpgan.privacy.mechanisms.shards import Shards


@pytest.mark.parametrize(("num_examples", "num_shards"), [(60_000, 1000), (1797, 50), (7, 7), (10, 1), (101, 10)])
def test_every_position_is_in_one_shard_and_shards_are_as_equal_as_can_be(num_examples, num_shards):
    shards = Shards(num_examples, num_shards, seed=3)
    sizes = [len(shards.positions(shard)) for shard in range(num_shards)]
    assert max(sizes) - min(sizes) <= 1
    together = np.concatenate([shards.positions(shard) for shard in range(num_shards)])
    np.testing.assert_array_equal(np.sort(together), np.arange(num_examples))
    for shard in (0, num_shards - 1):
        assert np.all(shards.shard_of()[shards.positions(shard)] == shard)


def test_the_split_is_that_of_position_and_seed_on_every_machine():
    """Written down once: a release that splits otherwise would show images of a resumed run to two critics."""
    assert Shards(1000, 10, seed=0).shard_of().tolist() != Shards(1000, 10, seed=1).shard_of().tolist()
    assert Shards(12, 3, seed=0).shard_of().tolist() == [0, 1, 2, 0, 0, 2, 1, 1, 2, 1, 0, 2]


def test_shards_are_mixed():
    """Data sorted by class is spread over the shards: no shard is a piece of the order."""
    shards = Shards(1000, 10, seed=5)
    assert all(np.ptp(shards.positions(shard)) > 700 for shard in range(10))


def test_batches_come_from_the_own_shard_and_go_through_all_of_it():
    shards = Shards(120, 6, seed=1)
    drawn = shards.draw_positions(np.array([4, 0]), num_steps=5, batch_size=8, rng=np.random.default_rng(0))
    assert drawn.shape == (5, 2, 8)
    for column, shard in enumerate((4, 0)):
        positions, counts = np.unique(drawn[:, column], return_counts=True)
        np.testing.assert_array_equal(positions, shards.positions(shard))
        assert np.all(counts == 2)


@pytest.mark.parametrize(
    ("num_shards", "seed", "words"), [(0, 0, "num_shards is 0"), (11, 0, "11"), (5, -1, "seed is -1")]
)
def test_bad_arguments(num_shards, seed, words):
    with pytest.raises(ValueError, match=words):
        Shards(10, num_shards, seed)
