# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Refuses losses that draw random numbers, keep a state, or leave TensorFlow.

Each of these reaches from one example to another, even where examples are computed one by one. Random numbers of a
public seed go by the place in the batch, which the other examples decide: one example more and all behind it get other
dropout masks. A variable that is assigned from a batch carries it, without clip and noise, into the next one and into
the checkpoint. What a Python function does cannot be seen.
"""

from typing import Any

import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.clipping.traced_loss import LossFn, batch_specs, example_specs, operations, owner_of, traced

_RANDOM = ("Random", "Multinomial", "TruncatedNormal", "Rng", "SampleDistortedBoundingBox")
_PYTHON = ("PyFunc", "PyFuncStateless", "EagerPyFunc")
# Operations with a state that they only read, or that lives no longer than the loss; and calls, whose bodies are read.
_HARMLESS = (
    "ReadVariableOp",
    "ResourceGather",
    "VarHandleOp",
    "VarIsInitializedOp",
    "VariableShape",
    "Assert",
    "TensorArray",
    "LookupTableFind",
    "LookupTableSize",
    "HashTable",
    "Stack",
    "If",
    "While",
    "Case",
    "StatefulPartitionedCall",
)
_WAYS_OUT = {
    "draws random numbers": "They go by the place in the batch, which the other examples decide. Remove the layer "
    "(Dropout, GaussianNoise, random augmentation): clipping and noise regularise already; or pass the random numbers "
    "as one more input, drawn for each example in secret, as the partners of a gradient penalty are.",
    "runs a Python function": "What it does cannot be checked. Write it in TensorFlow's own operations.",
    "changes or keeps a state": "What it keeps of the examples has neither clip nor noise. Remove the assignment, the "
    "metric, the summary or the print.",
}


def refuse_state_and_randomness(
    loss_fn: LossFn, tensors: tuple[Any, ...], model: keras.layers.Layer, leading_axes: int
) -> None:
    """Traces the loss of one example and its gradient, and refuses what reaches beyond that example.

    Args:
        loss_fn: `loss_fn(*inputs)` returns losses [batch].
        tensors: (nested structures of) tensors with `leading_axes` axes in front of each example.
        model: whose gradient is asked for; its layers are named in errors.
        leading_axes: 2 for [num_physical, physical, ...].

    Raises:
        ValueError: names the layer, if the model has it, and the way out.
    """

    def losses_and_gradients(*inputs: Any) -> Any:
        with tf.GradientTape() as tape:
            losses = loss_fn(*inputs)
        return losses, tape.gradient(losses, model.trainable_variables)

    specs = batch_specs(example_specs(tensors, leading_axes), 1)
    for path, operation in operations(traced(losses_and_gradients, specs).graph):
        reason = _reason(operation)
        if reason is not None:
            layer = owner_of(path, model)
            culprit = "The loss" if layer is None else f"Layer {layer.name!r} ({type(layer).__name__})"
            raise ValueError(
                f"{culprit} {reason} in a private step, by the operation {operation.type} ({path}). {_WAYS_OUT[reason]}"
            )


def _reason(operation: tf.Operation) -> str | None:
    if any(word in operation.type for word in _RANDOM):
        return "draws random numbers"
    if operation.type in _PYTHON:
        return "runs a Python function"
    if operation.op_def is not None and operation.op_def.is_stateful and not operation.type.startswith(_HARMLESS):
        return "changes or keeps a state"
    return None
