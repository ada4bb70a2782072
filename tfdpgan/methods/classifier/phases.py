# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The classifier as the first phase of a generator's training: it then tells the generator what it draws."""

from __future__ import annotations

from tfdpgan.config import ConfigError
from tfdpgan.methods.classifier.auxiliary import auxiliary_classifier
from tfdpgan.methods.classifier.phase import Classifier, ClassifierPhase
from tfdpgan.methods.classifier.plan import CLASSIFIER
from tfdpgan.methods.generator_training import GeneratorTraining
from tfdpgan.privacy.clipping import refuse_mixing_layers
from tfdpgan.training.phase import PhasePlan


def phases(training: GeneratorTraining) -> list[PhasePlan]:
    """The classifier's steps; its averaged network becomes the judge. Raises ConfigError where there are no labels."""
    dataset, stage = training.dataset, training.plan.stage(CLASSIFIER)
    if dataset.labels is None:
        raise ConfigError(f"--classifier_steps needs labels, and {dataset.name} has none: leave it out.")
    noise_multiplier = stage.mechanism.noise_multiplier if stage else None
    config = auxiliary_classifier(training.config, dataset.num_examples, noise_multiplier)
    classifier = Classifier(training.networks.shape, config)
    if training.pretrained_classifier is not None:
        classifier.start_from(training.pretrained_classifier)
    if stage is not None:
        refuse_mixing_layers(classifier.model)
    training.keep_classifier(classifier.released)
    training.networks.judge, training.networks.features = classifier.released, classifier.hidden_features
    return [
        PhasePlan(
            CLASSIFIER, lambda: ClassifierPhase(CLASSIFIER, config, dataset, classifier, stage), stage, draws=False
        )
    ]
