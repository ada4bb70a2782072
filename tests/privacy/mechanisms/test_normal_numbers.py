# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Normal numbers are the stated transform of a cipher's keystream, a function of the key alone."""

import numpy as np
import pytest
import scipy.stats
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tfdpgan.privacy.mechanisms import normal_numbers
from tfdpgan.privacy.mechanisms.normal_numbers import standard_normals, sums_of_normals

KEY = bytes(range(32))
CHUNK = normal_numbers._NUMBERS_AT_ONCE


def test_the_transform_is_box_muller_written_out():
    bits = np.random.default_rng(0).integers(0, 2**64, size=(2, 4, 500), dtype=np.uint64)
    bits[:, 0, 0], bits[:, 1, 1] = 0, 2**64 - 1  # the ends of the range
    uniform = 1.0 - (bits >> np.uint64(12)) * 2.0**-52
    radius, angle = np.sqrt(-2 * np.log(uniform[0])), 2 * np.pi * (uniform[1] - 0.5)
    expected = np.concatenate([(radius * np.cos(angle)).sum(0), (radius * np.sin(angle)).sum(0)]) / 2
    np.testing.assert_allclose(sums_of_normals(bits), expected, atol=1e-12)


def test_the_bits_are_the_keystream_of_aes_without_a_gap_or_a_repetition():
    """Across the borders of the sampler's chunks too: no two numbers share a random bit."""
    encryptor = Cipher(algorithms.AES(KEY), modes.CTR(bytes(16))).encryptor()
    chunks = [np.frombuffer(encryptor.update(bytes(32 * CHUNK)), np.uint64) for _ in range(3)]
    expected = np.concatenate([sums_of_normals(bits.reshape(2, 4, -1)) for bits in chunks])
    np.testing.assert_array_equal(standard_normals(3 * CHUNK, KEY), expected)


@pytest.mark.parametrize("count", [0, 1, 2, CHUNK - 1, CHUNK + 1, 5 * CHUNK + 3])
def test_the_number_of_threads_changes_nothing(count, monkeypatch):
    found = []
    for most_threads in (1, 3):
        monkeypatch.setattr(normal_numbers, "_MOST_THREADS", most_threads)
        monkeypatch.setattr(normal_numbers.os, "cpu_count", lambda: 8)
        found.append(standard_normals(count, KEY))
    assert found[0].shape == (count,)
    np.testing.assert_array_equal(*found)


def test_another_key_gives_other_numbers():
    one, other = standard_normals(1000, KEY), standard_normals(1000, bytes(32))
    assert not (one == other).any()


def test_coordinates_and_keys_are_independent():
    """Correlations of values and of squares: neighbours, the two halves of a pair, two chunks, two keys."""
    calls = [standard_normals(2 * CHUNK, key) for key in (KEY, bytes(32))]
    pairs = [
        (calls[0], calls[1]),
        (calls[0][:CHUNK], calls[0][CHUNK:]),
        (calls[0][: CHUNK // 2], calls[0][CHUNK // 2 : CHUNK]),
        (calls[0][:-1], calls[0][1:]),
    ]
    for one, other in pairs:
        assert scipy.stats.pearsonr(one, other).pvalue > 1e-6
        assert scipy.stats.pearsonr(one**2, other**2).pvalue > 1e-6
