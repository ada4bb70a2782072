# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What every GAN loss is: one value per example, since private training clips examples one by one."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf


class GANLoss(abc.ABC):
    """A loss for the discriminator on real images, one for it on generated images, and one for the generator.

    Each of these methods takes logits `[batch]` float32 and returns losses `[batch]` float32, each from its own logit.

    Attributes:
        has_penalty: the discriminator pays `penalty` too, for each pair of a real and a generated image.
        penalty_every: steps of the discriminator from one penalty to the next in training without privacy, where it is
            so many times as strong.
        has_threshold: a logit above 0 means real, so that the discriminator has an accuracy. False where the two sides
            meet elsewhere, as for squares whose targets are 0 and 1.
    """

    has_penalty = False
    penalty_every = 1
    has_threshold = True

    @abc.abstractmethod
    def real(self, logits: tf.Tensor) -> tf.Tensor:
        """The discriminator's loss on real images."""

    @abc.abstractmethod
    def generated(self, logits: tf.Tensor) -> tf.Tensor:
        """The discriminator's loss on generated images."""

    @abc.abstractmethod
    def generator(self, logits: tf.Tensor) -> tf.Tensor:
        """The generator's loss on its images."""

    def penalty(
        self,
        judge: Callable[[tf.Tensor], tf.Tensor],
        real: tf.Tensor,
        generated: tf.Tensor,
        positions: tf.Tensor,
    ) -> tf.Tensor:
        """What the discriminator pays besides, `[batch]`, if `has_penalty`.

        Args:
            judge: images `[batch, h, w, c]` to logits `[batch]`, each from its own image.
            real: images `[batch, h, w, c]`.
            generated: a partner for each, chosen without a look at any real image.
            positions: `[batch]` in [0, 1), a random point between the two.
        """
        raise NotImplementedError
