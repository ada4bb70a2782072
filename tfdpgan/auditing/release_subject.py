# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A Gaussian release of sums of features as the audit sees it: the code that sums, and the mechanism that noises."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import dp_accounting
import numpy as np
import tensorflow as tf

from tfdpgan.auditing import crafted
from tfdpgan.auditing.finding import Finding
from tfdpgan.auditing.instrument import Instrument
from tfdpgan.auditing.subject import Scores, largest, move_finding, times
from tfdpgan.data.dataset import Dataset
from tfdpgan.methods.mean_embedding.phase import class_sums
from tfdpgan.privacy.mechanisms import GaussianRelease
from tfdpgan.privacy.mechanisms.noise import GaussianNoise

_LOUD = 1e3  # norm of a canary's features, over the bound
_BASE = 6


@dataclasses.dataclass(frozen=True)
class Parts:
    """What makes a release: the product's own, unless a fault was planted."""

    make_noise: Callable[[], GaussianNoise] = GaussianNoise
    sum_up: Callable[[Any, Dataset], np.ndarray] = class_sums
    release: Callable[[GaussianRelease, np.ndarray, GaussianNoise], np.ndarray] = lambda mechanism, total, noise: (
        mechanism.release(total, noise)
    )


class ReleaseSubject:
    """The release of class-wise sums of features; see `Subject`.

    Args:
        name: of the stage.
        mechanism: as declared.
        num_accesses: booked.
        features: the map that is summed: images `[n, h, w, c]` to `[n, dimension]`, with `dimension`.
        image_shape: (height, width, channels).
        num_classes: rows of the sums.
        instrument: entered.
        parts: what makes an access.
    """

    def __init__(
        self,
        name: str,
        mechanism: GaussianRelease,
        num_accesses: int,
        features: Any,
        image_shape: tuple[int, ...],
        num_classes: int,
        instrument: Instrument,
        parts: Parts | None = None,
    ) -> None:
        self.name, self.mechanism, self.num_accesses = name, mechanism, num_accesses
        self._features, self._shape, self._num_classes = features, image_shape, num_classes
        self._instrument, self._parts = instrument, parts or Parts()
        self._noise = self._parts.make_noise()

    def noise(self, least: int) -> list[list[np.ndarray]]:
        size = self._num_classes * (self._features.dimension + 1)
        return [self._pure_noise(self._noise) for _ in range(min(60, max(2, math.ceil(least / size))))]

    def restarted_noise(self) -> list[np.ndarray]:
        return self._pure_noise(self._parts.make_noise())

    def noise_drawn(self) -> tuple[int, int]:
        with self._instrument.counting() as drawn:
            for _ in range(2):
                self._pure_noise(self._noise)
        return len(drawn), 2

    def moves(self) -> list[Finding]:
        base = crafted.ordinary(self._shape, _BASE)
        candidates = {
            **crafted.extremes(self._shape),
            "a duplicate": base[0],
            "an ordinary image": crafted.ordinary(self._shape, 1, seed=1)[0],
        }
        without = self._sum(base)
        moved = {
            name: float(np.linalg.norm(self._sum(np.concatenate([base, image[np.newaxis]])) - without))
            for name, image in candidates.items()
        }
        worst = max(moved, key=lambda name: moved[name] if np.isfinite(moved[name]) else math.inf)
        found = largest(list(moved.values())) / self.mechanism.l2_norm_clip
        loud = self._canary_sum(8, np.arange(8) == 3)  # features that are far longer than the bound
        return [
            move_finding(
                self.name,
                "one image more moves the sums, over what is claimed",
                found,
                1.0,
                len(moved),
                f"farthest for: {worst}",
            ),
            move_finding(
                self.name,
                "features of any length move the sums, over what is claimed",
                float(np.linalg.norm(loud)) / self.mechanism.l2_norm_clip,
                1.0,
                1,
            ),
        ]

    def draws(self, thorough: bool) -> list[Finding]:
        return []  # every image enters

    def canaries(self, least: int) -> Scores:
        width = int(np.clip(math.ceil(least / 3 / self._num_classes), 8, 4000))
        rng = np.random.default_rng(0)
        number = max(2, math.ceil(least / (width * self._num_classes)))
        was_in = rng.random((number, width * self._num_classes)) < 0.5
        released = []
        for held in was_in:
            sums = self._parts.release(self.mechanism, self._canary_sum(width, held), self._noise)
            released.append(sums[:, :-1].ravel() / self.mechanism.l2_norm_clip)
        return Scores(np.stack(released), was_in)

    def event(self, noise_multiplier: float) -> dp_accounting.DpEvent:
        return times(dp_accounting.GaussianDpEvent(noise_multiplier), self.num_accesses)

    def _pure_noise(self, noise: GaussianNoise) -> list[np.ndarray]:
        nothing = np.zeros([self._num_classes, self._features.dimension + 1])
        return list(self._parts.release(self.mechanism, nothing, noise) / self.mechanism.noise_stddev)

    def _sum(self, images: np.ndarray) -> np.ndarray:
        return self._parts.sum_up(self._features, _dataset(images, np.arange(len(images)), self._num_classes))

    def _canary_sum(self, width: int, held: np.ndarray) -> np.ndarray:
        """The sums of the canaries that are in; canary i adds to entry i of the sums, and to the count of its row."""
        places = np.flatnonzero(held)
        rows, columns = np.divmod(places, width)
        if not len(places):
            return np.zeros([self._num_classes, width + 1])
        images = columns.astype(np.float32).reshape(-1, 1, 1, 1) / width
        return self._parts.sum_up(_CanaryFeatures(width), _dataset(images, rows, self._num_classes))


class _CanaryFeatures:
    """A pixel that names a direction, as a vector along it that is far too long."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension

    def __call__(self, images: tf.Tensor) -> tf.Tensor:
        columns = tf.cast(tf.round(images[:, 0, 0, 0] * self.dimension), tf.int32)
        return _LOUD * tf.one_hot(columns, self.dimension)


def _dataset(images: np.ndarray, labels: np.ndarray, num_classes: int) -> Dataset:
    if num_classes == 1:
        return Dataset("crafted", images)
    names = tuple(map(str, range(num_classes)))
    return Dataset("crafted", images, (labels % num_classes).astype(np.int32), names)
