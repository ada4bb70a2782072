# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The gradient sanitizer as the audit sees it: clip, noise, and the secret draw of shards."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import dp_accounting
import numpy as np
import tensorflow as tf
from scipy import fft

from tfdpgan.auditing.finding import PROBES, Finding
from tfdpgan.auditing.instrument import Instrument
from tfdpgan.auditing.sampling_probes import shard_findings
from tfdpgan.auditing.subject import Scores, largest, move_finding, times
from tfdpgan.privacy.mechanisms import GradientSanitizer
from tfdpgan.privacy.mechanisms.noise import GaussianNoise
from tfdpgan.privacy.mechanisms.sanitized_gradients import sanitize

_EXTREMES = (1e-30, 1e-3, 1.0, 1e6, 1e30, -1e30, 3e38, math.nan, math.inf, -math.inf)


@dataclasses.dataclass(frozen=True)
class Parts:
    """What makes a round: the product's own, unless a fault was planted."""

    make_noise: Callable[[], GaussianNoise] = GaussianNoise
    sanitize: Callable[..., tuple[tf.Tensor, tf.Tensor]] = sanitize
    draw_shards: Callable[[GradientSanitizer, int], np.ndarray] = lambda mechanism, step: mechanism.draw_shards()


class SanitizerSubject:
    """The rounds of GS-WGAN or DPAC; see `Subject`. The neighbour replaces one image, and with it a shard's networks.

    Args:
        name: of the stage.
        mechanism: as declared.
        num_accesses: booked rounds.
        image_shape: (height, width, channels).
        instrument: entered.
        parts: what makes a round.
    """

    def __init__(
        self,
        name: str,
        mechanism: GradientSanitizer,
        num_accesses: int,
        image_shape: tuple[int, ...],
        instrument: Instrument,
        parts: Parts | None = None,
    ) -> None:
        self.name, self.mechanism, self.num_accesses = name, mechanism, num_accesses
        self._shape, self._instrument, self._parts = image_shape, instrument, parts or Parts()
        self._noise = self._parts.make_noise()

    def noise(self, least: int) -> list[list[np.ndarray]]:
        side = self.mechanism.frequencies or max(self._shape)
        size = self.mechanism.images_per_round * math.prod(min(side, each) for each in self._shape[:2])
        return [self._pure_noise(self._noise) for _ in range(min(60, max(2, math.ceil(least / size))))]

    def restarted_noise(self) -> list[np.ndarray]:
        return self._pure_noise(self._parts.make_noise())

    def noise_drawn(self) -> tuple[int, int]:
        with self._instrument.counting() as drawn:
            for _ in range(2):
                self._pure_noise(self._noise)
        return len(drawn), 2

    def moves(self) -> list[Finding]:
        images = self.mechanism.images_per_round
        ordinary = np.random.default_rng(0).normal(size=(images, *self._shape)).astype(np.float32)
        with self._instrument.silence():
            before = self._sanitized(ordinary)
            moved, others = [], []
            for value in _EXTREMES:
                changed = ordinary.copy()
                changed[0] = value
                after = self._sanitized(changed)
                moved.append(float(np.linalg.norm(after[0] - before[0])))
                others.append(float(np.linalg.norm(after[1:] - before[1:])))
            ends = [self._sanitized(np.full_like(ordinary, sign * 1e6))[0] for sign in (1, -1)]
        moved.append(float(np.linalg.norm(ends[0] - ends[1])))
        return [
            move_finding(
                self.name,
                "other networks move an image's gradient, over what is claimed",
                largest(moved) / self.mechanism.sensitivity,
                1.0,
                len(moved),
            ),
            move_finding(self.name, "they move the gradients of other images", largest(others), 0.0, len(others)),
        ]

    def draws(self, thorough: bool) -> list[Finding]:
        mechanism = self.mechanism
        number = int(np.clip((200_000 if thorough else 20_000) // mechanism.num_draws, 50, 20_000))
        drawn = [self._parts.draw_shards(mechanism, step) for step in range(number)]
        shards = mechanism.shards()
        positions = [shards.positions(shard) for shard in range(mechanism.num_shards)]
        sizes = [len(each) for each in positions]
        is_split = np.array_equal(np.sort(np.concatenate(positions)), np.arange(mechanism.num_examples))
        split = Finding(
            PROBES, self.name, "each position is in one shard; sizes differ by", 1.0,
            float(max(sizes) - min(sizes)), 1.0, is_split and max(sizes) - min(sizes) <= 1, mechanism.num_shards, 1.0,
        )  # fmt: skip
        return [split, *shard_findings(self.name, drawn, mechanism.num_shards)]

    def canaries(self, least: int) -> Scores:
        images = self.mechanism.images_per_round
        number = max(2, math.ceil(least / images))
        was_in = np.random.default_rng(0).random((number, images)) < 0.5
        direction = np.ones(self._shape, np.float32) / math.sqrt(math.prod(self._shape))  # the lowest frequency
        loud = 1e3 * self.mechanism.l2_norm_clip
        released = []
        for held in was_in:
            signs = np.where(held, 1, -1).reshape(-1, 1, 1, 1)  # the networks of one image or of the other
            noised = self._sanitized((signs * loud * direction).astype(np.float32))
            released.append(np.einsum("bhwc,hwc->b", noised, direction) / self.mechanism.l2_norm_clip)
        return Scores(np.stack(released), was_in)

    def event(self, noise_multiplier: float) -> dp_accounting.DpEvent:
        return times(dataclasses.replace(self.mechanism, noise_multiplier=noise_multiplier).event, self.num_accesses)

    def _sanitized(self, gradients: np.ndarray, noise: GaussianNoise | None = None) -> np.ndarray:
        noised, _ = self._parts.sanitize(tf.constant(gradients), self.mechanism, noise or self._noise)
        return noised.numpy().astype(np.float64)

    def _pure_noise(self, noise: GaussianNoise) -> list[np.ndarray]:
        """Of each image, in the coordinates that the noise was added in."""
        nothing = np.zeros((self.mechanism.images_per_round, *self._shape), np.float32)
        pixels = self._sanitized(nothing, noise) / self.mechanism.noise_stddev
        side = self.mechanism.frequencies
        if side is not None:
            pixels = fft.dctn(pixels, axes=(1, 2), norm="ortho")[:, :side, :side]
        return [each.ravel() for each in pixels]
