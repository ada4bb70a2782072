# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What an extractor finds in a set of images, computed once for the same images and the same extractor."""

from __future__ import annotations

import dataclasses

import numpy as np

from tfdpgan.evaluation.extractors.extractor import Extractor, arrays_checksum, make_key
from tfdpgan.evaluation.measures.frechet_distance import FeatureStatistics
from tfdpgan.evaluation.statistics_cache import StatisticsCache


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
