# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The four original files, in the IDX format."""

import gzip
import struct

import numpy as np


def write(folder, images, labels):
    for name, array in (("images-idx3", images), ("labels-idx1", labels.astype(np.uint8))):
        content = struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes()
        for part in ("train", "t10k"):
            (folder / f"{part}-{name}-ubyte.gz").write_bytes(gzip.compress(content))
    return folder
