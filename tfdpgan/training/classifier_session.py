# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A private classifier's training in one run directory, and its accuracy afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
import tf_keras as keras

from tfdpgan.config import ConfigError
from tfdpgan.data.dataset import Dataset
from tfdpgan.training import loop
from tfdpgan.training.classifier import Classifier, ClassifierPhase
from tfdpgan.training.plan import Plan
from tfdpgan.training.session import BaseSession, image_shape

_PUBLIC_INPUTS = (
    "the number of images, their size, their channels and the names of the classes",
    "initial weights, drawn from --seed",
)
_NOT_COVERED = (
    "the test images: accuracy on them is printed as it is, they are taken to be public",
    "the time that the training took, which depends slightly on the size of the drawn batches",
)


class ClassifierSession(BaseSession):
    """A classifier's training in one run directory.

    Args:
        plan: from `make_classifier_plan`, for the number of images of `dataset`.
        dataset: labelled images.

    Raises:
        ValueError: for settings, data or networks that cannot be trained under the plan.
    """

    players: Classifier

    def __init__(self, plan: Plan, dataset: Dataset) -> None:
        if dataset.labels is None:
            raise ConfigError(f"A classifier needs labels, and {dataset.name} has none. Use labelled data.")
        super().__init__(plan, dataset)

    def _make_players(self) -> Classifier:
        return Classifier(image_shape(self._dataset), self.plan.config)

    def _make_phases(self) -> list[loop.Phase]:
        stage = self.plan.stages[0] if self.plan.stages else None
        return [ClassifierPhase(self.plan.config, self._dataset, self.players, stage)]

    def _own_card_facts(self) -> dict[str, Any]:
        return {
            "released": "classifier", "clip_generated": None, "public_inputs": _PUBLIC_INPUTS,
            "accesses_not_covered": _NOT_COVERED,
        }


def accuracy_on_test_images(model: keras.Model, dataset: Dataset, batch_size: int = 1000) -> float | None:
    """Share of the test images that `model` classifies correctly, in [0, 1]; None where there are none.

    Reads the test split only. It is no part of the guarantee: the test images are taken to be public.
    """
    if dataset.test_images is None:
        return None
    logits = model.predict(dataset.test_images, batch_size=batch_size, verbose=0)
    return float(np.mean(np.argmax(logits, axis=-1) == dataset.test_labels))
