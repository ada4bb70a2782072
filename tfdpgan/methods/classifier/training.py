# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A private classifier's training in one run directory, and its accuracy afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
import tf_keras as keras

from tfdpgan.config import ConfigError
from tfdpgan.data.dataset import Dataset
from tfdpgan.methods.classifier.phase import Classifier, ClassifierPhase
from tfdpgan.methods.classifier.plan import DP_SGD
from tfdpgan.models.classifiers import load_classifier
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.privacy.clipping import refuse_mixing_layers
from tfdpgan.run import RunDirectory
from tfdpgan.run_ledger import write_seal
from tfdpgan.training.callbacks import Callback
from tfdpgan.training.networks import image_shape
from tfdpgan.training.phase import PhasePlan
from tfdpgan.training.plan import Plan
from tfdpgan.training.session import SAME_IMAGES, Session

_FILE = "classifier.keras"
_PUBLIC_INPUTS = ("initial weights, drawn from --seed",)
_NOT_COVERED = (
    "the test images: accuracy on them is printed as it is, they are taken to be public",
    "the time that the training took, which depends slightly on the size of the drawn batches",
    SAME_IMAGES,
)


class ClassifierTraining:
    """A classifier that is trained for itself: what a session runs.

    Args:
        plan: from `make_classifier_plan`, for the number of images of `dataset`.
        dataset: labelled images.
        run_dir: where the run lives.

    Raises:
        ValueError: for settings, data or networks that cannot be trained under the plan.

    Attributes:
        classifier: the network.
    """

    parent = None
    unreviewed = ()
    withheld = {"discriminator": "a classifier's training has none"}

    def __init__(self, plan: Plan, dataset: Dataset, run_dir: RunDirectory) -> None:
        if dataset.labels is None:
            raise ConfigError(f"A classifier needs labels, and {dataset.name} has none. Use labelled data.")
        self._dataset = dataset
        self._run_dir = run_dir
        self.classifier = Classifier(image_shape(dataset), plan.config)
        stage = plan.stage(DP_SGD)
        if stage is not None:
            refuse_mixing_layers(self.classifier.model)
        self.phases = [
            PhasePlan(
                DP_SGD,
                lambda: ClassifierPhase(DP_SGD, plan.config, dataset, self.classifier, stage),
                stage,
                draws=False,
            )
        ]

    def note_accesses(self, ledger: Ledger) -> None:
        """Nothing: the stage says it all."""

    def callbacks(self, ledger: Ledger) -> list[Callback]:
        """None of its own."""
        return []

    def card_facts(self) -> dict[str, Any]:
        """That a classifier is released, and what is public and not counted."""
        return {
            "released": "classifier",
            "clip_generated": None,
            "public_inputs": (*self._dataset.public_facts, *_PUBLIC_INPUTS),
            "accesses_not_covered": _NOT_COVERED,
        }

    def release(self, ledger: Ledger) -> None:
        """Writes the averaged network."""
        with self._run_dir.replacing_folder(self._run_dir.classifier) as folder:
            self.classifier.released.save(folder / _FILE)
            write_seal(folder, ledger)


def make_session(plan: Plan, dataset: Dataset) -> Session:
    """A classifier's training that is ready to run."""
    return Session(plan, dataset, lambda run_dir: ClassifierTraining(plan, dataset, run_dir))


def released_classifier(run_dir: RunDirectory) -> keras.Model:
    """The released network of a finished run."""
    return load_classifier(run_dir.classifier / _FILE)


def accuracy_on_test_images(model: keras.Model, dataset: Dataset, batch_size: int = 1000) -> float | None:
    """Share of the test images that `model` classifies correctly, in [0, 1]; None where there are none.

    Reads the test split only. It is no part of the guarantee: the test images are taken to be public.
    """
    if dataset.test_images is None:
        return None
    logits = model.predict(dataset.test_images, batch_size=batch_size, verbose=0)
    return float(np.mean(np.argmax(logits, axis=-1) == dataset.test_labels))
