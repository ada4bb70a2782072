# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""DP-SGD as the audit sees it: the run's own network, loss, optimizer and sampler, and a network made for canaries."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import dp_accounting
import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.auditing import crafted
from tfdpgan.auditing.finding import Finding
from tfdpgan.auditing.instrument import Instrument
from tfdpgan.auditing.sampling_probes import poisson_findings
from tfdpgan.auditing.subject import Scores, largest, move_finding, norm_of, times
from tfdpgan.privacy.clipping.clipping_rule import ClippingRule
from tfdpgan.privacy.clipping.mixing_gate import MixingGate
from tfdpgan.privacy.mechanisms import DPSGD
from tfdpgan.privacy.mechanisms.noise import GaussianNoise

_SLOTS = 8  # images in a crafted batch, the last of them padding
_BASE = 5  # of these in the smaller neighbour
_AT_ONCE = 256  # canaries in a physical batch
_LOUD = 1e3  # norm of a canary's gradient, over the clip: it is clipped whatever the rule


@dataclasses.dataclass(frozen=True)
class Parts:
    """What makes an access: the product's own, unless a fault was planted."""

    make_noise: Callable[[], GaussianNoise] = GaussianNoise
    make_optimizer: Callable[[DPSGD, GaussianNoise, str], Any] = lambda mechanism, noise, method: mechanism.optimizer(
        keras.optimizers.SGD, noise, method
    )
    make_sampler: Callable[[DPSGD], Any] = lambda mechanism: mechanism.sampler(_AT_ONCE)


@dataclasses.dataclass(frozen=True)
class Learner:
    """A network that learns from images.

    Attributes:
        network: built.
        loss_fn: `loss_fn(images, labels, ...)`: `[n]`.
        signature: of its inputs, given the leading axes; images first.
        num_classes: of the labels.
        optimizer: the private one; None makes one from the parts.
        clipping_method: of that.
    """

    network: keras.Model
    loss_fn: Callable[..., tf.Tensor]
    signature: Callable[[list[int | None]], tuple[tf.TensorSpec, ...]]
    num_classes: int = 1
    optimizer: Any = None
    clipping_method: str = "auto"


