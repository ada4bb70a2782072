# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a loader is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LoadOptions:
    """The flags that a loader may need; `load_dataset` does the rest for every loader alike.

    Attributes:
        data_dir: file or folder that holds the data, or None.
        image_size: side length in pixels, or None for the data set's own.
        color_mode: "auto", "grayscale" or "rgb".
        skip_bad_images: leave unreadable files out instead of refusing the folder.
        cache_dir: folder in which decoded images are kept as a memory-mapped file; None keeps them in memory.
        value_range: what black and white are in arrays of floating-point numbers; None: not stated.
        label_attribute: the attribute that becomes the label, for data sets with several.
    """

    data_dir: Path | None = None
    image_size: int | None = None
    color_mode: str = "auto"
    skip_bad_images: bool = False
    cache_dir: Path | None = None
    label_attribute: str | None = None
    value_range: tuple[float, float] | None = None
