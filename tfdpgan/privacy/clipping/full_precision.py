# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Refuses a private step where float32 is not float32.

Libraries may round the factors of a product to 8 or 11 bits where nobody asked: TensorFlow does on new GPUs (TF32, its
default), oneDNN where ONEDNN_DEFAULT_FPMATH_MODE allows it and the processor can, Grappler under auto_mixed_precision.
Norms are then off by a thousandth of what cancels in them, and an example may count many times the clip. Mixed
precision that a model declares (`keras.mixed_precision`) is another matter: the clipping starts from what its
layers put out, and works in float32 itself.
"""

import functools
import os
from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

_VARIABLES = ("ONEDNN_DEFAULT_FPMATH_MODE", "DNNL_DEFAULT_FPMATH_MODE", "TF_SET_ONEDNN_FPMATH_MODE")
# The product of these needs all 24 bits of float32, and both more than the 11 of TF32.
_FACTORS = (np.float32(1 + 2.0**-12), np.float32(1 + 2.0**-11))
_PRODUCT = np.float32(1 + 2.0**-11 + 2.0**-12 + 2.0**-23)
_SIZE = 64

Product = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def require_full_precision() -> None:
    """Switches TF32 off, and checks once a process, on the device that it computes on, that products are exact.

    Raises:
        ValueError: if products of float32 are rounded to fewer bits.
    """
    tf.config.experimental.enable_tensor_float_32_execution(False)
    rewriters = tf.config.optimizer.get_experimental_options()
    for name, is_on in rewriters.items():
        if is_on and name.startswith("auto_mixed_precision"):
            raise ValueError(
                f"A private step needs float32 as it is. Received: the graph option {name!r}. Turn it off with "
                f"tf.config.optimizer.set_experimental_options({{{name!r}: False}})."
            )
    _refuse_variables(os.environ)
    with tf.init_scope():
        _probe()


@functools.cache
def _probe() -> None:
    """Runs each kind of product that norms and sums go by."""
    for name, product in _PRODUCTS.items():
        refuse_rounded(name, product)


def refuse_rounded(name: str, product: Product) -> None:
    """Raises ValueError unless product(a, b), of [64, 64] float32 matrices, is exact where float32 can be."""
    first, second = (tf.constant(factor * matrix) for factor, matrix in zip(_FACTORS, _matrices(), strict=True))
    error = np.abs(tf.function(product)(first, second).numpy() - _PRODUCT).max()
    if not error == 0:
        raise ValueError(
            f"A private step needs products of float32 in full precision. Received: a {name} that is off by "
            f"{error:.1e} on this device. Unset ONEDNN_DEFAULT_FPMATH_MODE, and turn lower precisions off; on a GPU "
            "call tf.config.experimental.enable_tensor_float_32_execution(False)."
        )


def _matrices() -> tuple[np.ndarray, np.ndarray]:
    return np.ones((_SIZE, _SIZE), np.float32), np.eye(_SIZE, dtype=np.float32)


def _refuse_variables(environment: Mapping[str, str]) -> None:
    for name in _VARIABLES:
        value = environment.get(name, "")
        if value.upper() not in ("", "STRICT"):
            raise ValueError(
                f"A private step needs products of float32 in full precision. Received: {name}={value}, which lets "
                f"oneDNN round them. Unset the environment variable {name}, or set it to STRICT."
            )


def _convolution(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
    """The rows of the first matrix as pixels, the second as a filter of one pixel."""
    return tf.nn.conv2d(tf.reshape(first, [1, 8, 8, _SIZE]), second[tf.newaxis, tf.newaxis], 1, "SAME")


def _filter_gradient(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
    """A contraction over pixels, of which the rows of the two are 64."""
    images, gradients = (tf.reshape(matrix, [1, 8, 8, _SIZE]) for matrix in (tf.transpose(first), second))
    return tf.raw_ops.Conv2DBackpropFilter(
        input=images, filter_sizes=[1, 1, _SIZE, _SIZE], out_backprop=gradients, strides=[1, 1, 1, 1], padding="SAME"
    )


def _batched_product(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
    return tf.matmul(tf.stack([first] * 4), tf.stack([second] * 4), transpose_b=True)


_PRODUCTS: dict[str, Product] = {
    "matrix product": tf.matmul,
    "batched matrix product": _batched_product,
    "convolution": _convolution,
    "convolution's filter gradient": _filter_gradient,
}
