# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Layers that compute as they will in integers: weights and activations rounded to a grid, gradients straight through.

Each dense or convolutional layer of a network gets one of TF-MOT's wrappers for single layers (`quantize_model` refuses
subclassed models). Two ways:

* "tfmot": TF-MOT's symmetric quantiser of the weights, its range the present largest weight, and a range of the layer's
  inputs that is learned while training, as a running average of the batches' smallest and largest values.
* "clamped": as in "Device-Friendly Privacy-Preserving GANs" (2024), after GAN Slimming: inputs are clamped to [0, 4]
  and rounded (those of the network's first layer, latents and labels, to [-4, 4]); weights as above.

Both round inputs, and not outputs: between a layer's output and the next one's input lie normalisation and activation,
which a phone computes together with the layer, without rounding in between. The converter of TensorFlow Lite takes over
the learned ranges.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tf_keras as keras

from tfdpgan.models.network import Network
from tfdpgan.models.tfmot import LastValueQuantizer, QuantizeConfig, Quantizer, QuantizeWrapperV2

METHODS = ("tfmot", "clamped")
BIT_WIDTHS = (32, 16, 8)
_QUANTIZED = (keras.layers.Dense, keras.layers.Conv2D)  # transposed and depthwise ones are kinds of Conv2D for Keras
_DECAY = 0.99
_LARGEST_ACTIVATION = 4.0


def quantize_layers(network: Network, bits: int, method: str = "tfmot") -> None:
    """Wraps every dense and convolutional layer of a built network in place; call the network once to build it again.

    The weights stay; ranges of "tfmot" start at zero and are learned under `training=True`.

    Args:
        network: not quantised yet.
        bits: 16 or 8; 32 leaves the network as it is.
        method: "tfmot" or "clamped".

    Raises:
        ValueError: for other bits or methods, or a network that is quantised.
    """
    if bits not in BIT_WIDTHS or method not in METHODS:
        raise ValueError(
            f"Layers can be quantised to {', '.join(map(str, BIT_WIDTHS))} bits by {' or '.join(METHODS)}. "
            f"Received: {bits} bits, {method}."
        )
    if network.quantization is not None:
        raise ValueError(f"The network is quantised already: {network.quantization}.")
    if bits == 32:
        return
    wrapped: list[keras.layers.Layer] = []

    def wrap(layer: keras.layers.Layer) -> keras.layers.Layer:
        if not isinstance(layer, _QUANTIZED):
            return layer
        if method == "tfmot":
            wrapped.append(QuantizeLearnedWrapper(layer, bits))
        else:
            wrapped.append(QuantizeClampedWrapper(layer, bits, is_first=not wrapped))
        return wrapped[-1]

    network.replace_layers(wrap)
    network.quantization = {"bits": bits, "method": method}


class RunningRangeQuantizer(Quantizer):
    """Rounds to 2^bits levels between two numbers: running averages of what the batches held.

    Differs from TF-MOT's MovingAverageQuantizer, whose average starts at [-6, 6] and takes thousands of steps.
    """

    def __init__(self, bits: int) -> None:
        self._bits = bits

    def build(self, tensor_shape: Any, name: str, layer: keras.layers.Layer) -> dict[str, tf.Variable]:
        """The range and the number of batches that it has seen, as weights of `layer`."""
        del tensor_shape
        zeros = {"initializer": "zeros", "trainable": False, "shape": ()}
        return {part: layer.add_weight(name=f"{name}_{part}", **zeros) for part in ("min", "max", "num_batches")}

    def __call__(self, inputs: tf.Tensor, training: bool, weights: dict[str, tf.Variable], **kwargs: Any) -> tf.Tensor:
        """`inputs`, rounded; learns the range first if `training`."""
        low, high, seen = weights["min"], weights["max"], weights["num_batches"]
        if training:
            decay = tf.minimum(_DECAY, seen / (seen + 9.0))
            low.assign(decay * low + (1 - decay) * tf.minimum(tf.reduce_min(inputs), 0.0))
            high.assign(decay * high + (1 - decay) * tf.maximum(tf.reduce_max(inputs), 0.0))
            seen.assign_add(1.0)
        return tf.quantization.fake_quant_with_min_max_vars(inputs, low, high, self._bits)

    def get_config(self) -> dict[str, Any]:
        """The number of bits."""
        return {"bits": self._bits}


class _KernelOnly(QuantizeConfig):
    """The kernel on a symmetric grid."""

    def __init__(self, bits: int) -> None:
        self._bits = bits

    def get_weights_and_quantizers(self, layer):
        return [(layer.kernel, LastValueQuantizer(self._bits, per_axis=False, symmetric=True, narrow_range=True))]

    def get_activations_and_quantizers(self, layer):
        return []

    def set_quantize_weights(self, layer, quantize_weights):
        layer.kernel = quantize_weights[0]

    def set_quantize_activations(self, layer, quantize_activations):
        pass

    def get_output_quantizers(self, layer):
        return []

    def get_config(self):
        return {"bits": self._bits}


class QuantizeLearnedWrapper(QuantizeWrapperV2):
    """Rounds the inputs of a layer to the grid that training found, and its kernel.

    Args:
        layer: with a kernel.
        bits: of both.
    """

    def __init__(self, layer: keras.layers.Layer, bits: int) -> None:
        super().__init__(layer, _KernelOnly(bits))
        self._quantizer = RunningRangeQuantizer(bits)

    def build(self, input_shape):
        super().build(input_shape)
        self._range = self._quantizer.build(input_shape, "input", self)

    def call(self, inputs, training=None, **kwargs):
        return super().call(self._quantizer(inputs, training, self._range), training=training, **kwargs)


class QuantizeClampedWrapper(QuantizeWrapperV2):
    """Clamps and rounds the inputs of a layer, and rounds its kernel.

    Args:
        layer: with a kernel.
        bits: of both.
        is_first: its inputs are the network's own, which may be negative.
    """

    def __init__(self, layer: keras.layers.Layer, bits: int, is_first: bool) -> None:
        super().__init__(layer, _KernelOnly(bits))
        self._bits = bits
        self._low = -_LARGEST_ACTIVATION if is_first else 0.0

    def call(self, inputs, training=None, **kwargs):
        rounded = tf.quantization.fake_quant_with_min_max_args(inputs, self._low, _LARGEST_ACTIVATION, self._bits)
        return super().call(rounded, training=training, **kwargs)
