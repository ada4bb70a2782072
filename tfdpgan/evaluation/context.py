# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What the measures of one evaluation share: the images, the references, and features that are computed once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tfdpgan.data.dataset import Dataset
from tfdpgan.evaluation.evaluation_config import EvaluateConfig
from tfdpgan.evaluation.extractors.extractor import Extractor, ExtractorOptions
from tfdpgan.evaluation.features import ImageFeatures, image_features, make_extractor, measure_name
from tfdpgan.evaluation.figure import Figure
from tfdpgan.evaluation.reference import References, Split
from tfdpgan.evaluation.statistics_cache import StatisticsCache, default_cache_dir
from tfdpgan.evaluation.subject import Subject


@dataclass(frozen=True, eq=False)
class View:
    """What one extractor sees: of the generated images, and of the real ones that it may be compared on.

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

    def figure(self, measure: str, title: str, value: float, paper: str, **more: Any) -> Figure:
        """A figure with what all figures of this view have in common."""
        return Figure(**{
            "measure": measure, "name": measure_name(title, self.extractor), "value": value, "paper": paper,
            "extractor": self.extractor.name, "reference": self.reference.name,
            "num_generated": len(self.generated.features), "num_reference": len(self.real.features),
            "reads_private_training_images": self.reads_private, **more,
        })

    def equal_numbers(self) -> tuple[np.ndarray, np.ndarray]:
        """As many real as generated feature vectors, the surplus left out at random."""
        size = min(len(self.real.features), len(self.generated.features))
        return tuple(
            features[np.random.default_rng(0).permutation(len(features))[:size]]
            for features in (self.real.features, self.generated.features)
        )


class Evaluation:
    """One evaluation: the images, the references, and what has been computed so far.

    Args:
        config: the settings.
        subject: the images under evaluation.
        references: real images by their use.
        dataset: the real data that the references come from.

    Attributes:
        pictures: what measures have drawn, `[h, w, c]` uint8, by name.
    """

    def __init__(self, config: EvaluateConfig, subject: Subject, references: References, dataset: Dataset) -> None:
        self.config, self.subject, self.references = config, subject, references
        self.dataset = dataset
        self.num_classes = dataset.num_classes
        self.pictures: dict[str, np.ndarray] = {}
        self._extractors: dict[str, Extractor] = {}
        self._views: dict[str, View] = {}
        folder = Path(config.statistics_dir).expanduser() if config.statistics_dir else default_cache_dir()
        self._cache = StatisticsCache(folder)
        learned = references.learned
        data_name = dataset.name if learned.name.startswith("train") else f"{dataset.name} test"
        self._options = ExtractorOptions(
            learned.images, learned.labels, dataset.num_classes, data_name, folder,
            config.inception_path, config.vgg16_path, config.vgg16_preprocessing, config.vgg16_size,
        )

    @property
    def extractors(self) -> list[str]:
        """Rows of the table of extractors that are used."""
        return self.config.extractor_list or ["classifier" if self.num_classes > 1 else "pixels"]

    def extractor(self, name: str) -> Extractor:
        """The extractor of a row of the table, made once."""
        if name not in self._extractors:
            self._extractors[name] = make_extractor(name, self._options)
        return self._extractors[name]

    def view(self, extractor_name: str) -> View:
        """Features of both sides, computed once."""
        if extractor_name not in self._views:
            self._views[extractor_name] = self._make_view(self.extractor(extractor_name))
        return self._views[extractor_name]

    def _make_view(self, extractor: Extractor) -> View:
        learned = extractor.learned_from_data
        reference = self.references.compared_after_learning if learned else self.references.compared
        reads_private = reference.is_private or (learned and self.references.learned.is_private)
        return View(
            extractor, image_features(extractor, self.subject.images),
            image_features(extractor, reference.images, self._cache), reference, reads_private,
        )
