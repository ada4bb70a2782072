# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a sweep measures on each generator: the same figures, against the same real images and the same features."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tfdpgan.data.dataset import Dataset
from tfdpgan.data.pixels import to_uint8
from tfdpgan.evaluation import classifiers
from tfdpgan.evaluation.classifiers import FittedClassifier
from tfdpgan.evaluation.extractors import default_extractor, make_extractor
from tfdpgan.evaluation.extractors.extractor import ExtractorOptions
from tfdpgan.evaluation.features import image_features
from tfdpgan.evaluation.measures.frechet_distance import frechet_distance
from tfdpgan.evaluation.measures.gen2real import gen2real
from tfdpgan.evaluation.measures.inception_score import inception_score
from tfdpgan.evaluation.measures.real_fake import real_fake
from tfdpgan.evaluation.reference import choose_references
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.run import private_folder
from tfdpgan.sweep.config import SweepConfig


class GeneratorEvaluator:
    """Measures generators. Reads private training images only where `--allow_private_reference` says so.

    Args:
        config: the sweep's settings.
        dataset: the images. Without permission everything real comes from its test images, which are taken to be
            public: gen2real is tested on all of them; the features' network, the real/fake network and the classifier
            of real2gen learn from one half.

    Attributes:
        facts: what the figures depend on, beside the generator and the seed: JSON data.

    Raises:
        ConfigError: where there are no test images, and no permission.
    """

    def __init__(self, config: SweepConfig, dataset: Dataset) -> None:
        self._num_images, self._classifier = config.num_images, config.classifier
        self._num_classes = dataset.num_classes
        self._references = references = choose_references(dataset, config.allow_private_reference)
        learned = references.learned
        # Weights are kept beside the runs: a sweep that goes on another day compares on the same features.
        folder = Path(config.sweep_dir)
        folder = (private_folder(folder) if references.reads_private else folder) / "statistics"
        options = ExtractorOptions(learned.images, learned.labels, dataset.num_classes, dataset.name, folder)
        self._extractor = make_extractor(default_extractor(dataset.num_classes), options)
        real = references.compared_after_learning if self._extractor.learned_from_data else references.compared
        self._vgg16 = self._real_for_vgg16 = None
        if config.vgg16_path is not None:
            options = ExtractorOptions(
                vgg16_path=config.vgg16_path, vgg16_preprocessing=config.vgg16_preprocessing, cache_dir=folder
            )
            self._vgg16 = make_extractor("vgg16", options)
            self._real_for_vgg16 = image_features(self._vgg16, references.compared.images).statistics
        self._reader: FittedClassifier | None = None
        self._real = image_features(self._extractor, real.images).statistics
        self.facts: dict[str, Any] = {
            "num_images": config.num_images,
            "classifier": config.classifier,
            "extractor": self._extractor.name,
            "extractor_key": self._extractor.key,
            "compared_with": f"{real.name}, {len(real)} images",
            "real2gen_classifier": f"learns from {learned.name}",
            "real_fake_network": f"learns from {references.real_fake_train.name}, tested on "
            f"{references.real_fake_test.name}",
            "reads_private_training_images": references.reads_private,
        }
        if self._vgg16 is not None:
            self.facts["vgg16_key"] = self._vgg16.key

    def __call__(self, generator: ReleasedGenerator, seed: int) -> dict[str, float]:
        """Every measure that the data allows, by its name; the same for the same seed (of latents and networks)."""
        train, test = self._references.real_fake_train, self._references.real_fake_test
        num_test = min(self._num_images, len(test))
        images, labels = generator.draw(self._num_images + num_test, seed=seed)
        order = np.random.default_rng(seed).permutation(len(images))  # classes take turns in what was drawn
        pixels = to_uint8(images)[order]
        learn, unseen = pixels[: self._num_images], pixels[self._num_images :]
        secondary = real_fake(train.images, learn, test.images, unseen, seed)
        found = image_features(self._extractor, learn)
        values = {
            "frechet_distance": frechet_distance(self._real, found.statistics),
            "real_fake_accuracy": secondary.accuracy,
            "real_fake_frechet_distance": secondary.frechet_distance,
        }
        if self._vgg16 is not None:
            on_vgg16 = image_features(self._vgg16, learn).statistics
            values["vgg16_frechet_distance"] = frechet_distance(self._real_for_vgg16, on_vgg16)
            if found.logits is not None:
                values["inception_score"] = inception_score(found.logits).mean
        compared = self._references.compared
        if labels is not None and compared.labels is not None:
            values["gen2real_accuracy"] = gen2real(
                learn,
                labels[order][: self._num_images],
                compared.images,
                compared.labels,
                self._num_classes,
                self._classifier,
                seed,
            ).accuracy
            as_asked = self._classifier_of_real().predict(learn) == labels[order][: self._num_images]
            values["real2gen_accuracy"] = float(np.mean(as_asked))
        return values

    def _classifier_of_real(self) -> FittedClassifier:
        """One for all generators, fitted when it is first asked for."""
        if self._reader is None:
            real = self._references.learned
            self._reader = classifiers.fit(self._classifier, real.images, real.labels, self._num_classes, seed=0)
        return self._reader
