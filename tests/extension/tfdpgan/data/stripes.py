# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Stripes that lie or stand, made by a program: a data set without files."""

from __future__ import annotations

import numpy as np

from tfdpgan.data.dataset import Dataset
from tfdpgan.data.options import LoadOptions
from tfdpgan.data.pixels import DataError

_SIDE = 16


def load_stripes(options: LoadOptions) -> Dataset:
    """160 images to train on and 40 to test on, 16x16 grey pixels."""
    if options.data_dir is not None:
        raise DataError(f"--dataset=stripes is generated and reads no --data_dir={options.data_dir}: leave it out.")
    labels = (np.arange(200) % 2).astype(np.int32)
    starts = np.random.default_rng(0).integers(0, _SIDE - 4, 200)
    pixels = np.zeros([200, _SIDE, _SIDE, 1], np.uint8)
    for index, (image, label, start) in enumerate(zip(pixels, labels, starts, strict=True)):
        lying = image if label == 0 else image.transpose(1, 0, 2)
        lying[start : start + 4] = 56 + index  # no two alike, so that none is in both splits
    return Dataset("stripes", pixels[:160], labels[:160], ("lying", "standing"), False, pixels[160:], labels[160:])
