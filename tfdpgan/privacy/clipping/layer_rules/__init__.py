# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One rule per layer type whose per-example gradients can be had from one ordinary backward pass.

To add a layer type: one small module with its rule, and one line in `RULES`.
"""

import tf_keras as keras

from tfdpgan.privacy.clipping.layer_rules.convolution import Conv2DRule, Conv2DTransposeRule, DepthwiseConv2DRule
from tfdpgan.privacy.clipping.layer_rules.dense import DenseRule
from tfdpgan.privacy.clipping.layer_rules.embedding import EmbeddingRule
from tfdpgan.privacy.clipping.layer_rules.normalization import GroupNormalizationRule, LayerNormalizationRule
from tfdpgan.privacy.clipping.layer_rules.prelu import PReLURule
from tfdpgan.privacy.clipping.layer_rules.rule import ExampleWeights, GradientPart, LayerCall, LayerRule

__all__ = ["RULES", "ExampleWeights", "GradientPart", "LayerCall", "LayerRule"]

# Exact types only: a subclass may do anything in its call.
RULES: dict[type, LayerRule] = {
    keras.layers.Dense: DenseRule(),
    keras.layers.Conv2D: Conv2DRule(),
    keras.layers.Conv2DTranspose: Conv2DTransposeRule(),
    keras.layers.DepthwiseConv2D: DepthwiseConv2DRule(),
    keras.layers.LayerNormalization: LayerNormalizationRule(),
    keras.layers.Embedding: EmbeddingRule(),
    keras.layers.PReLU: PReLURule(),
    keras.layers.GroupNormalization: GroupNormalizationRule(),
}
