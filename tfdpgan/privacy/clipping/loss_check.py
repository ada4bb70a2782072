# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Refuses losses in whose graph one example's value is seen to depend on another example.

The layers of a model can all be harmless and the loss still mix: labels `[batch]` minus predictions `[batch, 1]`
broadcast to all pairs; a relativistic loss subtracts the mean of the batch. Every example's gradient is clipped as
always, and one more example moves all of them. The layers that a loss calls are part of its graph.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfdpgan.privacy.clipping.traced_loss import MARKED_BATCH_SIZE, batch_specs, example_specs, operations, traced

# What these make of a batch says how large it is, and nothing about its examples.
_SHAPE_OPERATIONS = {"Shape", "ShapeN", "Size", "Rank"}
# A list of tensors, or a handle, has no axes to look at.
_OPAQUE = {tf.variant, tf.resource}
_ALONG_LAST_AXIS = {"Softmax", "LogSoftmax", "TopKV2", "FFT", "IFFT"}
_ALONG_GIVEN_AXIS = {"Cumsum", "Cumprod", "CumulativeLogsumexp", "ReverseV2", "Roll"}


def refuse_mixing_loss(loss_fn: Callable[..., tf.Tensor], real_batches: tuple[Any, ...], leading_axes: int = 2) -> None:
    """Traces the loss for a batch of an unmistakable size and looks at what becomes of the batch axis.

    Nothing is computed and no example is read: only the shapes in the graph are, those inside of branches, loops and
    called functions included. Refused are operations on which the losses depend and which make a tensor without the
    batch axis out of one with it, of whatever dtype (a sum or a mean over the batch, one example picked out), or a
    tensor that has it twice (all pairs), and those that are known to work along it: softmax, sums so far, sorting,
    reversing, rolling, batch normalization. Not seen are other operations that keep the axis, Python functions, and
    tensors whose shape is unknown at tracing: `mixing_gate` tries these out.

    Args:
        loss_fn: `loss_fn(*inputs)` returns losses [batch], for any batch size.
        real_batches: tuple of (nested structures of) tensors [num_physical, physical, ...].
        leading_axes: how many axes stand in front of each example.

    Raises:
        ValueError: names the operation and the shapes.
    """
    graph_of_loss = traced(loss_fn, batch_specs(example_specs(real_batches, leading_axes), MARKED_BATCH_SIZE))
    for path, operation in operations(graph_of_loss.graph, outputs=graph_of_loss.outputs):
        if _mixes(operation):
            read = " and ".join(_described(tensor) for tensor in operation.inputs)
            raise ValueError(
                f"The loss mixes the examples of a batch: {operation.type} ({path}) makes "
                f"{_described(operation.outputs[0])} of {read}, so that no example's contribution can be bounded. Let "
                "each loss depend on its own example: give labels and predictions the same shape, and reduce over all "
                'axes but the first. Or use clipping_method="vectorized_map" (--clipping_method=vectorized_map), which '
                "computes the loss of one example at a time, without microbatches."
            )


def _mixes(operation: tf.Operation) -> bool:
    if operation.type in _SHAPE_OPERATIONS:
        return False
    axes_read = [_batch_axes(tensor) for tensor in operation.inputs]
    axes_made = [_batch_axes(tensor) for tensor in operation.outputs]
    makes_pairs = any(axes is not None and axes > 1 for axes in axes_made)
    loses_batch = any(axes_read) and axes_made and all(axes == 0 for axes in axes_made)
    return bool(makes_pairs or loses_batch or (any(axes_read) and _works_along_the_batch(operation)))


def _works_along_the_batch(operation: tf.Operation) -> bool:
    """Whether this is one of the operations that keep the batch axis and are known to mix along it here."""
    sizes = operation.inputs[0].shape
    if sizes.rank is None:
        return False
    marked = [axis for axis, size in enumerate(sizes) if size is not None and size and size % MARKED_BATCH_SIZE == 0]
    if operation.type.startswith("FusedBatchNorm"):  # LayerNormalization gives it the examples as channels
        attributes = operation.node_def.attr
        channels = 1 if attributes["data_format"].s.startswith(b"NC") else sizes.rank - 1
        return attributes["is_training"].b and any(axis != channels for axis in marked)
    if operation.type.startswith("Unique"):
        return 0 in marked
    if operation.type in _ALONG_LAST_AXIS:
        return sizes.rank - 1 in marked
    if operation.type in _ALONG_GIVEN_AXIS:
        axes = tf.get_static_value(operation.inputs[-1])
        return axes is None or any(int(axis) % sizes.rank in marked for axis in axes.ravel())
    return False


def _batch_axes(tensor: tf.Tensor) -> int | None:
    """How many axes run over the batch (with others folded in or not); None if the shape is unknown."""
    if tensor.dtype in _OPAQUE or tensor.shape.rank is None or None in tensor.shape.as_list():
        return None
    return sum(size > 0 and size % MARKED_BATCH_SIZE == 0 for size in tensor.shape)


def _described(tensor: tf.Tensor) -> str:
    if tensor.shape.rank is None:
        return "a tensor of unknown shape"
    sizes = ["batch" if size == MARKED_BATCH_SIZE else str(size) for size in tensor.shape]
    return f"[{', '.join(sizes)}]"
