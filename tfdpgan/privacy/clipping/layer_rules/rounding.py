# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Norms that rounding cannot understate: the one place of every margin of the clipping.

Of each example the clipping must know at least the norm of what the example adds to the sum, which is not quite its
gradient g: the weighted contraction rounds too, and adds g + e. The bounds below hold in the standard model of
floating-point arithmetic (Higham, "Accuracy and stability of numerical algorithms", 2nd edition 2002, sections 2.2
and 3.1): every operation is exact up to a factor 1 + d with |d| <= u = 2^-24. Then a value that is computed as a sum of
monomials, each of which meets at most n roundings, is off by at most gamma_n = n u / (1 - n u) times the sum of the
monomials' absolute values, whatever the order of the sum, with fused multiply-adds or without: BLAS, Eigen and
oneDNN may choose. What breaks the model is refused before (`tfdpgan.privacy.clipping.full_precision`).

Let A [positions, depth] and G [positions, width] be an example's factors, g = A^T G, and E = ||A||_F ||G||_F. Two facts
carry everything: || |A|^T |G| ||_F <= sum_t ||a_t|| ||g_t|| <= E (triangle and Cauchy-Schwarz inequalities), and
its square is the sum of the absolute monomials of ||A^T G||^2 = sum(A A^T * G G^T).

* What is added. The example's factor is multiplied in, one rounding; each product and the sum over the positions
  round at most `positions` times. So ||e|| <= gamma_(positions + 1) E.
* The norm by Gram matrices. With n roundings on the longest way from A and G to the number, it is within gamma_n E^2
  of ||g||^2. It is added, and the norm is overstated, never understated.
* Gradients that are held in memory are added as they are held; only the squaring and summing of their entries rounds.

`gram_matrix` keeps n small: up to `_MOST_EXACT_POSITIONS` it works in float64, where what rounds is nothing beside the
rest; beyond, it splits the depth into pieces and adds them, so that depth 512 costs 72 roundings and not 512. Sums of
many numbers are taken in float32 in short pieces, then in float64. An ordinary example of T positions has
||g|| ~ E / sqrt(T), so its norm is overstated by about n T u / 2 of itself: by 1e-6 to 2e-4 in the discriminators that
this package has. Where an example's terms cancel to a thousandth of E it is clipped to less than C, never to more.

What no norm of one example can bound: the sum over all examples rounds by the size of its partial sums, and their
order may change when an example joins. No example's terms weigh more than C / `_LEAST_PART` in it.

