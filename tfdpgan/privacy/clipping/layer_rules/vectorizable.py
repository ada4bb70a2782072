# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Convolutions whose gradients `tf.vectorized_map` turns into one matrix product.

It has no batched form of the library's filter gradient and runs that in a loop over the examples, which for
small images costs more than everything else. The same gradient from patches and a matrix product has a
batched form.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.clipping.layer_rules.filter_gradients import Geometry, filter_gradient_from_patches
from tfdpgan.privacy.clipping.layer_rules.rule import replaced_attributes

Convolution = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


@contextlib.contextmanager
def vectorizable_convolutions(model: keras.layers.Layer) -> Iterator[None]:
    """Gives every plain Conv2D of the model such a gradient inside of the context."""
    with contextlib.ExitStack() as stack:
        for layer in (model, *model.submodules):
            if type(layer) is keras.layers.Conv2D and layer.groups == 1 and layer.data_format == "channels_last":
                operation = _convolution(Geometry.of(layer), layer.convolution_op)
                stack.enter_context(replaced_attributes(layer, convolution_op=operation))
        yield


def _convolution(geometry: Geometry, original: Convolution) -> Convolution:
    """Returns the convolution with a gradient from patches."""

    @tf.custom_gradient
    def convolve(images: tf.Tensor, filters: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], Any]]:
        def gradients(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            to_images = tf.raw_ops.Conv2DBackpropInput(
                input_sizes=tf.shape(images),
                filter=filters,
                out_backprop=upstream,
                strides=[1, *geometry.strides, 1],
                padding=geometry.padding,
                dilations=[1, *geometry.dilations, 1],
            )
            return to_images, filter_gradient_from_patches(images, upstream, filters.shape, geometry)

        return original(images, filters), gradients

    def call(images: tf.Tensor, kernel: tf.Variable) -> tf.Tensor:
        filters = tf.convert_to_tensor(kernel)
        return convolve(images, filters) if images.shape.rank == 4 else original(images, filters)

    return call
