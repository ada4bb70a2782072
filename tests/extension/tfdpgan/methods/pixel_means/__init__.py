# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A generator trained on one noised release of the mean image of each class: the least that a method can be."""

from tfdpgan.methods.pixel_means import plan
from tfdpgan.methods.pixel_means.settings import PixelMeansConfig

from tfdpgan.methods.method import Method

METHOD = Method(
    name="pixel_means",
    stages=plan.stages,
    phases="tfdpgan.methods.pixel_means.phases",
    settings=(PixelMeansConfig,),
    num_steps=lambda config: config.pixel_mean_steps,
)