Underflow. TensorFlow flushes what is below the smallest normal float32 to zero, so each square and each product may
also be short by that much, which is added. What the flushing can hide from the sum itself is below 1e-15.
"""

from typing import Any

import numpy as np
import tensorflow as tf

# Half the distance between 1 and the next float32: the relative error of one rounded operation.
UNIT_ROUNDOFF = float(np.finfo(np.float32).eps) / 2
# The smallest normal float32.
SMALLEST_NORMAL = float(np.finfo(np.float32).tiny)
# What one rounding of float64 costs, in roundings of float32.
_FLOAT64_ROUNDING = 2.0**-29
# What is flushed to zero in a Gram matrix can hide, as a part of ||A||_F^2, the smallest normal number for each of up
# to 2^22 products and each of their sums, divided by u.
_UNSEEN_ENERGY = 2.0**-78
# Terms that a sum over Gram matrices of unknown size may have.
_MOST_TERMS = 2**28
# Numbers that are summed in float32 before float64 takes over.
_PIECE = 128
# Up to so many positions (a pair of views has two) Gram matrices are taken in float64, which costs little there.
_MOST_EXACT_POSITIONS = 8
# The depth of a Gram matrix in float32 is cut into pieces of at least _LEAST_DEPTH, but into _MOST_PIECES at most.
_LEAST_DEPTH = 64
_MOST_PIECES = 8
# However the terms cancel, an example counts as this part of E: terms that are huge beside what is left of them
# would round away what the other examples add to the same sum.
_LEAST_PART = 2.0**-10
# For the roundings between a norm and what is added: the factor, its product with the gradient, a cast.
_NORM_MARGIN = 1 + 2.0**-20


def gamma(roundings: Any) -> Any:
    """Returns n u / (1 - n u) for n roundings, a number or a float64 tensor."""
    return roundings * UNIT_ROUNDOFF / (1 - roundings * UNIT_ROUNDOFF)


def squared_norms(rows: tf.Tensor) -> tf.Tensor:
    """Returns [batch] float64 sums of squares of rows [batch, ...] over all other axes, rounded up.

    Squaring and summing a piece takes `piece` roundings, and the root that comes with `reduce_euclidean_norm`, which
    is used because it never writes the squares down, counts twice. The product of two such sums is a squared norm,
    and the other one may be as large as 1e38: squares that vanish would hide a gradient of any size, so each counts
    as the smallest normal number at least.
    """
    pieces = _in_pieces(rows)
    squares = tf.square(tf.cast(tf.math.reduce_euclidean_norm(pieces, axis=2), tf.float64))
    count = tf.cast(tf.reduce_prod(tf.shape(pieces)[1:]), tf.float64)
    return (tf.reduce_sum(squares, axis=1) + count * SMALLEST_NORMAL) / (1 - gamma(pieces.shape[2] + 3))


def gram_matrix(rows: tf.Tensor, exactly: bool) -> tuple[tf.Tensor, int]:
    """Returns (rows rows^T, roundings that each monomial in it met).

    Args:
        rows: [..., positions, depth] float32.
        exactly: whether to work in float64, and return it; see `is_exact`.
    """
    depth = rows.shape[-1]
    if exactly:
        rows = tf.cast(rows, tf.float64)
        return tf.matmul(rows, rows, transpose_b=True), depth
    piece = max(_LEAST_DEPTH, -(-depth // _MOST_PIECES))
    sizes = [min(piece, depth - start) for start in range(0, depth, piece)]
    terms = [tf.matmul(part, part, transpose_b=True) for part in tf.split(rows, sizes, axis=-1)]
    return tf.add_n(terms), sizes[0] + len(sizes)


def is_exact(positions: int | None) -> bool:
    """Whether Gram matrices of so many positions are taken in float64."""
    return positions is not None and positions <= _MOST_EXACT_POSITIONS


def squared_norm_from_grams(
    gram: tf.Tensor, other_gram: tf.Tensor, roundings: int, positions: Any, energies: tuple[Any, tf.Tensor]
) -> tf.Tensor:
    """Returns [batch] float64 squared norms of what the examples add, rounded up.

    Args:
        gram: [batch, ...] of the inputs, float32 or float64.
        other_gram: of the same shape and dtype, of the output gradients. The sum of the products over all axes but
            the first is ||g||^2.
        roundings: that a monomial met in the two matrices together, in their dtype.
        positions: terms that the weighted contraction adds, int or float64 tensor.
        energies: bounds of ||A||_F^2 and ||G||_F^2, from `squared_norms` or above it.
    """
    products = tf.cast(gram * other_gram, tf.float64)
    total = tf.reduce_sum(products, axis=list(range(1, products.shape.rank)))
    terms = products.shape[1:].num_elements() or _MOST_TERMS
    of_float32 = (roundings + 1) * (_FLOAT64_ROUNDING if gram.dtype == tf.float64 else 1)
    energies = (energies[0] + _UNSEEN_ENERGY, energies[1] + _UNSEEN_ENERGY)
    roundings_in_all = of_float32 + terms * _FLOAT64_ROUNDING
    return squared_norm_of_contribution(total, roundings_in_all, positions, energies)


def squared_norm_of_contribution(
    squared_norm: tf.Tensor, roundings: float, positions: Any, energies: tuple[Any, tf.Tensor]
) -> tf.Tensor:
    """Returns (||g|| + ||e||)^2, rounded up, from ||g||^2 with its roundings; see `squared_norm_from_grams`."""
    squared_energy = energies[0] * energies[1]
    energy, infinity = tf.sqrt(squared_energy), tf.constant(np.inf, tf.float64)
    # What overflowed is not known, and refuses the example, whichever sign it has.
    known = tf.where(tf.math.is_finite(squared_norm), tf.maximum(squared_norm, 0.0), infinity)
    norm = tf.sqrt(known + gamma(roundings) * squared_energy) + gamma(positions + 1) * energy
    return tf.square(tf.maximum(norm, _LEAST_PART * energy))


def norms_from_squares(squared_norms: tf.Tensor) -> tf.Tensor:
    """Returns float32 norms from float64 squares, above them by the margin for what the factors round."""
    return tf.cast(tf.sqrt(squared_norms) * _NORM_MARGIN, tf.float32)


def _in_pieces(rows: tf.Tensor) -> tf.Tensor:
    """Reshapes [batch, ...] to [batch, pieces, piece], where a piece holds `_PIECE` numbers or fewer.

    The size of a piece is a divisor of the number of entries or, where only the last axis is known, of its size. If
    all divisors are small, zeros fill the last piece up.
    """
    batch = tf.shape(rows)[0]
    known = rows.shape[1:].num_elements()
    width = (rows.shape[-1] if known is None else known) or 1
    piece = max(size for size in range(1, min(_PIECE, width) + 1) if width % size == 0)
    if known is None or 8 * piece >= min(_PIECE, width):
        return tf.reshape(rows, [batch, -1 if known is None else width // piece, piece])
    rows = tf.pad(tf.reshape(rows, [batch, width]), [[0, 0], [0, -width % _PIECE]])
    return tf.reshape(rows, [batch, rows.shape[1] // _PIECE, _PIECE])
