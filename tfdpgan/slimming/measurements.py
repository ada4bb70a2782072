# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What can only be measured: TFLite files of 32, 16 and 8 bits before and after, and how good their images are.

Images are compared by the Frechet distance (`evaluation/frechet.py`): with the teacher's, which costs no privacy, and,
where --evaluation_images asks for it, with the real test images, which are taken to be public. Files are made by a
callable that the floor above passes down.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import tqdm

from tfdpgan.config import ConfigError
from tfdpgan.data.dataset import Dataset
from tfdpgan.data.pixels import to_uint8
from tfdpgan.evaluation.extractors import make_extractor
from tfdpgan.evaluation.extractors.extractor import ExtractorOptions
from tfdpgan.evaluation.measures.frechet_distance import frechet_distance_of_features
from tfdpgan.evaluation.reference import Split, public_test_split
from tfdpgan.export.trial_conversion import MeasuredFile
from tfdpgan.files.atomic import json_number
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.slimming.slim_config import SlimRunConfig

QUANTIZATIONS = {32: "float32", 16: "float16", 8: "int8"}
_NUM_COMPARED_WITH_TEACHER = 2000
_IMAGES_AT_ONCE = 1000
_REFERENCE_SEED, _SEED = 2, 3  # of latents: public constants, so that every call measures the same images


