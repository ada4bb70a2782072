# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The setting of discriminators that may compare the images of a batch. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tfdpgan.config import Settings, setting


@dataclasses.dataclass(frozen=True)
class MinibatchStddevConfig(Settings):
    """The comparison of a batch's images in the discriminator."""

    for_architecture: ClassVar[tuple[str, ...]] = ("progan", "stylegan2")
    minibatch_stddev: int = setting(
        0,
        "Images that the discriminator compares by their standard deviation; published 4. It mixes images: under "
        "privacy it must be 0, for none.",
        at_least=0,
    )
