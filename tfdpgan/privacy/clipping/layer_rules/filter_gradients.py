# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Per-example gradients of a convolution's filter: their norms and their weighted sum.

A convolution ties a large image (its input; for a transposed convolution its output) to a small one through
the patches P [positions, depth] of the large image under the filter: the filter's gradient is P^T S, with S
[positions, width] the small image. Patches hold each pixel many times over, so they are avoided where it
pays.

Gram matrices come from pixels. Two positions t, t' look at the pixels s t + k and s t' + k through tap k,
which always agree modulo the stride s: only pixels of one phase modulo s meet. So one Gram matrix of the
pixels per phase is enough, and

  sum_{t,t'} (P P^T * S S^T)[t, t'] = sum over phases, v, v' of pixel_gram[v, v'] * sum_m (S S^T)[v - m, v' -
  m],

where m runs over the taps of the phase, counted in strides. The inner sum runs along diagonals and is done
axis by axis. For a 5x5 filter of stride 2 this takes a sixth of the products of a Gram matrix of patches.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.clipping.layer_rules import rounding
from tfdpgan.privacy.clipping.layer_rules.contraction import contraction_part
from tfdpgan.privacy.clipping.layer_rules.rule import ExampleWeights, GradientPart

# What the choice between the two ways to a norm rests on, in multiply-adds of a matrix product, as measured
# on two AVX-512 cores: moving one element in a strided slice, and writing one element of patches or
# gradients.
_ELEMENT_MOVE = 100
_ELEMENT_WRITE = 25
# Up to this depth patches are cut out by a convolution with the identity, beyond by a gather.
_IDENTITY_FILTER_DEPTH = 64


