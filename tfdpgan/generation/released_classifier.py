# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The released classifier of a generator's run: trained by DP-SGD before the generator, it may judge its images."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import tf_keras as keras

from tfdpgan.files.checksum import file_checksum
from tfdpgan.generation.signature import SIGNATURE, read_signature
from tfdpgan.models.classifiers import load_classifier

_FILE = "classifier.keras"
_READ_AT_ONCE = 500


@dataclasses.dataclass(frozen=True)
class ReleasedClassifier:
    """A classifier that may be seen: trained by DP-SGD, or on images without privacy, which its provenance says.

    Attributes:
        model: maps images `[n, h, w, c]` float32 in [-1, 1] to logits `[n, num_classes]`.
        provenance: data set, epsilon and delta, as the generator's.
    """

    model: keras.Model
    provenance: dict[str, Any]

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """Of each class, `[n, num_classes]` float32, for images `[n, h, w, c]` float32 in [-1, 1]."""
        parts = [
            keras.activations.softmax(self.model(images[start : start + _READ_AT_ONCE], training=False)).numpy()
            for start in range(0, len(images), _READ_AT_ONCE)
        ]
        return np.concatenate(parts)

    def save(self, folder: Path) -> None:
        """Writes network and signature into an existing empty folder."""
        self.model.save(folder / _FILE)
        signature = {
            "name": "classify",
            "may_be_used_for": ["labelling and choosing images of the same run's generator, at no further cost"],
            "weights_sha256": file_checksum(folder / _FILE),
            "provenance": self.provenance,
        }
        (folder / SIGNATURE).write_text(json.dumps(signature, indent=2) + "\n")

    @classmethod
    def load(cls, folder: Path) -> ReleasedClassifier:
        """Reads what `save` wrote; raises ConfigError when it is missing or was changed."""
        signature = read_signature(folder, _FILE, f"{folder} holds no released classifier.")
        return cls(load_classifier(folder / _FILE), signature["provenance"])
