# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""GAN losses, one file and one line in LOSSES each.

To add one: a module with a subclass of `GANLoss`, and one line in LOSSES that names both. Its methods give one value
per example: private training clips examples one by one, so nothing is averaged. `LOSSES[name]()` makes the loss.
"""

from tfdpgan.config import Row
from tfdpgan.losses.gan_loss import GANLoss
from tfdpgan.losses.hinge import Hinge

LOSSES = {
    "bce": Row("tfdpgan.losses.binary_cross_entropy:BinaryCrossEntropy"),
    "hinge": Row("tfdpgan.losses.hinge:Hinge"),
    "non_saturating_r1": Row("tfdpgan.losses.non_saturating:NonSaturatingR1"),
    "wgan_gp": Row("tfdpgan.losses.wasserstein:WassersteinGradientPenalty"),
}

__all__ = ["LOSSES", "GANLoss", "Hinge"]