class DPSGDSubject:
    """The steps of DP-SGD of one stage; see `Subject`.

    Args:
        name: of the stage.
        mechanism: as declared.
        num_accesses: booked.
        learner: of the run.
        instrument: entered.
        parts: what makes an access.
    """

    def __init__(
        self,
        name: str,
        mechanism: DPSGD,
        num_accesses: int,
        learner: Learner,
        instrument: Instrument,
        parts: Parts | None = None,
    ) -> None:
        self.name, self.mechanism, self.num_accesses = name, mechanism, num_accesses
        self._learner, self._instrument, self._parts = learner, instrument, parts or Parts()
        self._is_grouped = mechanism.microbatch_size > 1
        self._access = self._accesses_of(learner, _SLOTS)
        self._canary_access: Callable[..., list[np.ndarray]] | None = None

    def noise(self, least: int) -> list[list[np.ndarray]]:
        found: list[list[np.ndarray]] = []
        size = sum(int(tf.size(variable)) for variable in self._learner.network.trainable_variables)
        for _ in range(min(60, max(2, math.ceil(least / size)))):
            found.append(self._pure_noise(self._access))
        return found

    def restarted_noise(self) -> list[np.ndarray]:
        again = DPSGDSubject(
            self.name,
            self.mechanism,
            self.num_accesses,
            dataclasses.replace(self._learner, optimizer=None),
            self._instrument,
            self._parts,
        )
        return again._pure_noise(again._access)

    def noise_drawn(self) -> tuple[int, int]:
        with self._instrument.counting() as drawn:
            for _ in range(2):
                self._pure_noise(self._access)
        return len(drawn), 2

    def moves(self) -> list[Finding]:
        shape = tuple(self._learner.signature([])[0].shape)
        base = crafted.ordinary(shape, _BASE)
        others = tuple(tf.zeros([1, *spec.shape], spec.dtype) for spec in self._learner.signature([])[1:])
        candidates = {
            **crafted.extremes(shape),
            **crafted.ascended(self._learner.loss_fn, base[0], others),
            "a duplicate": base[0],
            "an ordinary image": crafted.ordinary(shape, 1, seed=1)[0],
        }
        with self._instrument.silence():
            without = self._sum(base)
            moved = {
                name: norm_of([one - other for one, other in zip(self._sum(base, image), without, strict=True)])
                for name, image in candidates.items()
            }
            hidden = self._sum(base, crafted.extremes(shape)["not a number"], in_padding=True)
            padded = norm_of([one - other for one, other in zip(hidden, without, strict=True)])
            alone = [norm_of(self._sum(base[:0], image)) for image in candidates.values()]
        allowed = self.mechanism.l2_norm_clip * (2 if self._is_grouped else 1)
        worst = max(moved, key=lambda name: moved[name] if np.isfinite(moved[name]) else math.inf)
        return [
            move_finding(
                self.name,
                "one image more moves the sum, over what is claimed",
                largest(list(moved.values())) / allowed,
                1.0,
                len(moved),
                f"farthest for: {worst}",
            ),
            move_finding(
                self.name,
                "one image alone, over the clip",
                largest(alone) / self.mechanism.l2_norm_clip,
                1.0,
                len(alone),
            ),
            move_finding(self.name, "what lies in the padding moves the sum", padded, 0.0, 1),
        ]

    def draws(self, thorough: bool) -> list[Finding]:
        mechanism = self.mechanism
        sampler = self._parts.make_sampler(mechanism)
        number = int(np.clip((2e7 if thorough else 2e6) / mechanism.batch_size, 100, 2000 if thorough else 400))
        drawn = [sampler.draw(step) for step in range(number)]
        indices = [batch.indices[batch.mask] for batch in drawn]
        return poisson_findings(self.name, indices, mechanism.num_examples, mechanism.sampling_probability)

    def canaries(self, least: int) -> Scores:
        most = 64 if self._is_grouped else 320
        side = int(np.clip(math.ceil(math.sqrt(least / 3)), 4, most))
        learner = _canary_learner(side, self.mechanism.l2_norm_clip)
        access = self._accesses_of(learner, _AT_ONCE)
        rng = np.random.default_rng(0)
        number = max(2, math.ceil(least / side**2))
        was_in = rng.random((number, side**2)) < 0.5
        released = np.stack([self._canaries_of(access, side, held) for held in was_in])
        return Scores(released / self.mechanism.l2_norm_clip, was_in)

    def event(self, noise_multiplier: float) -> dp_accounting.DpEvent:
        step = dp_accounting.PoissonSampledDpEvent(
            self.mechanism.batch_size / self.mechanism.num_examples, dp_accounting.GaussianDpEvent(noise_multiplier)
        )
        return times(step, self.num_accesses)

    def _accesses_of(self, learner: Learner, slots: int) -> Callable[..., list[np.ndarray]]:
        """What one access releases, as the sum that it is meant to be: `[d]` for each variable, float64."""
        optimizer = learner.optimizer
        if optimizer is None:
            optimizer = self._parts.make_optimizer(self.mechanism, self._parts.make_noise(), learner.clipping_method)
            # One gate for all: it tries each pair of network and loss once, and these are the same again and again.
            optimizer._mixing_gate = _gate(optimizer.l2_norm_clip, optimizer.clipping_rule)
            optimizer.build(learner.network.trainable_variables)
        axes: list[int | None] = [None, None, None] if self._is_grouped else [None, slots]

        def gradients(batches: tuple[tf.Tensor, ...], mask: tf.Tensor) -> tuple[tf.Tensor, ...]:
            return optimizer.private_gradients(learner.network, learner.loss_fn, batches, mask).gradients

        traced = tf.function(
            gradients,
            jit_compile=False,
            autograph=False,
            input_signature=[learner.signature(axes), tf.TensorSpec(axes, tf.bool)],
        )
        divisor = self.mechanism.num_microbatches or self.mechanism.batch_size  # declared, whatever was drawn
        return lambda batches, mask: [
            divisor * part.numpy().astype(np.float64).ravel() for part in traced(batches, tf.constant(mask))
        ]

    def _pure_noise(self, access: Callable[..., list[np.ndarray]]) -> list[np.ndarray]:
        shape = tuple(self._learner.signature([])[0].shape)
        batches, mask = self._crafted(np.zeros((0, *shape), np.float32))
        return [part / self.mechanism.noise_stddev for part in access(batches, mask)]

    def _sum(self, images: np.ndarray, more: np.ndarray | None = None, in_padding: bool = False) -> list[np.ndarray]:
        return self._access(*self._crafted(images, more, in_padding))

    def _crafted(
        self, images: np.ndarray, more: np.ndarray | None = None, in_padding: bool = False
    ) -> tuple[tuple[tf.Tensor, ...], np.ndarray]:
        """A draw of the images and, in the next slot, of one more; or with that one in a slot that is masked."""
        lead = (1, 2, _SLOTS) if self._is_grouped else (1, _SLOTS)
        first, *rest = self._learner.signature(list(lead))
        pixels, mask = np.zeros(first.shape, np.float32), np.zeros(lead, bool)
        row, marks = (pixels[0, 0], mask[0, 0]) if self._is_grouped else (pixels[0], mask[0])
        row[: len(images)], marks[: len(images)] = images, True
        if more is not None:
            row[len(images)], marks[len(images)] = more, not in_padding
        parts = [np.zeros(spec.shape, spec.dtype.as_numpy_dtype) for spec in rest]
        if parts:
            parts[0][...] = np.arange(_SLOTS) % self._learner.num_classes
        return (tf.constant(pixels), *map(tf.constant, parts)), mask

    def _canaries_of(self, access: Callable[..., list[np.ndarray]], side: int, held: np.ndarray) -> np.ndarray:
        """One access with the canaries that are in: `[side ** 2]`, the coordinate of each."""
        eye = _LOUD * np.eye(side, dtype=np.float32)
        if not self._is_grouped:
            rows, columns = np.divmod(np.flatnonzero(held), side)
            padding = -len(rows) % _AT_ONCE if len(rows) else _AT_ONCE
            mask = np.arange(len(rows) + padding) < len(rows)
            rows, columns = (np.pad(each, (0, padding)) for each in (rows, columns))
            lead: Sequence[int] = (-1, _AT_ONCE)
        else:  # a group for each canary, with one that pulls the other way: the group turns around
            everyone = np.repeat(np.arange(side**2), 4)
            rows, columns = np.divmod(everyone, side)
            mask = (np.tile([True, True, True, False], side**2)) & (
                (np.arange(4 * side**2) % 4 == 0) | np.repeat(held, 4)
            )
            lead = (-1, side, 4)
        given = eye[rows]
        wanted = eye[columns]
        if self._is_grouped:
            wanted[::4] *= -1  # one against, two for
        batches = tuple(tf.constant(each.reshape(*lead, side)) for each in (given, wanted))
        return access(batches, mask.reshape(lead))[0]


