# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Feature extractors, one file each.

To add one: a module with a subclass of `Extractor` and its row `EXTRACTOR` (an `ExtractorRow`), and one line in
EXTRACTORS. Figures on anything but Inception carry the extractor's name: "FID" and "IS" mean Inception, nothing else.
"""

from __future__ import annotations

import importlib

from tfdpgan.config import ConfigError
from tfdpgan.evaluation.extractors.extractor import Extractor, ExtractorOptions, ExtractorRow

EXTRACTORS = {
    "inception": "tfdpgan.evaluation.extractors.inception",
    "vgg16": "tfdpgan.evaluation.extractors.vgg16",
    "classifier": "tfdpgan.evaluation.extractors.classifier",
    "pixels": "tfdpgan.evaluation.extractors.pixels",
}


def find_extractor(name: str) -> ExtractorRow:
    """The row of a key of EXTRACTORS; ConfigError for another name. Its module is imported here, TensorFlow with it."""
    if name not in EXTRACTORS:
        raise ConfigError(f"--extractors takes {', '.join(EXTRACTORS)}. Received: {name}.")
    return importlib.import_module(EXTRACTORS[name]).EXTRACTOR


def make_extractor(name: str, options: ExtractorOptions | None = None) -> Extractor:
    """The extractor of a row.

    Args:
        name: a key of EXTRACTORS.
        options: paths, and the images that a classifier may learn from.

    Raises:
        ConfigError: for an unknown name, or one that lacks its weights or its data.
    """
    return find_extractor(name).make(options or ExtractorOptions())


def default_extractor(num_classes: int) -> str:
    """The key of the extractor for data with so many classes, where none was asked for."""
    return "classifier" if num_classes > 1 else "pixels"
