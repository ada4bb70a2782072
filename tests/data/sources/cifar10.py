# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Photographs in folders of their split and class."""

import numpy as np
from PIL import Image

from tfdpgan.data import cifar10


def write(folder, images, labels):
    for split in ("train", "test"):
        for label, name in enumerate(cifar10._CLASS_NAMES):
            (folder / split / name).mkdir(parents=True)
            for number, image in enumerate(images[labels == label][:3]):
                colour = np.stack([image, image // 2, 255 - image], axis=-1)
                Image.fromarray(colour).resize((48, 40)).save(folder / split / name / f"{number}.jpg")
    return folder