@functools.cache
def _gate(clip: float, rule: ClippingRule) -> MixingGate:
    return MixingGate(clip, rule)


@functools.cache
def _canary_learner(side: int, clip: float) -> Learner:
    """A matrix whose entry (i, j) is moved by the canary (i, j), and by no other: unit directions, orthogonal."""
    model = keras.Sequential([keras.Input([side]), keras.layers.Dense(side, use_bias=False)])

    def loss(given: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
        return max(1.0, clip) * tf.reduce_sum(model(given) * wanted, axis=-1)

    def signature(axes: list[int | None]) -> tuple[tf.TensorSpec, ...]:
        return tf.TensorSpec([*axes, side]), tf.TensorSpec([*axes, side])

    return Learner(model, loss, signature)


@functools.cache
def reference_learner() -> Learner:
    """A small network for 8 x 8 images of two classes, where faults are planted."""
    model = keras.Sequential(
        [keras.Input([8, 8, 1]), keras.layers.Flatten(), keras.layers.Dense(32, "tanh"), keras.layers.Dense(2)]
    )

    def loss(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, model(images))

    def signature(axes: list[int | None]) -> tuple[tf.TensorSpec, ...]:
        return tf.TensorSpec([*axes, 8, 8, 1]), tf.TensorSpec(axes, tf.int32)

    return Learner(model, loss, signature, num_classes=2)
