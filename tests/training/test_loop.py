# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""How many steps the loop books at once."""

from tfdpgan.training import loop


def sizes_when_a_step_takes(seconds_per_step, monkeypatch, blocks=12):
    clock = [0.0]
    monkeypatch.setattr(loop.time, "monotonic", lambda: clock[0])
    block_size, sizes = loop._BlockSize(None), []
    for _ in range(blocks):
        sizes.append(block_size.next())
        clock[0] += sizes[-1] * seconds_per_step
    return sizes


def test_blocks_grow_until_one_takes_about_five_seconds(monkeypatch):
    assert sizes_when_a_step_takes(0.1, monkeypatch) == [1, 2, 4, 8, 16, 32, 50, 50, 50, 50, 50, 50]
    assert sizes_when_a_step_takes(20.0, monkeypatch) == [1] * 12


def test_a_fixed_size_stays(monkeypatch):
    block_size = loop._BlockSize(7)
    assert [block_size.next() for _ in range(3)] == [7, 7, 7]
