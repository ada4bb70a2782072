# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Standard normal numbers from a cryptographic generator, with tails as far out as anybody will ever look.

Each number is the sum of four independent normals divided by two (Holohan and Braghin 2021, "Secure random sampling in
differential privacy", section 5.1, n = 2); each of the four is one half of a Box-Muller pair of two uniform numbers
with 52 random bits; the bits are the keystream of AES-256 in counter mode. The two halves of a pair go to different
numbers, so that the four terms of one number share no random bit.

The law of these numbers, as compared to the normal one that the accountant assumes:

* A uniform number takes the values 2^-52, 2 * 2^-52, ..., 1, so the radius of a pair, sqrt(-2 ln u), ends at 8.490 and
  its tail P(radius > r) is floor(2^52 e^(-r^2 / 2)) / 2^52: right to within 2^-52 everywhere.
* A number ends at 4 * 8.490 / 2 = 16.98, beyond which a normal one has a mass of 1e-64. Up to there it exceeds t by
  four terms that exceed t / 2 each, most likely, where the uniform numbers are still fine. Computed from the values
  that are possible, P(number > t) lies within 4 % of a normal number's for every t that was tried up to 12, which is
  what the computation resolves, not what it found to differ (`tests/privacy/mechanisms/test_noise_tails.py`).

Samplers that cut the tail are common: `tf.random.stateless_normal` and its kin raise the uniform number to 1e-7 at
least, so nothing beyond sqrt(-2 ln 1e-7) = 5.678 ever comes. An outcome out there is impossible without a certain
image and possible with it, so its probability (1e-4 and more in a thousand steps) is to be added to delta.
"""

import math
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

# For the card.
GENERATOR = "AES-256 in counter mode, each number the sum of 4 normals over 2 (Holohan and Braghin 2021)"
KEY_BYTES = 32
NUM_TERMS = 4  # 2n with n = 2
LARGEST = NUM_TERMS * math.sqrt(2.0 * 52.0 * math.log(2.0)) / math.sqrt(NUM_TERMS)  # no number lies beyond: 16.98
_PAIRS_AT_ONCE = 1 << 14  # fewer leave two threads waiting for Python's lock, more leave the processor's cache
_NUMBERS_AT_ONCE = 2 * _PAIRS_AT_ONCE
_ZEROS = bytes(8 * 2 * NUM_TERMS * _PAIRS_AT_ONCE)  # encrypting zeros gives the keystream itself
_CIPHER_BLOCK_BYTES = 16
_ONE = np.uint64(0x3FF0000000000000)  # the bits of 1.0 in float64
_NUMBERS_WORTH_A_THREAD = 1 << 16
_MOST_THREADS = 4


def standard_normals(count: int, key: bytes) -> np.ndarray:
    """Independent standard normal numbers `[count]` float64: a function of the key, whatever the machine has.

    Args:
        count: how many, >= 0.
        key: 32 bytes, to be used once. From `os.urandom` for noise that nobody can know.
    """
    normals = np.empty(count)
    chunks = range(0, count, _NUMBERS_AT_ONCE)
    threads = min(_MOST_THREADS, os.cpu_count() or 1, count // _NUMBERS_WORTH_A_THREAD)
    if threads < 2:
        _fill(normals, chunks, key)
        return normals
    with ThreadPoolExecutor(threads) as pool:  # made anew: a pool does not survive a fork
        list(pool.map(lambda first: _fill(normals, chunks[first::threads], key), range(threads)))
    return normals


def _fill(normals: np.ndarray, starts: Iterable[int], key: bytes) -> None:
    """Fills the chunks that begin at `starts`; each has a part of the keystream of its own."""
    for start in starts:
        chunk = normals[start : start + _NUMBERS_AT_ONCE]
        num_pairs = -(-len(chunk) // 2)
        first_block = start // _NUMBERS_AT_ONCE * (len(_ZEROS) // _CIPHER_BLOCK_BYTES)
        counter = modes.CTR(first_block.to_bytes(_CIPHER_BLOCK_BYTES, "big"))
        keystream = Cipher(algorithms.AES(key), counter).encryptor().update(_ZEROS[: 16 * NUM_TERMS * num_pairs])
        bits = np.frombuffer(keystream, np.uint64).reshape(2, NUM_TERMS, num_pairs)
        chunk[:] = sums_of_normals(bits)[: len(chunk)]


def sums_of_normals(bits: np.ndarray) -> np.ndarray:
    """Standard normal numbers `[2 * num_pairs]` float64 from random bits `[2, 4, num_pairs]` uint64.

    The first row of bits decides the radius (see `radius`), the second the angle.
    """
    # The half angle's tangent gives cosine and sine by divisions, and is the one of the three that NumPy has
    # vectorised: an order of magnitude in speed.
    tangent = np.tan(math.pi * (_uniform(bits[1]) - 0.5))
    square = tangent * tangent
    scaled_radius = radius(bits[0]) / (1.0 + square)
    cosines = ((1.0 - square) * scaled_radius).sum(axis=0)
    sines = (2.0 * tangent * scaled_radius).sum(axis=0)
    return np.concatenate([cosines, sines]) / math.sqrt(NUM_TERMS)


def radius(bits: np.ndarray) -> np.ndarray:
    """The length of a Box-Muller pair, float64, of words uint64 whose upper 52 bits count; it rises with the word."""
    return np.sqrt(-2.0 * np.log(_uniform(bits)))


def _uniform(bits: np.ndarray) -> np.ndarray:
    """Multiples of 2^-52 in (0, 1], float64: the larger the word, the smaller."""
    return 2.0 - ((bits >> np.uint64(12)) | _ONE).view(np.float64)
