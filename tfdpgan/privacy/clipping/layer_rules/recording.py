# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Records what the layers of a model see and put out while a loss is computed.

For the time of the forward pass `call` of every layer in the table is replaced by one that keeps the layer's
input and watches its output before the activation. The backward pass then stops at those outputs: no filter
gradient of the batch is ever built.

What was recorded must be all there is: a variable that is also used in another way has a gradient that the
rules do not see. A second tape, off during recorded calls, watches all other reads of variables. It finds raw
variables of a subclassed model, unsupported layers, kernel regularisers and calls inside of control flow. A
gradient that is taken inside of the loss (a gradient penalty) depends on the weights through the backward
pass of recorded calls and is found by a mark on every recorded output whose own gradient tells when it is
asked for.

The leading axis of a recorded input must be the batch. Its size does not say so: in `[time, batch, d]` there may be
as many moments as examples. A rehearsal traces the loss for a batch whose size no other axis has, and only calls that
it finds in order are recorded.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.clipping.layer_rules.rule import LayerCall, LayerRule, replaced_attributes
from tfdpgan.privacy.clipping.traced_loss import MARKED_BATCH_SIZE, LossFn, batch_specs, example_specs, traced

Rehearsed: TypeAlias = dict[keras.layers.Layer, int]


class RecordedOutput(NamedTuple):
    """What the rule kept of one call, and the watched output."""

    kept: tf.Tensor
    output: tf.Tensor