class Geometry(NamedTuple):
    """How a filter moves over the large image; each field but the last is (rows, columns)."""

    kernel_size: tuple[int, int]
    strides: tuple[int, int]
    dilations: tuple[int, int]
    padding: str  # "SAME" or "VALID"

    @classmethod
    def of(cls, layer: keras.layers.Layer) -> "Geometry":
        """The geometry of a Keras layer for two-dimensional convolution."""
        return cls(layer.kernel_size, layer.strides, layer.dilation_rate, layer.padding.upper())

    def padding_before(self, size: int, axis: int) -> int:
        """Zeros that TensorFlow puts in front of an axis of the large image."""
        if self.padding == "VALID":
            return 0
        reach = (self.num_positions(size, axis) - 1) * self.strides[axis]
        reach += (self.kernel_size[axis] - 1) * self.dilations[axis] + 1
        return max(reach - size, 0) // 2

    def num_positions(self, size: int, axis: int) -> int:
        """Positions of the filter along an axis of the large image: the size of the small one."""
        reach = (self.kernel_size[axis] - 1) * self.dilations[axis] if self.padding == "VALID" else 0
        return -(-(size - reach) // self.strides[axis])

    def seen_pixels(self, size: int, axis: int) -> tuple[tuple[int, int], np.ndarray]:
        """Returns the padding (before, after) of an axis of the large image, and [position, tap] in it."""
        first = np.arange(self.num_positions(size, axis)) * self.strides[axis]
        seen = first[:, None] + np.arange(self.kernel_size[axis]) * self.dilations[axis]
        before = self.padding_before(size, axis)
        return (before, max(0, int(seen.max()) + 1 - before - size)), seen

    def times_seen(self, size: int, axis: int) -> np.ndarray:
        """Returns [size]: how many pairs of a position and a tap see each pixel of an axis of the large image."""
        (before, _), seen = self.seen_pixels(size, axis)
        return np.bincount(seen.reshape(-1), minlength=before + size)[before : before + size]

    def tap_shifts(self, size: int, axis: int) -> list[list[int]]:
        """For each phase a of an axis the m with: position t sees pixel stride * (t + m) + a."""
        stride = self.strides[axis]
        offsets = [
            tap * self.dilations[axis] - self.padding_before(size, axis) for tap in range(self.kernel_size[axis])
        ]
        return [
            [(offset - phase) // stride for offset in offsets if (offset - phase) % stride == 0]
            for phase in range(stride)
        ]


def filter_gradient_part(
    variable: tf.Variable,
    shape: tf.TensorShape,
    large: tf.Tensor,
    small: tf.Tensor,
    geometry: Geometry,
    scales_large: bool,
) -> GradientPart:
    """The part of a convolution's filter.

    Args:
        variable: the filter.
        shape: [rows, columns, channels of large, channels of small]: the filter's, or that of one group of it.
        large: [batch, height, width, channels] float32.
        small: [batch, height, width, channels] float32, the size that the convolution of `large` has.
        geometry: how the filter moves.
        scales_large: True if `large` is the output gradient (transposed convolution), False if `small` is.
    """
    if not _gram_is_cheaper(large, small, shape, geometry):
        return contraction_part(variable, patches(large, geometry), _pixels(small), shape, may_use_gram=False)
    squared_norm = _phase_gram_squared_norm(large, small, geometry)

    def weighted_sum(weights: ExampleWeights) -> tf.Tensor:
        return filter_gradient(*weights.prepare(large, small, scales_large), shape, geometry)

    return GradientPart(variable, squared_norm, weighted_sum)


def filter_gradient(large: tf.Tensor, small: tf.Tensor, shape: tf.TensorShape, geometry: Geometry) -> tf.Tensor:
    """Returns the filter gradient of a whole batch by the library's kernel; a dilated filter's from patches.

    TensorFlow has a kernel for dilated filters on processors with oneDNN's instructions (AVX-512) only.
    """
    if geometry.dilations != (1, 1):
        return filter_gradient_from_patches(large, small, shape, geometry)
    return tf.raw_ops.Conv2DBackpropFilter(
        input=large,
        filter_sizes=shape.as_list(),
        out_backprop=small,
        strides=[1, *geometry.strides, 1],
        padding=geometry.padding,
        dilations=[1, *geometry.dilations, 1],
    )


def filter_gradient_from_patches(
    large: tf.Tensor, small: tf.Tensor, shape: tf.TensorShape, geometry: Geometry
) -> tf.Tensor:
    """Returns the filter gradient of a whole batch by a matrix product."""
    depth, width = shape[:3].num_elements(), shape[3]
    first, second = tf.reshape(patches(large, geometry), [-1, depth]), tf.reshape(small, [-1, width])
    return tf.reshape(tf.transpose(tf.matmul(second, first, transpose_a=True)), shape)


def patches(large: tf.Tensor, geometry: Geometry) -> tf.Tensor:
    """Returns [batch, positions, rows * columns * channels]: what the filter sees at each position."""
    rows, columns = geometry.kernel_size
    channels = large.shape[3]
    if not large.shape[1:3].is_fully_defined():
        sizes, strides, rates = ([1, *pair, 1] for pair in geometry[:3])
        return _pixels(tf.image.extract_patches(large, sizes, strides, rates, geometry.padding))
    if rows * columns * channels <= _IDENTITY_FILTER_DEPTH:
        identity = tf.eye(rows * columns * channels, dtype=large.dtype)
        identity = tf.reshape(identity, [rows, columns, channels, -1])
        cut = tf.nn.conv2d(large, identity, geometry.strides, geometry.padding, dilations=geometry.dilations)
        return _pixels(cut)
    (row_padding, seen_rows), (column_padding, seen_columns) = (
        geometry.seen_pixels(large.shape[1 + axis], axis) for axis in (0, 1)
    )
    padded = tf.pad(large, [[0, 0], row_padding, column_padding, [0, 0]])
    # [row position, column position, row tap, column tap] -> pixel of the padded image
    indices = seen_rows[:, None, :, None] * padded.shape[2] + seen_columns[None, :, None, :]
    cut = tf.gather(_pixels(padded), indices.reshape(-1), axis=1)
    positions = len(seen_rows) * len(seen_columns)
    return tf.reshape(cut, [-1, positions, rows * columns * channels])


def _pixels(images: tf.Tensor) -> tf.Tensor:
    """Reshapes [batch, height, width, channels] to [batch, positions, channels]."""
    positions = images.shape[1:3].num_elements()
    shape = tf.shape(images)
    return tf.reshape(images, [shape[0], positions or shape[1] * shape[2], images.shape[3]])


def _gram_is_cheaper(large: tf.Tensor, small: tf.Tensor, shape: tf.TensorShape, geometry: Geometry) -> bool:
    """Whether Gram matrices of pixels cost less than patches and instantiated gradients."""
    if not (large.shape[1:].is_fully_defined() and small.shape[1:].is_fully_defined()):
        return False
    positions, depth, width = small.shape[1:3].num_elements(), shape[:3].num_elements(), shape[3]
    if positions == 1:
        return False
    row_stride, column_stride = geometry.strides
    pixels = -(-large.shape[1] // row_stride) * -(-large.shape[2] // column_stride)
    moves = geometry.kernel_size[0] + row_stride * geometry.kernel_size[1]
    grams = row_stride * column_stride * pixels**2 * large.shape[3] + positions**2 * width
    gram_cost = grams + positions**2 * moves * _ELEMENT_MOVE
    return gram_cost < (positions * depth + depth * width) * _ELEMENT_WRITE


def _phase_gram_squared_norm(large: tf.Tensor, small: tf.Tensor, geometry: Geometry) -> tf.Tensor:
    """Returns [batch] squared norms of the filter gradients from Gram matrices of pixels."""
    height, width = large.shape[1:3]
    row_shifts, column_shifts = geometry.tap_shifts(height, 0), geometry.tap_shifts(width, 1)
    pixels, small_pixels = _phases(large, geometry.strides), _pixels(small)
    exactly = rounding.is_exact(max(pixels.shape[3], small_pixels.shape[1]))
    pixel_gram, roundings = rounding.gram_matrix(pixels, exactly)
    gram, small_roundings = rounding.gram_matrix(small_pixels, exactly)

    rows, columns = small.shape[1:3]
    gram = tf.reshape(gram, [-1, rows, columns, rows, columns])
    # [batch, row phases, rows, columns, rows, columns], then one more axis of phases before the rows.
    gram = tf.stack(_diagonal_sums(gram, 1, row_shifts, -(-height // geometry.strides[0])), axis=1)
    gram = tf.stack(_diagonal_sums(gram, 3, column_shifts, -(-width // geometry.strides[1])), axis=2)
    gram = tf.reshape(gram, [-1, *pixel_gram.shape[1:]])

    roundings += small_roundings + max(map(len, row_shifts)) + max(map(len, column_shifts))
    energies = _seen_energy(large, geometry), rounding.squared_norms(small)
    return rounding.squared_norm_from_grams(pixel_gram, gram, roundings, rows * columns, energies)


def _seen_energy(large: tf.Tensor, geometry: Geometry) -> tf.Tensor:
    """Returns [batch] squared norms of the patches, rounded up: each pixel counts as often as a tap sees it."""
    height, width, channels = large.shape[1:]
    row_times, column_times = (geometry.times_seen(size, axis) for axis, size in enumerate((height, width)))
    times = np.outer(row_times, column_times).reshape(-1).astype(np.float64)
    of_pixels = tf.reshape(rounding.squared_norms(tf.reshape(large, [-1, channels])), [-1, height * width])
    return tf.linalg.matvec(of_pixels, times)


def _phases(images: tf.Tensor, strides: tuple[int, int]) -> tf.Tensor:
    """Splits images by phase: [batch, row phase, column phase, pixels of a phase, channels]."""
    height, width, channels = images.shape[1:]
    rows, columns = -(-height // strides[0]), -(-width // strides[1])
    images = tf.pad(images, [[0, 0], [0, rows * strides[0] - height], [0, columns * strides[1] - width], [0, 0]])
    split = tf.reshape(images, [-1, rows, strides[0], columns, strides[1], channels])
    return tf.reshape(tf.transpose(split, [0, 2, 4, 1, 3, 5]), [-1, *strides, rows * columns, channels])


def _diagonal_sums(gram: tf.Tensor, axis: int, shifts: list[list[int]], size: int) -> list[tf.Tensor]:
    """For each phase the sum over m of gram[.., v - m, .., v' - m, ..] for v, v' < size, zero outside.

    The two axes are `axis` and `axis + 2`.
    """
    axes = (axis, axis + 2)
    all_shifts = [shift for phase in shifts for shift in phase]
    before = max(0, *all_shifts)
    after = max(0, *(size - gram.shape[axis] - shift for shift in all_shifts))
    padded = tf.pad(gram, [[before, after] if i in axes else [0, 0] for i in range(gram.shape.rank)])

    def shifted(shift: int) -> tf.Tensor:
        window = slice(before - shift, before - shift + size)
        return padded[tuple(window if i in axes else slice(None) for i in range(gram.shape.rank))]

    # A phase without taps holds pixels that the filter never sees.
    return [tf.add_n([shifted(m) for m in phase]) if phase else tf.zeros_like(shifted(0)) for phase in shifts]
