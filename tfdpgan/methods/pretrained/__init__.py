# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A start from another run: its generator, its classifier and the features of that, before any private image is read.

What the other run learned from public images costs nothing here; Harder et al. 2023 ("Pre-trained perceptual features
improve differentially private image generation") show what it is worth. Whether its images are public is a statement of
its owner, which the ledger and the card repeat as such. A run that nobody states to be public costs what it cost:
its ledger is composed with this one's, as if both had read the same images.
"""

from tfdpgan.methods.method import Method
from tfdpgan.methods.pretrained import plan
from tfdpgan.methods.pretrained.settings import PretrainedConfig

METHOD = Method(
    name="pretrained",
    stages=lambda config, noise_multiplier, num_examples: (),
    phases="tfdpgan.methods.pretrained.phases",
    settings=(PretrainedConfig,),
    releases="nothing",
    is_asked=lambda config: config.pretrained is not None,
    has_open_noise=lambda config: False,
    resolve=plan.resolve,
    descent=plan.descent,
    reviewed_by="the tfdpgan authors",
)
