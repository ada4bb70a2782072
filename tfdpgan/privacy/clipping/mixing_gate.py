# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Tries out, before training, whether an example's part of a private step is its own.

Clipping bounds what an example contributes if that depends on this example alone. Reading the graph finds many ways to
break this (`loss_check`, `state_check`), not all. So the loss is run on made-up batches in which some examples stay and
the others change, to random ones and to extreme ones (constant, huge, not a number, copies). For those that stay
nothing may change by one bit: not the loss, not what any layer puts out, not the gradient and its norm. With the same
examples in other places TensorFlow may round differently, since its kernels take the ends of a batch by other
instructions; there differences up to 1e-3 of the largest value pass, far below those of a mask that goes by the place.
What this cannot find: a mixing that none of these batches sets off.
"""

import itertools
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.clipping.clipping_rule import ClippingRule
from tfdpgan.privacy.clipping.layer_rules import RULES
from tfdpgan.privacy.clipping.layer_rules.recording import Rehearsed, rehearse
from tfdpgan.privacy.clipping.loss_check import refuse_mixing_loss
from tfdpgan.privacy.clipping.observed_run import LayerOutput, ObservedRun, observe, observe_contributions
from tfdpgan.privacy.clipping.per_example import LossFn
from tfdpgan.privacy.clipping.stand_ins import EXTREME, FINITE, Batch, StandIns, tensors
from tfdpgan.privacy.clipping.state_check import refuse_state_and_randomness
from tfdpgan.privacy.clipping.traced_loss import example_specs

_NUMBERS_OF_VALUES = (1000, 100, 10, 5, 3, 2, 1)  # of labels: the largest with which the loss can be computed
_ROUNDING = 1e-3  # of the largest value, for examples in other places
_STEP = 0.05  # how far weights are moved, so that zeros in fresh layers hide nothing
_CHANGES = "changes for one example when others change"
_ONE_BY_ONE = (
    'Or use clipping_method="vectorized_map" (--clipping_method=vectorized_map), which runs the network on one example '
    "at a time, so that there is nothing to mix; slower, and not with microbatches."
)


class MixingGate:
    """Checks each pair of a model and a loss once, and remembers those that passed."""

    def __init__(self, l2_norm_clip: float, rule: ClippingRule) -> None:
        self._l2_norm_clip = l2_norm_clip
        self._rule = rule
        self._passed: dict[Hashable, tuple[Rehearsed, Any]] = {}

    @tf.autograph.experimental.do_not_convert
    def check(
        self, model: keras.layers.Layer, loss_fn: LossFn, real_batches: tuple[Any, ...], leading_axes: int, method: str
    ) -> Rehearsed:
        """Refuses what lets one example reach another, and returns which layers may be recorded.

        Args:
            model: built.
            loss_fn: `loss_fn(*inputs)` returns losses [batch].
            real_batches: (nested structures of) tensors; of these only shapes and dtypes are looked at.
            leading_axes: how many axes stand in front of each example: 2, or 3 with groups.
            method: of the clipping. Under "vectorized_map", which takes one example at a time, the examples of a batch
                have no way to meet but a state, random numbers or Python functions: only these are refused.

        Raises:
            ValueError: names the layer, or says that it is the loss, and the way out.
        """
        key, held = _identity(loss_fn)
        shapes = tuple((tuple(part.shape), part.dtype) for part in tf.nest.flatten(real_batches))
        trainable = tuple(id(variable) for variable in model.trainable_variables)
        key = (id(model), trainable, key, shapes, leading_axes, method)
        if key not in self._passed:
            refuse_state_and_randomness(loss_fn, real_batches, model, leading_axes)
            rehearsed: Rehearsed = {}
            if method != "vectorized_map":
                refuse_mixing_loss(loss_fn, real_batches, leading_axes)
                rehearsed = rehearse(model, RULES, loss_fn, real_batches, leading_axes)
                physical = tf.nest.flatten(real_batches)[0].shape[leading_axes - 1]
                trial = _Trial(
                    model, loss_fn, example_specs(real_batches, leading_axes), rehearsed, self._l2_norm_clip, self._rule
                )
                # A thread of its own is eager, whatever is being traced here, and no tape listens to it.
                with ThreadPoolExecutor(max_workers=1) as thread:
                    thread.submit(trial.run, physical).result()
            self._passed[key] = rehearsed, (model, held)  # held, so that no other object takes their identities
        return self._passed[key][0]


class _Trial:
    """The runs of one loss."""

    def __init__(
        self,
        model: keras.layers.Layer,
        loss_fn: LossFn,
        specs: Any,
        rehearsed: Rehearsed,
        l2_norm_clip: float,
        rule: ClippingRule,
    ) -> None:
        self._model = model
        self._loss_fn = loss_fn
        self._specs = specs
        self._rehearsed = rehearsed
        self._clipping = (l2_norm_clip, rule)
        self._batch_size = _unmistakable_size(model, specs)

    def run(self, physical: int | None) -> None:
        """Tries a small batch of an unmistakable size in depth, and one of the physical size."""
        self._make = self._find_stand_ins()
        size = self._batch_size
        kept = np.arange(size) % 2 == 0
        for training in (True, False):
            base = self._make.random(size)
            self._compare(base, self._make.with_others(base, kept, EXTREME), kept, self._forward(training))
        before = [variable.numpy() for variable in self._model.variables]
        try:
            self._move_weights()
            moved = [variable.numpy() for variable in self._model.variables]
            together = self._try_in_depth()
            self._require_unchanged(moved)
        finally:
            for variable, value in zip(self._model.variables, before, strict=True):
                variable.assign(value)
        if together and physical is not None and physical > 1:
            self._try_at(physical)

    def _try_at(self, physical: int) -> None:
        """Compares the losses, and only where they differ looks at the layers.

        Where another axis is as long as the batch the gradients are compared too: a model that turns its axes for this
        size alone would have the wrong one recorded.
        """
        base, kept = self._make.random(physical), np.arange(physical) % 2 == 0
        other = self._make.with_others(base, kept, EXTREME)
        if any(physical in spec.shape for spec in tf.nest.flatten(self._specs)):
            self._compare(base, other, kept, self._backward(kept))
        one, two = (self._loss_fn(*tensors(batch, self._specs)).numpy() for batch in (base, other))
        if not _same(one[kept], two[kept]):
            self._compare(base, other, kept, self._forward(None))

    def _try_in_depth(self) -> bool:
        """Returns whether the step computes the examples of a batch together, by book-keeping."""
        size = self._batch_size
        base, places = self._make.random(size), np.arange(size)
        one, but_one = places == size // 2, places != size // 2
        first = self._forward(None)(base)
        for _ in range(3):
            other = self._forward(None)(self._make.with_others(base, one, None))
            self._require_equal(first, other, one, _CHANGES, _ONE_BY_ONE)
        self._try_places(base, first)
        alone = self._backward(one)
        contribution = alone(base)
        if not contribution.contributions:
            return False
        copies = [np.repeat(part[one], size, axis=0) for part in base]
        for others in (self._make.with_others(base, one, FINITE), copies):
            self._require_equal(contribution, alone(others), one, _CHANGES, _ONE_BY_ONE)
        self._compare(base, self._make.with_others(base, but_one, None), but_one, self._backward(but_one))
        half = places % 2 == 0
        self._compare(base, self._make.with_others(base, half, EXTREME), half, self._backward(half))
        return True

    def _try_places(self, base: Batch, first: ObservedRun) -> None:
        """The same batch again, and with every example in another place."""
        again = self._forward(None)(base)
        everybody = np.ones(self._batch_size, bool)
        self._require_equal(first, again, everybody, "is not the same twice, on the same batch", "")
        self._require_same_elsewhere(first, self._forward(None)([np.roll(part, 3, axis=0) for part in base]))

    def _forward(self, training: bool | None) -> Callable[[Batch], ObservedRun]:
        return lambda batch: observe(self._loss_fn, tensors(batch, self._specs), self._model, training)

    def _backward(self, kept: np.ndarray) -> Callable[[Batch], ObservedRun]:
        return lambda batch: observe_contributions(
            self._loss_fn, tensors(batch, self._specs), self._model, self._rehearsed, kept, *self._clipping
        )

    def _compare(self, one: Batch, other: Batch, kept: np.ndarray, run: Callable[[Batch], ObservedRun]) -> None:
        self._require_equal(run(one), run(other), kept, _CHANGES, _ONE_BY_ONE)

    def _require_equal(self, one: ObservedRun, other: ObservedRun, kept: np.ndarray, reason: str, way_out: str) -> None:
        culprit = None if len(kept) != self._batch_size else _first_difference(one.outputs, other.outputs, kept)
        if culprit is None and not _same(one.losses[kept], other.losses[kept]):
            culprit = _first_difference(one.outputs, other.outputs, kept) or "the loss"
        if culprit is not None:
            _refuse(self._model, culprit, reason, way_out)
        if not _same_contributions(one.contributions, other.contributions, kept):
            culprit = _first_difference(one.slopes, other.slopes, kept) or "the loss"
            _refuse(self._model, culprit, f"has behind it a gradient that {reason}", way_out)

    def _require_same_elsewhere(self, here: ObservedRun, there: ObservedRun) -> None:
        moved = [*here.outputs, ("the loss", here.losses)], [*there.outputs, ("the loss", there.losses)]
        for (culprit, before), (_, after) in zip(*moved, strict=True):
            axis = _batch_axis(before, self._batch_size)
            if axis is not None and not _close(np.roll(before, 3, axis), after):
                reason = "goes by the place in the batch, which other examples decide"
                _refuse(self._model, culprit, reason, _ONE_BY_ONE)

    def _find_stand_ins(self) -> StandIns:
        """Labels from as large a range as the loss takes."""
        found, failure = None, None
        for num_values in _NUMBERS_OF_VALUES:
            make = StandIns(tf.nest.flatten(self._specs), num_values)
            try:
                losses = self._forward(None)(make.random(self._batch_size)).losses
            except (tf.errors.OpError, ArithmeticError, LookupError, TypeError, ValueError) as error:
                failure = error
                continue
            if np.isfinite(losses).all():
                return make
            found = found or make
        if found is None:
            raise ValueError(
                f"The loss cannot be tried out on made-up examples {tf.nest.flatten(self._specs)}: {failure}. Give the "
                "batches static shapes, and hand in whatever else the loss reads as an input or a tf.Variable."
            ) from failure
        return found

    def _move_weights(self) -> None:
        rng = np.random.default_rng(0)
        for variable in self._model.variables:
            if variable.dtype.is_floating:
                variable.assign_add(tf.cast(rng.normal(scale=_STEP, size=variable.shape), variable.dtype))

    def _require_unchanged(self, before: list[np.ndarray]) -> None:
        for variable, value in zip(self._model.variables, before, strict=True):
            if not _same(variable.numpy(), value):
                raise ValueError(
                    f"Variable {variable.name!r} of model {self._model.name!r} changes when the loss is computed: it "
                    "would keep what it saw of the examples, without clip and noise. Remove the assignment."
                )


def _first_difference(one: list[LayerOutput], other: list[LayerOutput], kept: np.ndarray) -> keras.layers.Layer | None:
    """The layer that is the first to put out something else for a kept example."""
    for (layer, before), (_, after) in zip(one, other, strict=False):
        if before.shape != after.shape:
            return layer
        axis = _batch_axis(before, len(kept))
        if axis is not None:
            rows = np.flatnonzero(kept)
            if not _same(np.take(before, rows, axis), np.take(after, rows, axis)):
                return layer
    return None


def _batch_axis(values: np.ndarray, batch_size: int) -> int | None:
    """The one axis of that size; None if there is no such axis, or several."""
    axes = [axis for axis, size in enumerate(values.shape) if size == batch_size]
    return axes[0] if len(axes) == 1 else None


def _same_contributions(one: list[np.ndarray], other: list[np.ndarray], kept: np.ndarray) -> bool:
    if not one or not other:
        return len(one) == len(other)
    return _same(one[0][kept], other[0][kept]) and all(map(_same, one[1:], other[1:]))


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    if one.dtype.kind in "OSU":
        return one.shape == other.shape and bool(np.all(one == other))
    return np.array_equal(one, other, equal_nan=True)


def _close(one: np.ndarray, other: np.ndarray) -> bool:
    if one.dtype.kind not in "fc":
        return True  # rounding may turn a comparison
    largest = np.max(np.abs(one), initial=0.0, where=np.isfinite(one))
    return bool(np.allclose(one, other, rtol=0, atol=_ROUNDING * largest, equal_nan=True))


def _refuse(model: keras.layers.Layer, culprit: keras.layers.Layer | str, reason: str, way_out: str) -> None:
    name = "The loss"
    if not isinstance(culprit, str):
        name = f"Layer {culprit.name!r} ({type(culprit).__name__})"
        if culprit is model:
            name = f"The call of model {culprit.name!r}, in between its layers,"
    raise ValueError(
        f"{name} mixes the examples of a batch: what it makes {reason}, so that no example's contribution can be "
        f"bounded. Let it treat each example alone. {way_out}".rstrip()
    )


def _unmistakable_size(model: keras.layers.Layer, specs: Any) -> int:
    """A small size that is no other dimension in sight."""
    shapes = [spec.shape for spec in tf.nest.flatten(specs)] + [variable.shape for variable in model.variables]
    taken = {size for shape in shapes for size in shape}
    return next(size for size in itertools.count(11, 2) if size not in taken)


def _identity(loss_fn: Any) -> tuple[Hashable, Any]:
    """What makes a function the same one (its code and what it has closed over), and the objects that this names."""
    loss_fn = getattr(loss_fn, "python_function", loss_fn)
    function = getattr(loss_fn, "__func__", loss_fn)
    if not hasattr(function, "__code__"):
        return id(loss_fn), loss_fn
    closed_over = [cell.cell_contents for cell in function.__closure__ or ()]
    held = [function.__code__, getattr(loss_fn, "__self__", None), *(function.__defaults__ or ()), *closed_over]
    return tuple(map(id, held)), held
