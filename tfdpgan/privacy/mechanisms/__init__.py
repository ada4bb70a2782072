# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The mechanisms that read private images. Closed: there are no plug-ins here.

DPSGD              the clipped, noised gradient sum of a Poisson batch
GaussianRelease    one noised sum over all images
GradientSanitizer  clipped, noised gradients of generated images, by networks of secretly drawn shards
"""

from tfdpgan.privacy.mechanisms.dp_sgd import DPSGD
from tfdpgan.privacy.mechanisms.gaussian_release import GaussianRelease
from tfdpgan.privacy.mechanisms.mechanism import Mechanism
from tfdpgan.privacy.mechanisms.sanitizer import GradientSanitizer

# Whose event, noise and sentence were held against each other. A subclass is not among them.
REVIEWED = (DPSGD, GaussianRelease, GradientSanitizer)

__all__ = ["REVIEWED", "DPSGD", "GaussianRelease", "GradientSanitizer", "Mechanism"]
