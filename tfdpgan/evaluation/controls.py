# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Whether a figure can be trusted on these real images: what real images and pure noise get in the same place.

A measure that rests on few real images may call anything good: with 50 of them noise had a precision of .97. So each
measure on features is computed twice more: for one half of the real images against the other, and for noise against
that same other half. A figure for which noise is not clearly worse than real images carries a warning, and the other
ones are read between the two: 0 % is noise, 100 % is real.

The controls take halves, at most 2000 images each, so their distances are a little larger than those of all images.
"""

from __future__ import annotations

import dataclasses
import statistics
from typing import TYPE_CHECKING

import numpy as np

from tfdpgan.evaluation.features import ImageFeatures, image_features
from tfdpgan.evaluation.measures.frechet_distance import FeatureStatistics
from tfdpgan.evaluation.result import CANNOT_TELL, TOO_FEW

if TYPE_CHECKING:
    from tfdpgan.evaluation.context import Evaluation, FeatureComparison
    from tfdpgan.evaluation.measures.measure import Measure
    from tfdpgan.evaluation.result import Result

_MOST_IMAGES = 2000
_FEWEST_IMAGES = 12  # in a half: neighbourhoods and covariances need some
_SEED = 2020
_IS_HIGHER_BETTER = {
    "precision": True,
    "recall": True,
    "density": True,
    "coverage": True,
    "frechet_distance": False,
    "sliced_wasserstein": False,
}
_CLEARLY = 2.0  # noise is told from real images where it is worse by this factor


def with_controls(
    results: list[Result], measure: Measure, evaluation: Evaluation, comparison: FeatureComparison
) -> list[Result]:
    """The results of a measure on features, each with what real images and noise get, and a warning where it needs one.

    Reads the same real images as the results do, and no others.
    """
    if not any(result.measure in _IS_HIGHER_BETTER for result in results):
        return results
    controls = _controls(evaluation, comparison)
    if controls is None:
        return [_warned(result, None, None, TOO_FEW) for result in results]
    real_row, noise_row = (measure.compute(evaluation, control) for control in controls)
    found = []
    for result, real, worst in zip(results, real_row, noise_row, strict=True):
        warning = None if _tells(result.measure, real.value, worst.value) else CANNOT_TELL
        found.append(_warned(result, real.value, worst.value, warning))
    return found


def verdict(results: list[Result]) -> str | None:
    """One sentence in plain words on all figures that tell real images from noise; None where there is none."""
    places = [place for result in results if (place := _place(result)) is not None]
    warned = sum(result.warning is not None for result in results)
    few = f" {warned} figures say nothing with these real images." if warned else ""
    if not places:
        return f"Verdict: none.{few}" if warned else None
    middle = statistics.median(places)
    words = next(words for least, words in _WORDS if middle >= least)
    return (
        f"Verdict: {words} ({middle:.0%} of the way from noise to real images, median of {len(places)} figures).{few}"
    )


_WORDS = (
    (0.9, "near real images by these figures, which may not see what you see: look at the samples"),
    (0.6, "nearer to real images than to noise"),
    (0.3, "between noise and real images"),
    (-1.0, "little better than noise"),
)


def _warned(result: Result, real: float | None, noise: float | None, warning: str | None) -> Result:
    if result.measure not in _IS_HIGHER_BETTER:
        return result
    return dataclasses.replace(result, real_against_real=real, noise_against_real=noise, warning=warning)


def _tells(name: str, real: float, noise: float) -> bool:
    return noise * _CLEARLY <= real if _IS_HIGHER_BETTER[name] else noise >= _CLEARLY * real


def _place(result: Result) -> float | None:
    """Where a figure stands between noise, 0, and real images, 1; distances on a logarithmic scale."""
    real, noise = result.real_against_real, result.noise_against_real
    if result.warning is not None or real is None or noise is None or result.value is None:
        return None
    if _IS_HIGHER_BETTER[result.measure]:
        place = (result.value - noise) / (real - noise)
    else:
        value, real, noise = (np.log(max(each, 1e-9)) for each in (result.value, real, noise))
        place = (noise - value) / (noise - real)
    return float(np.clip(place, 0.0, 1.0))


def _controls(
    evaluation: Evaluation, comparison: FeatureComparison
) -> tuple[FeatureComparison, FeatureComparison] | None:
    """Two disjoint halves of the real images, the one against the other, and noise against the other; made once.

    None where the real images are too few.
    """
    name = comparison.extractor.name
    if name not in evaluation.controls:
        count = len(comparison.real.features)
        size = min(count // 2, _MOST_IMAGES)
        order = np.random.default_rng(_SEED).permutation(count)
        made = None
        if size >= _FEWEST_IMAGES:
            first, second = (_part(comparison.real, rows) for rows in (order[:size], order[size : 2 * size]))
            noise = _noise(comparison, size)
            made = tuple(dataclasses.replace(comparison, generated=each, real=second) for each in (first, noise))
        evaluation.controls[name] = made
    return evaluation.controls[name]


def _part(found: ImageFeatures, rows: np.ndarray) -> ImageFeatures:
    features = found.features[rows]
    logits = None if found.logits is None else found.logits[rows]
    return ImageFeatures(features, logits, FeatureStatistics.of(features))


def _noise(comparison: FeatureComparison, count: int) -> ImageFeatures:
    """Features of images whose pixels are independent and uniform."""
    shape = comparison.reference.images.shape[1:]
    images = np.random.default_rng(_SEED).integers(0, 256, (count, *shape), dtype=np.uint8)
    return image_features(comparison.extractor, images)
