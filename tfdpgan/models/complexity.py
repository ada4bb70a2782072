# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a network costs to store and to run: parameters, multiply-accumulates, bytes.

Two counts of multiply-accumulates (MACs) for one image. The true one counts the products that are computed: a
transposed convolution multiplies its kernel with each INPUT pixel. The other counts the kernel once for each OUTPUT
pixel, over 2^20, as "Device-Friendly Privacy-Preserving GANs" (2024) does under the name MFLOPs: for transposed
convolutions of stride 2 it is four times as high. Activations, normalisations and biases are left out of both.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.models.channels import ChannelAxis

BIT_WIDTHS = (32, 16, 8)
# Kind of operation: the input that is the kernel, the input that is the image (None: what counts is the output).
_MULTIPLICATIONS = {
    "Conv2D": (1, None),
    "DepthwiseConv2dNative": (1, None),
    "Conv2DBackpropInput": (1, 2),
    "MatMul": (1, None),
}


@dataclass(frozen=True)
class LayerComplexity:
    """One multiplication with a kernel.

    Attributes:
        name: of the layer.
        kind: of the operation.
        output_shape: without the batch axis.
        weights: entries of the kernel.
        macs: multiply-accumulates of one image.
        macs_at_output: kernel entries times output pixels.
        kernel: the variable, where it is used as it is (not quantised first).
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    weights: int
    macs: int
    macs_at_output: int
    kernel: tf.Variable | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Complexity:
    """Of a network.

    Attributes:
        layers: one for each multiplication, in the order of computation.
        parameters: kernels, biases, scales and offsets.
    """

    layers: tuple[LayerComplexity, ...]
    parameters: int

    @property
    def weights(self) -> int:
        """Entries of all kernels."""
        return sum(layer.weights for layer in self.layers)

    @property
    def macs(self) -> int:
        """True multiply-accumulates of one image."""
        return sum(layer.macs for layer in self.layers)

    @property
    def mflops_at_output(self) -> float:
        """Multiply-accumulates at each layer's output resolution, over 2^20."""
        return sum(layer.macs_at_output for layer in self.layers) / 2**20

    def num_bytes(self, bits: int) -> int:
        """Bytes of all parameters at this width, without any file format."""
        return math.ceil(self.parameters * bits / 8)

    def macs_with(self, axes: Sequence[ChannelAxis], masks: Sequence[np.ndarray]) -> float:
        """True multiply-accumulates when only the channels in `masks` (bool, one array for each axis) are left.

        Raises:
            ValueError: for axes of another network.
        """
        kernels = {id(layer.kernel) for layer in self.layers}
        for axis in axes:
            if not any(id(tensor) in kernels for tensor, _ in axis.shared):
                raise ValueError(f"The channels of {axis.norm.name} belong to another network than was counted.")
        shares = [(shared, mask.mean()) for axis, mask in zip(axes, masks, strict=True) for shared, _ in axis.shared]
        total = 0.0
        for layer in self.layers:
            total += layer.macs * math.prod(share for tensor, share in shares if tensor is layer.kernel)
        return total

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "parameters": self.parameters,
            "weights": self.weights,
            "macs": self.macs,
            "mflops_at_output": self.mflops_at_output,
            "bytes": {str(bits): self.num_bytes(bits) for bits in BIT_WIDTHS},
            "layers": [
                {
                    "name": layer.name,
                    "kind": layer.kind,
                    "output_shape": list(layer.output_shape),
                    "weights": layer.weights,
                    "macs": layer.macs,
                    "macs_at_output": layer.macs_at_output,
                }
                for layer in self.layers
            ],
        }

    def render_table(self) -> str:
        """A line for each layer, and the sums."""
        rows = [("layer", "output", "weights", "MACs", "MACs at output / 2^20")]
        rows += [
            (
                layer.name,
                "x".join(map(str, layer.output_shape)),
                f"{layer.weights:,}",
                f"{layer.macs:,}",
                f"{layer.macs_at_output / 2**20:.2f}",
            )
            for layer in self.layers
        ]
        rows.append(("sum", "", f"{self.weights:,}", f"{self.macs:,}", f"{self.mflops_at_output:.2f}"))
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        lines = [
            "  ".join(
                cell.ljust(width) if not column else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in rows
        ]
        sizes = ", ".join(f"{self.num_bytes(bits) / 1e6:.2f} MB at {bits} bits" for bits in BIT_WIDTHS)
        return "\n".join([*lines, f"parameters with biases and normalisation: {self.parameters:,} ({sizes})"])


def measure_complexity(generator: keras.Model, latent_dim: int) -> Complexity:
    """Counts what one image costs.

    Args:
        generator: built; maps (latents `[n, latent_dim]`, labels `[n]`) to images.
        latent_dim: of its input.

    Returns:
        The counts. Dense, convolutional, depthwise and transposed convolutional multiplications are counted.
    """
    return _measured(generator, [latent_dim])


def measure_discriminator(discriminator: keras.Model, image_shape: Sequence[int]) -> Complexity:
    """The same of a discriminator: maps (images `[n, *image_shape]`, labels `[n]`) to logits."""
    return _measured(discriminator, image_shape)


def _measured(network: keras.Model, input_shape: Sequence[int]) -> Complexity:
    traced = tf.function(lambda inputs, labels: network((inputs, labels), training=False))
    concrete = traced.get_concrete_function(tf.TensorSpec([1, *input_shape]), tf.TensorSpec([1], tf.int32))
    layers = tuple(_layers(concrete, network.trainable_variables))
    return Complexity(layers, sum(variable.shape.num_elements() for variable in network.trainable_variables))


def _layers(concrete: Any, variables: Sequence[tf.Variable]) -> Iterator[LayerComplexity]:
    handles = {id(variable.handle): variable for variable in variables}
    kernels = {internal.name: handles.get(id(external)) for external, internal in concrete.graph.captures}
    for operation in concrete.graph.get_operations():
        if operation.type not in _MULTIPLICATIONS:
            continue
        kernel_index, image_index = _MULTIPLICATIONS[operation.type]
        kernel, output = operation.inputs[kernel_index], operation.outputs[0]
        image, weights = output if image_index is None else operation.inputs[image_index], kernel.shape.num_elements()
        yield LayerComplexity(
            operation.name.split("/")[-2],
            operation.type,
            tuple(output.shape[1:]),
            weights,
            weights * _pixels(image),
            weights * _pixels(output),
            _variable_behind(kernel, kernels),
        )


def _pixels(images: tf.Tensor) -> int:
    """Of the one image: 1 for a vector."""
    return images.shape[1:-1].num_elements()


def _variable_behind(tensor: tf.Tensor, kernels: dict[str, tf.Variable | None]) -> tf.Variable | None:
    while tensor.op.type in ("ReadVariableOp", "Identity"):
        tensor = tensor.op.inputs[0]
    return kernels.get(tensor.name)
