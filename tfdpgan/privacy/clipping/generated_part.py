# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The part of a discriminator's step that reads generated examples only: clipped or not, and never noised."""

from dataclasses import dataclass

import tensorflow as tf
import tf_keras as keras

from tfdpgan.privacy.clipping import FLAT, clipped_gradient_sum
from tfdpgan.privacy.clipping.clipping_rule import ClippingRule
from tfdpgan.privacy.clipping.per_example import LossFn


@dataclass(frozen=True)
class GeneratedPart:
    """Generated examples and the discriminator's loss on them.

    Attributes:
        loss_fn: `loss_fn(*inputs)` returns a loss per example, [num_generated].
        inputs: tuple of tensors [num_generated, ...]. The images and labels in here may not depend on the
            real examples of this step, and their number is a public constant.
    """

    loss_fn: LossFn
    inputs: tuple[tf.Tensor, ...]

    @property
    def num_generated(self) -> int:
        """The number of generated examples; a ValueError if it is zero, unknown at tracing, or ambiguous."""
        shapes = [tuple(tf.TensorShape(tensor.shape)) for tensor in tf.nest.flatten(self.inputs)]
        sizes = {shape[:1] for shape in shapes}
        if len(sizes) != 1 or not any(sizes) or sizes & {(0,), (None,)}:
            raise ValueError(
                "The generated inputs must share a first dimension >= 1 that is known at tracing: "
                f"draw a fixed number of them. Received shapes: {shapes}."
            )
        return shapes[0][0]

    def mean_gradients(
        self, model: keras.Model, l2_norm_clip: float | None, clipping_method: str, rule: ClippingRule = FLAT
    ) -> list[tf.Tensor]:
        """Returns the mean over the examples of their gradients, each bounded by the rule unless the clip is None."""
        num_generated = self.num_generated
        if l2_norm_clip is not None:
            clipped_sum = clipped_gradient_sum(
                self.loss_fn, self.inputs, model, l2_norm_clip, method=clipping_method, rule=rule
            )
            return [gradient / num_generated for gradient in clipped_sum.gradients]
        with tf.GradientTape() as tape:
            mean_loss = tf.reduce_mean(self.loss_fn(*self.inputs))
        return tape.gradient(mean_loss, model.trainable_variables, unconnected_gradients="zero")
