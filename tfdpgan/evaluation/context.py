# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What the measures of one evaluation share: the images, the references, and features that are computed once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tfdpgan.data.dataset import Dataset
from tfdpgan.evaluation.evaluated_images import EvaluatedImages
from tfdpgan.evaluation.evaluation_config import EvaluateConfig
from tfdpgan.evaluation.extractors import default_extractor, make_extractor
from tfdpgan.evaluation.extractors.extractor import Extractor, ExtractorOptions
from tfdpgan.evaluation.features import ImageFeatures, image_features
from tfdpgan.evaluation.reference import References, Split
from tfdpgan.evaluation.result import Result
from tfdpgan.evaluation.statistics_cache import StatisticsCache, default_cache_dir
from tfdpgan.run import private_folder


@dataclass(frozen=True, eq=False)
class FeatureComparison:
    """Features of the generated images, and of the real ones that they may be compared with, by one extractor.

    Attributes:
        extractor: the network, or pixels.
        generated: its features of the images under evaluation.
        real: its features of `reference`.
        reference: real images that it has not learned from.
        reads_private: whether private training images took part, also by what the extractor learned from.
    """

    extractor: Extractor
    generated: ImageFeatures
    real: ImageFeatures
    reference: Split
    reads_private: bool

    def result(self, measure: str, title: str, value: float, paper: str, **more: Any) -> Result:
        """A result with what all results of this comparison have in common."""
        return Result(
            **{
                "measure": measure,
                "name": self.extractor.name_of(title),
                "value": value,
                "paper": paper,
                "extractor": self.extractor.name,
                "reference": self.reference.name,
                "num_generated": len(self.generated.features),
                "num_reference": len(self.real.features),
                "reads_private_training_images": self.reads_private,
                **more,
            }
        )

    def results_of_equal_numbers(
        self, compute: Callable[[np.ndarray, np.ndarray], Any], paper: str, **more: Any
    ) -> list[Result]:
        """One result for each field of what `compute(real, generated)` finds.

        It is given as many real as generated feature vectors, the surplus left out at random.
        """
        size = min(len(self.real.features), len(self.generated.features))
        real, generated = (
            features[np.random.default_rng(0).permutation(len(features))[:size]]
            for features in (self.real.features, self.generated.features)
        )
        return [
            self.result(name, name.capitalize(), value, paper, num_generated=size, num_reference=size, **more)
            for name, value in dataclasses.asdict(compute(real, generated)).items()
        ]


class Evaluation:
    """One evaluation: the images, the references, and what has been computed so far.

    Args:
        config: the settings.
        evaluated: the images under evaluation.
        references: real images by their use.
        dataset: the real data that the references come from.

    Attributes:
        pictures: what measures have drawn, `[h, w, c]` uint8, by name.
        controls: what `tfdpgan.evaluation.controls` compares besides, by extractor.
    """

    def __init__(
        self, config: EvaluateConfig, evaluated: EvaluatedImages, references: References, dataset: Dataset
    ) -> None:
        self.config, self.evaluated, self.references = config, evaluated, references
        self.dataset = dataset
        self.num_classes = dataset.num_classes
        self.pictures: dict[str, np.ndarray] = {}
        self.controls: dict[str, Any] = {}
        self._extractors: dict[str, Extractor] = {}
        self._comparisons: dict[str, FeatureComparison] = {}
        folder = Path(config.statistics_dir).expanduser() if config.statistics_dir else default_cache_dir()
        if self.reads_private:  # what was computed from private images without noise stays with the trainer
            folder = private_folder(Path(config.model_dir or folder)) / "statistics"
        self._cache = StatisticsCache(folder)
        learned = references.learned
        data_name = dataset.name if learned.name.startswith("train") else f"{dataset.name} test"
        self._options = ExtractorOptions(
            learned.images,
            learned.labels,
            dataset.num_classes,
            data_name,
            folder,
            config.inception_path,
            config.vgg16_path,
            config.vgg16_preprocessing,
            config.vgg16_size,
        )

    @property
    def reads_private(self) -> bool:
        """Whether private training images may be read, by whatever measure."""
        return self.references.reads_private

    @property
    def extractors(self) -> list[str]:
        """Rows of the table of extractors that are used."""
        return self.config.extractor_list or [default_extractor(self.num_classes)]

    def extractor(self, name: str) -> Extractor:
        """The extractor of a row of the table, made once."""
        if name not in self._extractors:
            self._extractors[name] = make_extractor(name, self._options)
        return self._extractors[name]

    def comparison(self, extractor_name: str) -> FeatureComparison:
        """Features of both sides, computed once."""
        if extractor_name not in self._comparisons:
            self._comparisons[extractor_name] = self._compare(self.extractor(extractor_name))
        return self._comparisons[extractor_name]

    def _compare(self, extractor: Extractor) -> FeatureComparison:
        learned = extractor.learned_from_data
        reference = self.references.compared_after_learning if learned else self.references.compared
        reads_private = reference.is_private or (learned and self.references.learned.is_private)
        return FeatureComparison(
            extractor,
            image_features(extractor, self.evaluated.images),
            image_features(extractor, reference.images, self._cache),
            reference,
            reads_private,
        )
