# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""By which factor an example's gradient enters the clipped sum: flat or layer by layer, clipped or normalised.

Under each rule one example contributes a vector of Euclidean norm at most C, so the sensitivity, the noise and the
accounting are the same for all of them:

* flat: min(1, C / ||g||) (Abadi et al. 2016, "Deep learning with differential privacy", algorithm 1);
* per layer: each of the L layers to C / sqrt(L), so together to at most sqrt(L * C^2 / L) = C (McMahan et al. 2018,
  "Learning differentially private recurrent language models", section 3);
* automatic: C / (||g|| + 0.01), so that every gradient has nearly the norm C and the direction alone counts (Bu et al.
  2023, "Automatic clipping: differentially private deep learning made easier and stronger", AUTO-S);
* both: each layer to C / sqrt(L), normalised.
"""

import math
from typing import NamedTuple

import tensorflow as tf
import tf_keras as keras

_STABILITY = 0.01  # gamma of AUTO-S: gradients much smaller than this stay small


class ClippingRule(NamedTuple):
    """How each example's gradient is bounded.

    Attributes:
        per_layer: bound the gradient of each layer's variables on its own.
        automatic: normalise in place of clipping.
    """

    per_layer: bool = False
    automatic: bool = False

    def groups(self, model: keras.layers.Layer) -> list[int]:
        """Returns one group number for each trainable variable; variables of a group are bounded together."""
        variables = model.trainable_variables
        if not self.per_layer:
            return [0] * len(variables)
        layers = [layer for layer in model._flatten_layers() if layer._trainable_weights]
        owner = {id(v.handle): index for index, layer in enumerate(layers) for v in layer._trainable_weights}
        numbers: dict[int, int] = {}
        # A variable that no layer owns is a layer of its own.
        return [numbers.setdefault(owner.get(id(v.handle), id(v.handle)), len(numbers)) for v in variables]

    def factors(self, norms: tf.Tensor, l2_norm_clip: tf.Tensor) -> tf.Tensor:
        """Returns the factor of each group and example, in [0, infinity); of a zero norm any finite one.

        Args:
            norms: [groups, batch] float32, each group's norms.
            l2_norm_clip: C, of the whole gradient.
        """
        bound = l2_norm_clip / math.sqrt(norms.shape[0])
        if self.automatic:
            return bound / (norms + _STABILITY)
        # A norm of zero gives a quotient of infinity, and the minimum takes the one.
        return tf.minimum(1.0, bound / norms)
