# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Feature extractors: one row each, and what a figure on their features may be called.

To add one: a module in `extractors/` with a function `make(options) -> Extractor`, and one line in EXTRACTORS. Figures
on anything but Inception carry the extractor's name: "FID" and "IS" mean Inception and nothing else.
"""

from __future__ import annotations

import dataclasses
import importlib

import numpy as np

from tfdpgan.config import ConfigError
from tfdpgan.evaluation.extractors.extractor import Extractor, ExtractorOptions, arrays_checksum, make_key
from tfdpgan.evaluation.frechet import FeatureStatistics
from tfdpgan.evaluation.statistics_cache import StatisticsCache

EXTRACTORS = {
    "inception": "tfdpgan.evaluation.extractors.inception",
    "vgg16": "tfdpgan.evaluation.extractors.vgg16",
    "classifier": "tfdpgan.evaluation.extractors.classifier",
    "pixels": "tfdpgan.evaluation.extractors.pixels",
}
_OWN_NAMES = {("inception", "Frechet distance"): "FID", ("inception", "Inception score"): "IS"}


def make_extractor(name: str, options: ExtractorOptions | None = None) -> Extractor:
    """The extractor of a row.

    Args:
        name: a key of EXTRACTORS.
        options: paths, and the images that a classifier may learn from.

    Raises:
        ConfigError: for an unknown name, or one that lacks its weights or its data.
    """
    if name not in EXTRACTORS:
        raise ConfigError(f"--extractors takes {', '.join(EXTRACTORS)}. Received: {name}.")
    return importlib.import_module(EXTRACTORS[name]).make(options or ExtractorOptions())


def measure_name(measure: str, extractor: Extractor) -> str:
    """What a figure is called: "FID" on Inception, "Frechet distance (classifier[mnist])" elsewhere."""
    return _OWN_NAMES.get((extractor.name, measure), f"{measure} ({extractor.name})")


@dataclasses.dataclass(frozen=True, eq=False)
class ImageFeatures:
    """What an extractor finds in a set of images.

    Attributes:
        features: `[n, d]` float32.
        logits: `[n, k]` float32, or None.
        statistics: mean and covariance of the features.
    """

    features: np.ndarray
    logits: np.ndarray | None
    statistics: FeatureStatistics


def image_features(extractor: Extractor, images: np.ndarray, cache: StatisticsCache | None = None) -> ImageFeatures:
    """Features of images, from the cache where the same extractor has seen the same images.

    Args:
        extractor: any.
        images: `[n, h, w, c]` uint8, n at least 2.
        cache: for images that come again, real ones, and costly extractors; None computes.
    """

    def compute() -> dict[str, np.ndarray]:
        features, logits = extractor.activations(images)
        statistics = FeatureStatistics.of(features)
        found = {"features": features, "mean": statistics.mean, "covariance": statistics.covariance}
        return found if logits is None else {**found, "logits": logits}

    # The images' checksum covers their number, size and channels; the extractor's key its weights and preprocessing.
    key = make_key(features_of=arrays_checksum(images), extractor=extractor.key)
    found = cache.get(key, compute) if cache and extractor.is_costly else compute()
    statistics = FeatureStatistics(found["mean"], found["covariance"], len(images))
    return ImageFeatures(found["features"], found.get("logits"), statistics)
