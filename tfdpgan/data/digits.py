# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The embedded data set: scikit-learn's 1 797 handwritten digits, made to look like MNIST."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tfdpgan.data.dataset import Dataset
from tfdpgan.data.options import LoadOptions
from tfdpgan.data.pixels import DataError

_NATIVE_SIZE = 28
_MARGIN_FRACTION = 4 / 28  # MNIST fits its digits into a box of 20 pixels in the middle of 28


def load_digits(options: LoadOptions) -> Dataset:
    """All 1 797 digits of 43 writers, 8x8 pixels with 17 grey levels in the original.

    The originals fill their frame to the edge, so they are enlarged to MNIST's inner box and set on its
    background of zeros: recipes that were tuned on MNIST then carry over. Works without a network.

    Raises:
        DataError: when `data_dir` is given, which would be ignored.

    Source: Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository,
    1998 (its test part, as distributed with scikit-learn).
    """
    if options.data_dir is not None:
        raise DataError(
            f"--dataset=digits is embedded and reads no --data_dir={options.data_dir}: for images of your "
            "own add --dataset=folder (or npz)."
        )
    from sklearn import datasets  # takes a second to import

    digits = datasets.load_digits()
    image_size = options.image_size or _NATIVE_SIZE
    margin = round(image_size * _MARGIN_FRACTION)
    box = image_size - 2 * margin
    pixels = np.zeros((len(digits.images), image_size, image_size, 1), np.uint8)
    for original, target in zip(digits.images, pixels, strict=True):
        # Enlarged in floating point: rounded to 8 bits first, 17 levels would leave visible steps.
        image = Image.fromarray((original * (255.0 / 16.0)).astype(np.float32))
        enlarged = np.asarray(image.resize((box, box), Image.Resampling.BICUBIC))
        target[margin : margin + box, margin : margin + box, 0] = np.rint(np.clip(enlarged, 0.0, 255.0))
    return Dataset(
        name="digits",
        pixels=pixels,
        labels=digits.target.astype(np.int32),
        class_names=tuple(str(digit) for digit in range(10)),
    )
