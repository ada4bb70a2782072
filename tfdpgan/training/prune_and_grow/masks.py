# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Masks on the weights of a network: which are held at zero, in the network and in its average."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from tfdpgan.models.network import Network


class Masks(tf.Module):
    """One mask for each pruned tensor of a network; all weights are let through at first.

    A mask takes the asked share of its own tensor, exactly: entries are ranked by magnitude, equal ones by their place.
    TF-MOT's driver compares with a threshold, and keeps more than was asked where magnitudes are equal. A tensor whose
    magnitudes are all the same, such as fresh scales and offsets, has nothing to rank and stays whole.

    Args:
        network: built.
        average: a model of the same architecture that is masked alike, or None.
        tensors: "kernels" for tensors of rank 2 and more, "all" for every trainable tensor of two entries and more.
            What the network names in `never_pruned()` is left out.

    Attributes:
        weights: the pruned tensors of the network.
    """

    def __init__(self, network: Network, average: Network | None, tensors: str) -> None:
        super().__init__(name="masks")
        spared = {id(weight) for weight in network.never_pruned()}
        fits = (lambda weight: weight.shape.rank >= 2) if tensors == "kernels" else _has_many
        self.weights = [w for w in network.trainable_variables if fits(w) and id(w) not in spared]
        self._averages = _same_places(network, average, self.weights) if average is not None else []
        self._masks = [tf.Variable(tf.ones(w.shape, tf.bool), trainable=False) for w in self.weights]
        self._index = {id(weight): index for index, weight in enumerate(self.weights)}
        self._order = [self._index.get(id(weight)) for weight in network.trainable_variables]

    def prune(self, counts: Sequence[int]) -> None:
        """Masks the `counts[i]` smallest entries of tensor i from now on; zeros, which are smallest, among them."""
        for weight, mask, count in zip(self.weights, self._masks, counts, strict=True):
            mask.assign(_largest(weight, count))

    def release(self, seed: tf.Tensor | None) -> None:
        """Lets all weights through again. They start at zero; with a seed `[2]` at random, as wide as the others."""
        for index, (weight, mask) in enumerate(zip(self.weights, self._masks, strict=True)):
            if seed is not None:
                kept = tf.cast(mask, weight.dtype)
                width = tf.sqrt(tf.math.divide_no_nan(tf.reduce_sum(kept * weight**2), tf.reduce_sum(kept)))
                drawn = width * tf.random.stateless_normal(weight.shape, seed + [0, index])
                weight.assign(tf.where(mask, weight, drawn))
            mask.assign(tf.ones_like(mask))

    def apply(self) -> None:
        """Puts zeros where the masks are, in the network and in its average."""
        for index, (weight, mask) in enumerate(zip(self.weights, self._masks, strict=True)):
            for held in (weight, *self._averages[index : index + 1]):
                held.assign(tf.where(mask, held, tf.zeros_like(held)))

    def mask_gradients(self, gradients: Sequence[tf.Tensor]) -> list[tf.Tensor]:
        """Gradients of the network's trainable variables, with zeros where the masks are."""
        return [
            gradient if index is None or gradient is None else tf.where(self._masks[index], gradient, 0.0)
            for gradient, index in zip(gradients, self._order, strict=True)
        ]

    def counts(self, share: float) -> list[int]:
        """How many entries of each tensor are that share of it, to the nearest."""
        return [int(share * weight.shape.num_elements() + 0.5) for weight in self.weights]


def _has_many(weight: tf.Variable) -> bool:
    return weight.shape.num_elements() > 1


def _largest(weight: tf.Variable, count: int) -> tf.Tensor:
    """True but for the `count` entries of the smallest magnitude; all True where all magnitudes are equal."""
    magnitudes = tf.reshape(tf.abs(weight), [-1])
    smallest = tf.argsort(magnitudes, stable=True)[:count]
    mask = tf.tensor_scatter_nd_update(tf.ones_like(magnitudes, tf.bool), smallest[:, tf.newaxis], tf.zeros(count) > 0)
    return tf.reshape(mask | (tf.reduce_min(magnitudes) == tf.reduce_max(magnitudes)), weight.shape)


def _same_places(network: Network, average: Network, weights: Sequence[tf.Variable]) -> list[tf.Variable]:
    of = {id(one): other for one, other in zip(network.weights, average.weights, strict=True)}
    return [of[id(weight)] for weight in weights]
