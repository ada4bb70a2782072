# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Raw pixels as features: no network, nothing learned, nothing hidden."""

from __future__ import annotations

import numpy as np

from tfdpgan.evaluation.extractors.extractor import Extractor, ExtractorOptions, ExtractorRow, make_key


class Pixels(Extractor):
    """Pixels in [0, 1], flattened: `d = height * width * channels`."""

    name = "pixels"
    key = make_key(extractor="pixels", scale="[0, 1]")

    def _of_batch(self, images: np.ndarray) -> tuple[np.ndarray, None]:
        return images.reshape(len(images), -1).astype(np.float32) / 255.0, None


def make(options: ExtractorOptions) -> Pixels:
    """The extractor; it has no options."""
    del options
    return Pixels()


EXTRACTOR = ExtractorRow("pixels in [0, 1], flattened", "of this package", make)