class Recording:
    """The calls of one forward pass.

    Args:
        model: the model whose layers are recorded.
        rules: layer type -> rule.
        batch_size: number of examples, int or scalar tensor.
        rehearsed: layer -> how many of its calls may be recorded, from `rehearse`; None in the rehearsal itself.
    """

    def __init__(
        self,
        model: keras.layers.Layer,
        rules: dict[type, LayerRule],
        batch_size: int | tf.Tensor,
        rehearsed: Rehearsed | None,
    ) -> None:
        self._model = model
        self._rules = rules
        self._batch_size = batch_size
        self._rehearsed = rehearsed
        self._graph = _current_graph()
        self._active = False
        self._outputs_tape = tf.GradientTape(watch_accessed_variables=False)
        self._reads_tape = tf.GradientTape()
        self._took_inner_gradient = False
        self._refusals: dict[keras.layers.Layer, str] = {}
        self.outputs: dict[keras.layers.Layer, list[RecordedOutput]] = {}

    @contextlib.contextmanager
    def __call__(self) -> Iterator[None]:
        """Records the calls made inside the context."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._outputs_tape)
            stack.enter_context(self._reads_tape)
            for layer in _layers(self._model):
                rule = self._rules.get(type(layer))
                if rule is not None:
                    stack.enter_context(replaced_attributes(layer, call=self._recording_call(layer, rule)))
            self._active = True
            try:
                yield
            finally:
                self._active = False

    def obstacle(self) -> str | None:
        """Returns why the recorded calls are not the whole story, or None if they are."""
        if self._took_inner_gradient:
            return "the loss takes a gradient of its own"
        if self._rehearsed is not None:
            for layer, count in self._rehearsed.items():
                if len(self.outputs.get(layer, ())) != count:
                    return f"layer {layer.name!r} is not called alike for every size of the batch"
        trainable = {id(variable.handle): variable for variable in self._model.trainable_variables}
        read_elsewhere = [
            trainable[id(variable.handle)]
            for variable in self._reads_tape.watched_variables()
            if id(variable.handle) in trainable
        ]
        if read_elsewhere:
            return self._describe(read_elsewhere[0])
        owners: dict[int, keras.layers.Layer] = {}
        for layer in self.outputs:
            for variable in layer.trainable_variables:
                if owners.setdefault(id(variable.handle), layer) is not layer:
                    return f"variable {variable.name!r} is shared by two layers"
        return None

    @property
    def refuses_a_call(self) -> bool:
        """Whether some call of a layer that has a rule could not be recorded."""
        return bool(self._refusals)

    def accepted_calls(self) -> Rehearsed:
        """How many calls were recorded of each layer of which none was refused."""
        return {layer: len(calls) for layer, calls in self.outputs.items() if layer not in self._refusals}

    def calls(self, losses: tf.Tensor) -> dict[keras.layers.Layer, list[LayerCall]]:
        """Returns the calls on which the losses depend, with the gradients of the losses' sum."""
        recorded = [(layer, record) for layer, records in self.outputs.items() for record in records]
        gradients = self._outputs_tape.gradient(losses, [record.output for _, record in recorded])
        calls: dict[keras.layers.Layer, list[LayerCall]] = {}
        for (layer, record), gradient in zip(recorded, gradients, strict=True):
            if gradient is not None:
                calls.setdefault(layer, []).append(LayerCall(record.kept, gradient))
        return calls

    def _recording_call(self, layer: keras.layers.Layer, rule: LayerRule) -> Callable[..., Any]:
        original = layer.call

        @functools.wraps(original)
        @tf.autograph.experimental.do_not_convert
        def call(inputs: Any, *args: Any, **kwargs: Any) -> Any:
            refusal = self._refusal(layer, rule, inputs)
            if refusal is not None:
                self._refusals[layer] = refusal
                return original(inputs, *args, **kwargs)
            self._check_batch_axis(layer, inputs)
            with self._reads_tape.stop_recording():
                kept, output = rule.forward(layer, functools.partial(original, *args, **kwargs), inputs)
            output = self._mark(output)
            self._outputs_tape.watch(output)
            self.outputs.setdefault(layer, []).append(RecordedOutput(kept, output))
            return rule.finish(layer, output)

        return call

    def _refusal(self, layer: keras.layers.Layer, rule: LayerRule, inputs: Any) -> str | None:
        """Returns why this call cannot be recorded, or None."""
        if not isinstance(inputs, tf.Tensor):
            return "its input is not one dense tensor"
        if _current_graph() is not self._graph:
            return "it is called inside of control flow or of another tf.function"
        refusal = rule.refusal(layer, inputs) if inputs.shape.rank else None
        if refusal is None and not self._may_lead_with_the_batch(layer, inputs):
            return "the leading axis of its input is not the batch in every call"
        return refusal

    def _may_lead_with_the_batch(self, layer: keras.layers.Layer, inputs: tf.Tensor) -> bool:
        rows, batch_size = inputs.shape[0] if inputs.shape.rank else None, tf.get_static_value(self._batch_size)
        if self._rehearsed is None:  # the size of the batch is no other's here, and what is not known is not trusted
            return rows == batch_size
        is_other = rows is not None and batch_size is not None and rows != batch_size
        return layer in self._rehearsed and inputs.shape.rank != 0 and not is_other

    def _check_batch_axis(self, layer: keras.layers.Layer, inputs: tf.Tensor) -> None:
        """Checks the leading axis when the graph runs, where the batch size is not known earlier."""
        if inputs.shape[0] is None or tf.get_static_value(self._batch_size) is None:
            tf.debugging.assert_equal(
                tf.shape(inputs)[0],
                self._batch_size,
                f"The leading axis of the input of layer {layer.name!r} is not the batch axis. Use "
                "method='vectorized_map', or give the inputs a static batch size.",
            )

    def _mark(self, output: tf.Tensor) -> tf.Tensor:
        """The identity, which notes when a gradient passes it during the forward pass."""

        @tf.custom_gradient
        def identity(value: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
            def pass_on(gradient: tf.Tensor) -> tf.Tensor:
                self._took_inner_gradient = self._took_inner_gradient or self._active
                return gradient

            return tf.identity(value), pass_on

        return identity(output)

    def _describe(self, variable: tf.Variable) -> str:
        """Names the layer that reads the variable, or the variable if it belongs to none."""
        for layer in _layers(self._model):
            if any(own is variable for own in layer._trainable_weights):
                reason = self._refusals.get(layer, "its variables are read elsewhere")
                if type(layer) not in self._rules:
                    reason = "no rule for this layer type"
                return f"layer {layer.name!r} ({type(layer).__name__}): {reason}"
        return f"variable {variable.name!r} is read outside of a supported layer"


def rehearse(
    model: keras.layers.Layer,
    rules: dict[type, LayerRule],
    loss_fn: LossFn,
    inputs: tuple[Any, ...],
    leading_axes: int = 1,
) -> Rehearsed:
    """Traces the loss for a batch of an unmistakable size: which layers may be recorded, and in how many calls.

    Nothing is computed. Of a loss that cannot be traced for such a batch nothing may be recorded.

    Args:
        model: as for `Recording`.
        rules: as for `Recording`.
        loss_fn: the loss.
        inputs: of the loss, with `leading_axes` axes in front of each example; only shapes and dtypes are used.
        leading_axes: 1 for a batch.
    """
    rehearsals = []

    @tf.autograph.experimental.do_not_convert
    def record(status: Any, marked: tuple[Any, ...]) -> Any:
        rehearsal = Recording(model, rules, MARKED_BATCH_SIZE, None)
        with rehearsal():
            losses = tf.__internal__.autograph.tf_convert(loss_fn, status)(*marked)
        rehearsals.append(rehearsal)
        return losses

    def run(*marked: Any) -> Any:
        return record(tf.__internal__.autograph.control_status_ctx(), marked)

    try:
        specs = batch_specs(example_specs(inputs, leading_axes), MARKED_BATCH_SIZE)
        traced(run, specs)
        if rehearsals[-1].refuses_a_call:  # perhaps the first call of a Sequential, which makes its own graph then
            traced(run, specs)
    except Exception:  # of the loss, whatever it raises: it will raise it again where it is meant to run
        return {}
    return rehearsals[-1].accepted_calls()


def _layers(model: keras.layers.Layer) -> list[keras.layers.Layer]:
    return [module for module in (model, *model.submodules) if isinstance(module, keras.layers.Layer)]


def _current_graph() -> tf.Graph | None:
    return None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()
