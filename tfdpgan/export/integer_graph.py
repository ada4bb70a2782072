# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A generator as a graph that can be computed in integers from end to end.

The converter leaves two things in float that every conditional generator with group normalisation holds: squares, and
one-hot labels. Here they are said in operators that have integer kernels, without touching an architecture:

* Group normalisation (Wu and He 2018) takes its variance by a product of each group, as a row, with itself: 8-bit
  factors, a 32-bit sum, and only the sum is rounded. Squares that were rounded one by one would lose the small ones.
* Its input is first scaled, group by group, to about unit variance. The normalisation undoes any such scale (epsilon is
  scaled along, so the result is the same), and the converter folds it into the kernel before. But an 8-bit tensor has
  one step size for all its channels, and groups of small variance would be lost in it.
* One-hot labels are read from a table.
* What goes into a tanh is rounded within [-4, 4]. Beyond, tanh is 1 to a tenth of a grey level; but a generator of
  black and white reaches 20 and more, and 8 bits for all of that would leave few for the greys.

Ranges that a network learned in training stay in the graph, for the converter to take over.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras

_SEEN_BY_TANH = 4.0
_GraphFunction = Callable[..., tf.Tensor]


@contextlib.contextmanager
def integer_layers(model: keras.Model, latents: tf.Tensor, labels: tf.Tensor) -> Iterator[None]:
    """While the block lasts, group normalisations compute as above; the latents set their scales (public randomness).

    Args:
        model: maps (latents, labels) to images. Its weights stay as they are.
        latents: `[n, latent_dim]` float32.
        labels: `[n]` int32.
    """
    layers = [layer for layer in model.submodules if _is_replaceable(layer)]
    try:
        for layer in layers:
            layer.call = _GroupNormalization(layer)
        model((latents, labels), training=False)
        yield
    finally:
        for layer in layers:
            layer.__dict__.pop("call", None)


def _is_replaceable(module: tf.Module) -> bool:
    return isinstance(module, keras.layers.GroupNormalization) and module.axis in (-1, module.input_spec.ndim - 1)


