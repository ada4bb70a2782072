# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A search for an example that adds more than the clip to a clipped sum.

The adversary chooses what a layer sees and, through a loss that is linear in what the layer puts out, its output
gradient. It starts from terms that cancel, which is where norms lose their digits, and climbs.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.clipping import clipped_gradient_sum

Examples = tuple[np.ndarray, np.ndarray]


class Arena:
    """One layer, called `calls` times for each example, under a clip of one.

    Args:
        make: () -> the layer.
        shape: of what one call sees, without the batch.
        calls: of the layer.
        vocabulary: 0, or the number of indices that the layer takes in place of numbers.
        method: of `clipped_gradient_sum`.
    """

    def __init__(
        self,
        make: Callable[[], Any],
        shape: tuple[int, ...],
        calls: int = 1,
        vocabulary: int = 0,
        method: str = "book_keeping",
    ) -> None:
        self.shape, self.calls, self.vocabulary, self._method = shape, calls, vocabulary, method
        self.dtype = np.int32 if vocabulary else np.float32
        layer = make()
        entries = [keras.Input(shape, dtype=self.dtype) for _ in range(calls)]
        self.model = keras.Model(entries, [layer(entry) for entry in entries])
        self.output_shape = tuple(self.model.outputs[0].shape[1:])

        def loss(seen: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
            outputs = self.model([seen[:, call] for call in range(calls)])
            outputs = tf.stack(outputs if calls > 1 else [outputs], axis=1)
            return tf.reduce_sum(outputs * wanted, axis=list(range(1, outputs.shape.rank)))

        def norm_of_sum(*batch: tf.Tensor) -> tf.Tensor:
            gradients = self._sum(loss, batch)
            return tf.sqrt(tf.add_n([tf.reduce_sum(tf.square(tf.cast(g, tf.float64))) for g in gradients]))

        def alone(examples: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
            return norm_of_sum(*(tf.expand_dims(tensor, 0) for tensor in examples))

        signature = [
            tf.TensorSpec([None, calls, *shape], self.dtype),
            tf.TensorSpec([None, calls, *self.output_shape]),
        ]
        self._contributions = tf.function(
            lambda *examples: tf.map_fn(alone, examples, fn_output_signature=tf.float64), signature
        )
        self._clipped_sum = tf.function(
            lambda *batch: self._sum(loss, batch[:2], batch[2]), [*signature, tf.TensorSpec([None], tf.bool)]
        )

    def _sum(self, loss: Callable[..., tf.Tensor], batch: tuple[tf.Tensor, ...], mask: Any = None) -> list[tf.Tensor]:
        return clipped_gradient_sum(loss, batch, self.model, 1.0, mask, method=self._method).gradients

    def contributions(self, examples: Examples) -> np.ndarray:
        """Returns [lanes]: the norm, in float64, of what each example adds to an otherwise empty sum."""
        return self._contributions(*examples).numpy()

    def contribution_in_company(self, examples: Examples, index: int) -> float:
        """||sum of a batch - sum of the same batch with one example masked||, in float64."""
        lanes = len(examples[0])
        pair = [self._clipped_sum(*examples, mask) for mask in (np.ones(lanes, bool), np.arange(lanes) != index)]
        return float(
            np.sqrt(sum(np.sum((a.numpy().astype(np.float64) - b.numpy()) ** 2) for a, b in zip(*pair, strict=True)))
        )


def climb(arena: Arena, evaluations: int, lanes: int = 50, seed: int = 0) -> tuple[float, Examples]:
    """Returns the largest contribution that was found, and the examples of all lanes as they stood in the end.

    Each round starts some lanes anew and changes the others a little; a change stays if the contribution grew.
    Contributions near the clip are all alike, so that what is kept is what beats them.
    """
    rng = np.random.default_rng(seed)
    examples = _starts(arena, lanes, rng)
    scores = arena.contributions(examples)
    largest = scores.max()
    for round_number in range(1, max(2, -(-evaluations // lanes))):
        tried = _starts(arena, lanes, rng) if round_number % 4 == 0 else _mutated(examples, rng)
        found = arena.contributions(tried)
        better = found > scores
        examples = tuple(
            np.where(better.reshape([-1] + [1] * (new.ndim - 1)), new, old)
            for new, old in zip(tried, examples, strict=True)
        )
        scores = np.where(better, found, scores)
        largest = max(largest, found.max())
    return float(largest), examples


def cancelling(
    arena: Arena,
    values: np.ndarray,
    gradients: np.ndarray,
    etas: np.ndarray,
    signs: np.ndarray,
    on_inputs: bool = False,
) -> Examples:
    """Rows that are the same at all positions, of which those on one side have signs and nearly cancel.

    Args:
        arena: where they are to be used.
        values: [lanes, 1 or channels] of each row of the input.
        gradients: [lanes, 1 or channels] of each row of the output gradient.
        etas: [lanes] by how much the negative rows are larger.
        signs: [lanes, calls, positions of that side] of +1, -1 and 0.
        on_inputs: whether the inputs have the signs, or the output gradients.
    """
    factors = np.where(signs < 0, -(1 + etas[:, None, None]), signs)
    lanes = (len(etas), arena.calls)
    seen, wanted = np.ones((*lanes, *arena.shape)), np.ones((*lanes, *arena.output_shape))
    signed = seen if on_inputs else wanted
    signed *= factors.reshape(*signed.shape[:-1], 1)
    if not arena.vocabulary:
        seen *= values.reshape(len(etas), *[1] * len(arena.shape), -1)
    wanted *= gradients.reshape(len(etas), *[1] * len(arena.output_shape), -1)
    return seen.astype(arena.dtype), wanted.astype(np.float32)


def _signs(shape: tuple[int, ...], lanes: int, rng: np.random.Generator) -> np.ndarray:
    """[lanes, calls, positions] of as many +1 as -1, for rows [calls, ..., channels]; some leave the border out.

    What a filter sees from within the border is the same everywhere, so that constant images cancel.
    """
    rows = []
    for _ in range(lanes):
        signs, inner = np.zeros(shape[:-1]), np.zeros(shape[:-1], bool)
        border = rng.integers(0, 3)
        within = [slice(border, -border or None) if size > 2 * border + 1 else slice(None) for size in shape[1:-1]]
        inner[(slice(None), *within)] = True
        count = int(inner.sum()) // 2 * 2 or 1  # a single position has nothing to cancel with
        halves = np.repeat([1, -1], count // 2)
        order = [halves, np.tile([1, -1], count // 2), rng.permutation(halves)][rng.integers(0, 3)]
        signs.flat[np.flatnonzero(inner)[:count]] = order if count > 1 else 1
        rows.append(signs.reshape(shape[0], -1))
    return np.stack(rows)


def _starts(arena: Arena, lanes: int, rng: np.random.Generator) -> Examples:
    """Cancelling rows, exactly equal or with noise, scaled so that what is left of them is near the clip."""
    on_inputs = not arena.vocabulary and rng.random() < 0.5
    channels = arena.shape[-1] if arena.shape else 1
    signed = (arena.calls, *(arena.shape if on_inputs else arena.output_shape))
    etas = 10.0 ** rng.uniform(-5, -0.5, lanes)
    seen, wanted = cancelling(
        arena,
        _rows(channels, lanes, rng),
        _rows(arena.output_shape[-1], lanes, rng),
        etas,
        _signs(signed, lanes, rng),
        on_inputs,
    )
    for lane in np.flatnonzero(rng.random(lanes) < 0.5):
        seen[lane] = seen[lane] * (1 + 10.0 ** rng.uniform(-7, 0) * rng.normal(size=seen[lane].shape))
        wanted[lane] = wanted[lane] * (1 + 10.0 ** rng.uniform(-7, 0) * rng.normal(size=wanted[lane].shape))
    if arena.vocabulary:
        seen = rng.integers(0, rng.integers(1, arena.vocabulary + 1), seen.shape).astype(np.int32)
    else:  # a tenth at huge and tiny scales
        wild = rng.random(lanes) < 0.1
        seen = seen * _per_lane(np.where(wild, rng.uniform(-18, 18, lanes), rng.uniform(-1, 1, lanes)), seen)
    energy = _norms(wanted) * (1 if arena.vocabulary else _norms(seen))
    left = 10.0 ** rng.uniform(0, 1.5, lanes) / np.where(rng.random(lanes) < 0.9, etas, 1)
    wanted = wanted * _per_lane(np.log10(left / np.maximum(energy, 1e-30)), wanted)
    return seen.astype(arena.dtype), wanted.astype(np.float32)


def _rows(channels: int, lanes: int, rng: np.random.Generator) -> np.ndarray:
    constant = np.broadcast_to(rng.uniform(1, 2, (lanes, 1)), (lanes, channels))
    return np.where(rng.random((lanes, 1)) < 0.7, constant, rng.normal(size=(lanes, channels)))


def _norms(tensor: np.ndarray) -> np.ndarray:
    return np.linalg.norm(tensor.reshape(len(tensor), -1).astype(np.float64), axis=1)


def _per_lane(exponents: np.ndarray, tensor: np.ndarray) -> np.ndarray:
    return 10.0 ** exponents.reshape([-1] + [1] * (tensor.ndim - 1))


def _mutated(examples: Examples, rng: np.random.Generator) -> Examples:
    """Each lane is changed in one way: another scale, another eta, a little noise, swapped or equal positions."""
    changed = []
    for tensor in examples:
        tensor = tensor.copy()
        for lane in range(len(tensor)):
            view = tensor[lane].reshape(-1, tensor.shape[-1])
            kind, small = rng.integers(0, 10), 10.0 ** rng.uniform(-6, -1)
            if tensor.dtype == np.int32:
                rng.shuffle(view)
            elif kind < 3:
                view *= 1 + small * rng.normal()
            elif kind < 6:
                view[view < 0] *= 1 + small * rng.normal()
            elif kind == 6:
                view *= 1 + small * rng.normal(size=view.shape)
            elif kind == 7:
                view[rng.random(len(view)) < 0.5] *= 1 + small
            elif kind == 8:
                rng.shuffle(view)
        changed.append(tensor)
    return changed[0], changed[1]