class ImageSource(Protocol):
    """A generator, or a file that stands for one."""

    def images_of(self, latents: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Images `[n, h, w, c]` float32 in [-1, 1] of latents `[n, latent_dim]` and labels `[n]` int32."""


# Makes and measures the file of a quantization; ValueError where there can be none.
MeasureFile = Callable[[ReleasedGenerator, str], MeasuredFile]


def real_test_images(dataset: Dataset, generator: ReleasedGenerator) -> Split:
    """The real images of a data set to compare a generator's with: its public test split.

    Raises:
        ConfigError: for data without a test split, or with other images than the generator draws.
    """
    split = public_test_split(dataset)
    if split is None:
        raise ConfigError(
            f"{dataset.name} has no test split, which --evaluation_images compares with. Train the teacher with "
            "--holdout=0.1 (a folder: with test/ beside train/), give other data by --dataset, or leave it out."
        )
    if tuple(dataset.image_shape) != tuple(generator.shape[:3]) or len(split) < 2:
        raise ConfigError(
            f"--evaluation_images compares with 2 or more real images of {tuple(generator.shape[:3])}, as the teacher "
            f"draws; {dataset.name} has {len(split)} of {tuple(dataset.image_shape)} to test on. Give data like the "
            "teacher's by --dataset."
        )
    return split


class ImageQuality:
    """Frechet distances of images from the latents of a fixed seed, on VGG16's features or, without it, on pixels.

    Args:
        settings: of the slim run; VGG16 where the perceptual loss, or its path, has its weights.
        teacher: says what latents are like, and draws what others are compared with.
        dataset: its test images are read where --evaluation_images is above 0; nothing is without.

    Raises:
        ConfigError: where VGG16's weights or test images cannot be had.
    """

    def __init__(self, settings: SlimRunConfig, teacher: ReleasedGenerator, dataset: Dataset | None) -> None:
        has_vgg16 = settings.perceptual_weight or settings.vgg16_path
        options = ExtractorOptions(vgg16_path=settings.vgg16_path, vgg16_preprocessing=settings.vgg16_preprocessing)
        self._extractor = make_extractor("vgg16" if has_vgg16 else "pixels", options)
        self._teacher = teacher
        self._test = real_test_images(dataset, teacher) if dataset and settings.evaluation_images else None
        self._dataset_name = settings.dataset
        self._num_evaluated = settings.evaluation_images
        self._test_features: np.ndarray | None = None

    def to_teacher(self, slim: ImageSource) -> dict[str, Any]:
        """Distances to images of the teacher: of other images of the teacher (as near as so many can be), of slim's."""
        count = _NUM_COMPARED_WITH_TEACHER
        reference = self._features(self._teacher, count, _REFERENCE_SEED)
        before, after = (
            frechet_distance_of_features(reference, self._features(source, count, _SEED))
            for source in (self._teacher, slim)
        )
        return {
            **self._description(),
            "reference": "the teacher's images",
            "num_generated": count,
            "num_reference": count,
            "before": before,
            "after": after,
        }

    def to_test(self, slim: ImageSource) -> dict[str, Any] | None:
        """Distances of teacher and slim generator to the real test images; None where there are none."""
        if self._test is None:
            return None
        before, after = self.distance_to_test(self._teacher), self.distance_to_test(slim)
        return {
            **self._description(),
            "reference": f"{self._dataset_name}, {self._test.name} split",
            "dataset": self._dataset_name,
            "num_generated": self._num_evaluated,
            "num_reference": len(self._test),
            "before": before,
            "after": after,
            "ratio": after / before if before and after is not None else None,
        }

    def distance_to_test(self, source: ImageSource) -> float | None:
        """Of one source's images, to all test images; None where there are none."""
        if self._test is None:
            return None
        if self._test_features is None:
            self._test_features = self._extractor.features(self._test.images)
        return frechet_distance_of_features(self._test_features, self._features(source, self._num_evaluated, _SEED))

    def _description(self) -> dict[str, str]:
        return {"name": self._extractor.name_of("Frechet distance"), "extractor": self._extractor.name}

    def _features(self, source: ImageSource, num_images: int, seed: int) -> np.ndarray:
        rng, parts = np.random.default_rng(seed), []
        for start in range(0, num_images, _IMAGES_AT_ONCE):
            labels = np.arange(start, min(start + _IMAGES_AT_ONCE, num_images), dtype=np.int32)
            latents = rng.standard_normal((len(labels), self._teacher.config.latent_dim), np.float32)
            images = source.images_of(latents, labels % self._teacher.shape.num_classes)
            parts.append(self._extractor.features(to_uint8(images)))
        return np.concatenate(parts)


def measure(
    teacher: ReleasedGenerator,
    slim: ReleasedGenerator,
    compute_ratio: float,
    quality: ImageQuality,
    measure_file: MeasureFile,
    show_progress: bool,
) -> dict[str, Any]:
    """What is measured of a slimming, for slimming.json.

    Args:
        teacher: before.
        slim: after.
        compute_ratio: multiply-accumulates before over after.
        quality: compares images.
        measure_file: makes files.
        show_progress: draw a bar on stderr.

    Returns:
        "files": a row for each of 32, 16 and 8 bits, before and after; "to_teacher" and "to_test": Frechet distances.
    """
    kinds = [(when, bits) for when in ("before", "after") for bits in QUANTIZATIONS]
    rows = []
    with tqdm.tqdm(total=len(kinds) + 2, desc="measuring", disable=not show_progress) as bar:
        for when, bits in kinds:
            generator, ratio = (teacher, 1.0) if when == "before" else (slim, compute_ratio)
            measured = _measured(generator, bits, quality if when == "after" else None, measure_file)
            rows.append(
                {
                    "generator": when,
                    "bits": bits,
                    "quantization": QUANTIZATIONS[bits],
                    **measured,
                    "compute_ratio": ratio,
                }
            )
            bar.update()
        distances = {}
        for name in ("to_teacher", "to_test"):
            distances[name] = getattr(quality, name)(slim)
            bar.update()
    whole = rows[0]["bytes"]
    for row in rows:
        row["size_ratio"] = whole / row["bytes"] if whole and row["bytes"] else None
    return {"files": rows, **distances}


def _measured(
    generator: ReleasedGenerator, bits: int, quality: ImageQuality | None, measure_file: MeasureFile
) -> dict[str, Any]:
    """Of one file: figures, or None for each and the reason; the distance to test images where `quality` is given."""
    names = ("bytes", "latency_ms", "latency_ms_2_threads", "psnr_db", "frechet_distance")
    try:
        file = measure_file(generator, QUANTIZATIONS[bits])
    except (ValueError, RuntimeError) as error:  # what TFLite cannot do must not cost the rest of the page
        return {**dict.fromkeys(names), "not_measured": str(error)}
    distance = quality.distance_to_test(file) if quality else None
    figures = (file.bytes, file.latency_ms, file.latency_ms_2_threads, json_number(file.psnr_db), distance)
    return {**dict(zip(names, figures, strict=True)), "not_measured": None}
