# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The private data, split once into disjoint shards by position alone."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np


class Shards:
    """K disjoint shards of N positions, as equal as they can be: their sizes differ by one at most.

    The positions are put in the order of a keyed hash of themselves, and that order is cut into K pieces. What an image
    shows, and its label, have no say: replacing one image changes the shard of its position and no other, which is what
    the sanitizer's sensitivity rests on. Sharing out by class, or hashing the images, would let one image move others.

    N, K and the seed are public, and so is which position is in which shard. The seed is booked with the mechanism: a
    resumed run with another one would show images to a second critic.

    Args:
        num_examples: N >= K.
        num_shards: K >= 1.
        seed: a whole number >= 0.

    Raises:
        ValueError: an argument is out of its range.
    """

    def __init__(self, num_examples: int, num_shards: int, seed: int) -> None:
        if not 1 <= num_shards <= num_examples:
            raise ValueError(
                f"num_shards is {num_shards}; it must lie between 1 and the number of images, {num_examples}, so that "
                f"no shard is empty. Try {max(1, num_examples // 60)}."
            )
        if seed != int(seed) or seed < 0:
            raise ValueError(f"seed is {seed}; it must be a whole number, 0 or more.")
        self.num_examples, self.num_shards, self.seed = int(num_examples), int(num_shards), int(seed)
        order = np.argsort(_hashes(self.num_examples, self.seed), kind="stable")
        self._positions = np.array_split(order, self.num_shards)

    def positions(self, shard: int) -> np.ndarray:
        """The positions `[size]` int64 of a shard's images, sorted."""
        return np.sort(self._positions[shard])

    def shard_of(self) -> np.ndarray:
        """For each position the shard that it is in: `[N]` int64."""
        shards = np.empty(self.num_examples, np.int64)
        for shard, positions in enumerate(self._positions):
            shards[positions] = shard
        return shards

    def draw_positions(
        self, shards: np.ndarray, num_steps: int, batch_size: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Real batches for the steps of some critics, each from its own shard.

        A shard is gone through in random order, again and again; a batch larger than the shard holds images twice.

        Args:
            shards: `[n]`, which.
            num_steps: batches for each.
            batch_size: of one batch.
            rng: of the training; it need not be secret.

        Returns:
            Positions `[num_steps, n, batch_size]` int64.
        """
        drawn = np.empty((len(shards), num_steps * batch_size), np.int64)
        for row, shard in zip(drawn, shards, strict=True):
            positions = self._positions[shard]
            rounds = -(-len(row) // len(positions))
            row[:] = np.concatenate([rng.permutation(positions) for _ in range(rounds)])[: len(row)]
        return drawn.reshape(len(shards), num_steps, batch_size).swapaxes(0, 1)

    def parameters(self) -> dict[str, Any]:
        """What a resumed run must share, for the ledger."""
        return {"num_examples": self.num_examples, "num_shards": self.num_shards, "shard_seed": self.seed}


def _hashes(num_examples: int, seed: int) -> np.ndarray:
    """64 bits for each position, from BLAKE2b keyed by the seed: the same on every machine, in every version."""
    key = seed.to_bytes(32, "little")
    digests = [
        hashlib.blake2b(position.to_bytes(8, "little"), key=key, digest_size=8).digest()
        for position in range(num_examples)
    ]
    return np.frombuffer(b"".join(digests), np.dtype("<u8"))
