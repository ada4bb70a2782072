# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A loss as a graph that can be read before it is run, for a batch whose size gives its axis away.

Nothing is computed and no example is read: the graph is made from shapes. Where a dimension of an example is not known
(images of any size), a stand-in is put in its place.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import tensorflow as tf
import tf_keras as keras

# A prime that is no width of any network marks the batch axis, so that it can be followed through the graph.
MARKED_BATCH_SIZE = 7919
_STAND_IN = 32  # for an unknown dimension of an example

LossFn = Callable[..., Any]


def example_specs(tensors: Any, leading_axes: int) -> Any:
    """The shapes and dtypes of one example, from (nested structures of) tensors with so many axes in front of it."""

    def spec(tensor: tf.Tensor) -> tf.TensorSpec:
        sizes = tensor.shape[leading_axes:] if tensor.shape.rank is not None else []
        return tf.TensorSpec([_STAND_IN if size is None else size for size in sizes], tensor.dtype)

    return tf.nest.map_structure(spec, tensors)


def batch_specs(specs: Any, batch_size: int | None) -> Any:
    """The shapes of a batch of such examples."""
    return tf.nest.map_structure(lambda spec: tf.TensorSpec([batch_size, *spec.shape], spec.dtype), specs)


def traced(function: LossFn, specs: Any) -> Any:
    """The concrete function for inputs of these shapes; symbols of an outer trace may be captured."""
    return tf.function(getattr(function, "python_function", function)).get_concrete_function(*specs)


def operations(
    graph: tf.Graph, path: str = "", outputs: Sequence[tf.Tensor] | None = None
) -> Iterator[tuple[str, tf.Operation]]:
    """Yields the operations of a graph and of all functions, branches and loop bodies that it calls, with their paths.

    Args:
        graph: the graph.
        path: of the operation that calls it.
        outputs: if given, only operations on which these depend are yielded, in called functions too.
    """
    needed = None if outputs is None else _ancestors(outputs)
    for operation in graph.get_operations():
        if needed is not None and not any(tensor.name in needed for tensor in operation.outputs):
            continue
        here = f"{path}/{operation.name}" if path else operation.name
        yield here, operation
        called_graphs = _called_graphs(graph, operation)
        for called in called_graphs:
            chosen = None if needed is None else _needed_outputs(called, called_graphs, operation, needed)
            yield from operations(called, here, chosen)


def owner_of(path: str, model: keras.layers.Layer) -> keras.layers.Layer | None:
    """The innermost layer of the model whose name is part of an operation's path, or None."""
    layers = {module.name: module for module in model.submodules if isinstance(module, keras.layers.Layer)}
    return next((layers[part] for part in reversed(path.split("/")[:-1]) if part in layers), None)


def _called_graphs(graph: tf.Graph, operation: tf.Operation) -> list[tf.Graph]:
    if operation.type == "Const":  # may be large to look at
        return []
    attributes = operation.node_def.attr
    names = [attributes[name].func.name for name in attributes if attributes[name].HasField("func")]
    names += [function.name for name in attributes for function in attributes[name].list.func]
    found = [graph._get_function(name) for name in names]
    return [function.graph for function in found if function is not None]


def _needed_outputs(
    called: tf.Graph, all_called: Sequence[tf.Graph], operation: tf.Operation, needed: set[str]
) -> list[tf.Tensor]:
    """Those outputs of a called function on which the needed outputs of the calling operation depend."""
    if len(called.outputs) != len(operation.outputs):  # the condition of a loop
        return called.outputs
    chosen = {index for index, tensor in enumerate(operation.outputs) if tensor.name in needed}
    while operation.type.endswith("While"):  # what the condition and the next pass read is what this pass makes
        read = {
            index
            for graph in all_called
            for outputs in [[graph.outputs[index] for index in chosen] if graph is called else graph.outputs]
            for names in [_ancestors(outputs)]
            for index, tensor in enumerate(graph.inputs)
            if tensor.name in names and index < len(called.outputs)
        }
        if read <= chosen:
            break
        chosen |= read
    return [called.outputs[index] for index in sorted(chosen)]


def _ancestors(tensors: Sequence[tf.Tensor]) -> set[str]:
    """Names of the tensors of the graph on which these depend, their own among them."""
    pending, names = list(tensors), set()
    while pending:
        tensor = pending.pop()
        if tensor.name not in names:
            names.add(tensor.name)
            pending.extend(tensor.op.inputs)
    return names