class _GroupNormalization:
    """What a Keras layer of that name computes, for channels last; the first call measures the scales."""

    def __init__(self, layer: keras.layers.GroupNormalization) -> None:
        self._layer = layer
        self._scales: np.ndarray | None = None

    def __call__(self, inputs: tf.Tensor) -> tf.Tensor:
        layer, shape = self._layer, [-1, *inputs.shape[1:]]
        batch, channels, groups = inputs.shape[0], inputs.shape[-1], self._layer.groups
        by_group = [batch, math.prod(inputs.shape[1:-1]), groups, channels // groups]
        if self._scales is None:
            rows = tf.reshape(inputs, by_group)
            self._scales = 1 / np.sqrt(tf.reduce_mean(tf.math.reduce_variance(rows, [1, 3]), 0) + layer.epsilon)
        scales = self._scales.astype(np.float32)
        inputs = inputs * np.repeat(scales, channels // groups)
        rows = tf.reshape(tf.transpose(tf.reshape(inputs, by_group), [0, 2, 1, 3]), [batch, groups, -1])
        size = rows.shape[2]
        centred = rows - tf.reduce_mean(rows, axis=2, keepdims=True)
        factor = tf.reshape(centred, [batch * groups, 1, size])
        squares = tf.reshape(tf.matmul(factor, factor, transpose_b=True), [batch, groups, 1])
        deviation_inverse = tf.math.rsqrt(squares * (1 / size) + layer.epsilon * scales[:, None] ** 2)
        normed = tf.reshape(centred * deviation_inverse, [batch, groups, by_group[1], channels // groups])
        outputs = tf.reshape(tf.transpose(normed, [0, 2, 1, 3]), shape)
        if layer.scale:
            outputs *= layer.gamma
        return outputs + layer.beta if layer.center else outputs


def rewritten(
    function: Any, num_classes: int, in_8_bits: bool, examples: Iterable[Sequence[np.ndarray]] = ()
) -> _GraphFunction:
    """A concrete function without variables, in operators that TFLite has in every type of number.

    Each OneHot of its label becomes a row of a table. Of roundings that the network was trained with (FakeQuant nodes),
    those with learned ranges are the converter's orders for int8; for other files, or other numbers of bits, they are
    left out. Those with a fixed range become clamps to it: in that range the converter has ideas of its own, and gives
    biases a scale that does not fit (22 dB). Kernels are rounded here and now, so that the converter can fold a batch
    normalisation into them.

    Args:
        function: with one output.
        num_classes: rows of the table.
        in_8_bits: whether the converter will be asked for 8 bits.
        examples: with 8 bits, inputs that show how far what goes into a tanh ranges; not read otherwise.

    Returns:
        A function of the same inputs: its output, or a list of it.
    """
    ranges = _wide_ranges_before_tanh(function, examples) if in_8_bits else {}
    graph_def = tf.compat.v1.GraphDef()
    original = function.graph.as_graph_def()
    graph_def.versions.CopyFrom(original.versions)
    for node in original.node:
        if node.op == "OneHot":
            graph_def.node.extend(_table_lookup(node, num_classes))
        elif node.name in ranges:
            graph_def.node.extend(_tanh_within(node, *ranges[node.name]))
        elif node.op == "FakeQuantWithMinMaxArgs":
            graph_def.node.extend(_clamp(node))
        elif node.op.startswith("FakeQuant") and not (in_8_bits and node.attr["num_bits"].i == 8):
            graph_def.node.append(_float_node("Identity", node.name, node.input[0]))
        elif node.op.startswith("FakeQuant") and (value := _rounded_constant(function.graph, node)) is not None:
            graph_def.node.append(_constant(node.name, value))
        else:
            graph_def.node.add().CopyFrom(node)
    return _part_of(graph_def, function.inputs, function.outputs[0].name)


def _part_of(graph_def: Any, inputs: Sequence[tf.Tensor], outputs: Any) -> _GraphFunction:
    """From the tensors that are named like `inputs` to those of the names `outputs`."""
    imported = tf.compat.v1.wrap_function(lambda: tf.compat.v1.import_graph_def(graph_def, name=""), [])
    element = imported.graph.as_graph_element
    return imported.prune([element(tensor.name) for tensor in inputs], tf.nest.map_structure(element, outputs))


def _wide_ranges_before_tanh(function: Any, examples: Iterable[Sequence[np.ndarray]]) -> dict[str, tuple[float, float]]:
    """For each tanh by name: what arrives there, cut to [-4, 4]; those that are not wider are left out."""
    arriving = {
        operation.name: operation.inputs[0].name
        for operation in function.graph.get_operations()
        if operation.type == "Tanh"
    }
    if not arriving:
        return {}
    measured = _part_of(function.graph.as_graph_def(), function.inputs, arriving)
    ranges = dict.fromkeys(arriving, (0.0, 0.0))
    for example in examples:
        for name, values in measured(*map(tf.constant, example)).items():
            low, high = ranges[name]
            ranges[name] = min(low, np.min(values)), max(high, np.max(values))
    return {
        name: (max(low, -_SEEN_BY_TANH), min(high, _SEEN_BY_TANH))
        for name, (low, high) in ranges.items()
        if max(-low, high) > _SEEN_BY_TANH
    }


def _rounded_constant(graph: tf.Graph, rounding: Any) -> np.ndarray | None:
    """What a FakeQuantWithMinMaxVars makes of a constant; None for a tensor that the inputs have a part in."""
    inputs = [tf.get_static_value(tensor) for tensor in graph.get_operation_by_name(rounding.name).inputs]
    if any(value is None for value in inputs):
        return None
    bits, narrow = rounding.attr["num_bits"].i, rounding.attr["narrow_range"].b
    return tf.quantization.fake_quant_with_min_max_vars(*inputs, num_bits=bits, narrow_range=narrow).numpy()


def _table_lookup(one_hot: Any, num_classes: int) -> list[Any]:
    """The nodes that give what `one_hot` (a NodeDef on [batch] labels, with on and off values 1 and 0) gives."""
    table = _constant(f"{one_hot.name}/table", np.eye(num_classes, dtype=np.float32))
    axis = _constant(f"{one_hot.name}/axis", np.int32(0))
    gather = tf.compat.v1.NodeDef(name=one_hot.name, op="GatherV2", input=[table.name, one_hot.input[0], axis.name])
    gather.attr["Tparams"].type = tf.float32.as_datatype_enum
    gather.attr["Tindices"].CopyFrom(one_hot.attr["TI"])
    gather.attr["Taxis"].type = tf.int32.as_datatype_enum
    return [table, axis, gather]


def _tanh_within(tanh: Any, low: float, high: float) -> list[Any]:
    """The node, and before it a rounding to 8 bits in a range: an order to the converter, which costs no operator."""
    ends = [_constant(f"{tanh.name}/{name}", np.float32(value)) for name, value in (("low", low), ("high", high))]
    rounded = tf.compat.v1.NodeDef(name=f"{tanh.name}/rounded", op="FakeQuantWithMinMaxVars")
    rounded.input.extend([tanh.input[0], *(end.name for end in ends)])
    rounded.attr["num_bits"].i = 8
    return [*ends, rounded, _float_node("Tanh", tanh.name, rounded.name)]


def _clamp(rounding: Any) -> list[Any]:
    """The nodes that keep the range of a FakeQuantWithMinMaxArgs and leave the steps in it to the calibration."""
    low, high = (_constant(f"{rounding.name}/{end}", np.float32(rounding.attr[end].f)) for end in ("min", "max"))
    raised = _float_node("Maximum", f"{rounding.name}/maximum", rounding.input[0], low.name)
    return [low, high, raised, _float_node("Minimum", rounding.name, raised.name, high.name)]


def _float_node(operator: str, name: str, *inputs: str) -> Any:
    node = tf.compat.v1.NodeDef(name=name, op=operator, input=inputs)
    node.attr["T"].type = tf.float32.as_datatype_enum
    return node


def _constant(name: str, value: Any) -> Any:
    node = tf.compat.v1.NodeDef(name=name, op="Const")
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
    node.attr["dtype"].type = node.attr["value"].tensor.dtype
    return node
