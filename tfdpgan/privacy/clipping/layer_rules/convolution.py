# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The rules for convolutions: Conv2D, Conv2DTranspose, DepthwiseConv2D."""

from collections.abc import Sequence

import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.clipping.layer_rules.contraction import contraction_part
from tfdpgan.privacy.clipping.layer_rules.dense import bias_part, positions
from tfdpgan.privacy.clipping.layer_rules.filter_gradients import Geometry, filter_gradient_part, patches
from tfdpgan.privacy.clipping.layer_rules.rule import GradientPart, LayerCall, LayerRule, instantiated_part


class _ConvolutionRule(LayerRule):
    """What the convolutions share: the images' layout and the bias."""

    def refusal(self, layer: keras.layers.Layer, inputs: tf.Tensor) -> str | None:
        if layer.data_format != "channels_last":
            return f"data_format={layer.data_format!r}"
        return None if inputs.shape.rank == 4 else "its input has more than one batch axis"

    def parts(self, layer: keras.layers.Layer, calls: Sequence[LayerCall]) -> list[GradientPart]:
        images = [tf.cast(call.kept, tf.float32) for call in calls]
        gradients = [tf.cast(call.output_gradient, tf.float32) for call in calls]
        parts = [self._filter_part(layer, images, gradients)]
        if layer.use_bias:
            parts.append(bias_part(layer.bias, tf.concat([positions(gradient) for gradient in gradients], axis=1)))
        return parts

    def _filter_part(
        self, layer: keras.layers.Layer, images: list[tf.Tensor], gradients: list[tf.Tensor]
    ) -> GradientPart:
        raise NotImplementedError


class Conv2DRule(_ConvolutionRule):
    """Conv2D, with strides, padding, dilation and groups."""

    def _filter_part(
        self, layer: keras.layers.Conv2D, images: list[tf.Tensor], gradients: list[tf.Tensor]
    ) -> GradientPart:
        groups = zip(
            zip(*(tf.split(image, layer.groups, axis=-1) for image in images), strict=True),
            zip(*(tf.split(gradient, layer.groups, axis=-1) for gradient in gradients), strict=True),
            strict=True,
        )
        parts = [_linked_images_part(layer, large, small, scales_large=False) for large, small in groups]
        return _beside_each_other(layer.kernel, parts)


class Conv2DTransposeRule(_ConvolutionRule):
    """Conv2DTranspose: the convolution that leads from its output back to its input has the same filter."""

    def _filter_part(
        self, layer: keras.layers.Conv2DTranspose, images: list[tf.Tensor], gradients: list[tf.Tensor]
    ) -> GradientPart:
        return _linked_images_part(layer, gradients, images, scales_large=True)


class DepthwiseConv2DRule(_ConvolutionRule):
    """DepthwiseConv2D: few weights, so each example's gradient is built from patches."""

    def _filter_part(
        self, layer: keras.layers.DepthwiseConv2D, images: list[tf.Tensor], gradients: list[tf.Tensor]
    ) -> GradientPart:
        rows, columns, channels, multiplier = layer.depthwise_kernel.shape
        seen = tf.concat([patches(image, Geometry.of(layer)) for image in images], axis=1)
        seen = tf.reshape(seen, [tf.shape(seen)[0], -1, rows * columns, channels])
        gradient = tf.concat([positions(gradient) for gradient in gradients], axis=1)
        gradient = tf.reshape(gradient, [tf.shape(gradient)[0], -1, 1, channels, multiplier])
        per_output = [tf.reduce_sum(seen * gradient[..., index], axis=1) for index in range(multiplier)]
        per_example = tf.reshape(tf.stack(per_output, axis=-1), [-1, rows, columns, channels, multiplier])
        return instantiated_part(layer.depthwise_kernel, per_example)


def _linked_images_part(
    layer: keras.layers.Layer, large: Sequence[tf.Tensor], small: Sequence[tf.Tensor], scales_large: bool
) -> GradientPart:
    """The part of a filter that ties large images to small ones, one pair per call of the layer."""
    geometry = Geometry.of(layer)
    shape = tf.TensorShape([*layer.kernel_size, large[0].shape[-1], small[0].shape[-1]])
    if len(large) == 1:
        return filter_gradient_part(layer.kernel, shape, large[0], small[0], geometry, scales_large)
    return contraction_part(
        layer.kernel,
        tf.concat([patches(image, geometry) for image in large], axis=1),
        tf.concat([positions(image) for image in small], axis=1),
        shape=shape,
        scales_inputs=scales_large,
    )


def _beside_each_other(variable: tf.Variable, parts: list[GradientPart]) -> GradientPart:
    """Joins the parts of a filter's groups, which lie side by side on its last axis."""
    return GradientPart(
        variable,
        tf.add_n([part.squared_norm for part in parts]),
        lambda weights: tf.concat([part.weighted_sum(weights) for part in parts], axis=-1),
    )
