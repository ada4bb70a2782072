# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The released discriminator of a run whose method permits it: what may judge its generator's images afterwards."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from tfdpgan import models
from tfdpgan.config import from_dict
from tfdpgan.files.checksum import file_checksum
from tfdpgan.generation.signature import SIGNATURE, read_signature
from tfdpgan.models import ModelConfig
from tfdpgan.models.network import Network

_WEIGHTS = "discriminator.weights.h5"
_USES = (
    "choosing, weighting and refining images of the same run's generator, at no further cost in privacy",
    "distilling that generator",
)


@dataclasses.dataclass(frozen=True)
class ReleasedDiscriminator:
    """A discriminator that may be seen: trained by DP-SGD, or on images without privacy, which its provenance says.

    Attributes:
        model: maps (images `[n, h, w, c]` in [-1, 1], labels `[n]` int32) to logits `[n]`.
        shape: of the images, with the number of classes.
        config: architecture and widths.
        provenance: data set, epsilon and delta, as the generator's.
    """

    model: Network
    shape: models.ImageShape
    config: ModelConfig
    provenance: dict[str, Any]

    def save(self, folder: Path) -> None:
        """Writes weights and signature into an existing empty folder."""
        self.model.save_weights(str(folder / _WEIGHTS))
        signature = {
            "name": "discriminate",
            "image_shape": list(self.shape),
            "model": dataclasses.asdict(self.config),
            "may_be_used_for": list(_USES),
            "weights_sha256": file_checksum(folder / _WEIGHTS),
            "provenance": self.provenance,
        }
        (folder / SIGNATURE).write_text(json.dumps(signature, indent=2) + "\n")

    @classmethod
    def load(cls, folder: Path) -> ReleasedDiscriminator:
        """Reads what `save` wrote; raises ConfigError when it is missing or was changed."""
        missing = (
            f"{folder} holds no released discriminator: the training has not ended, or its method may not keep "
            "one. A GAN trained by DP-SGD keeps one."
        )
        signature = read_signature(folder, _WEIGHTS, missing)
        shape = models.ImageShape(*signature["image_shape"])
        config = from_dict(ModelConfig, signature["model"])
        model = models.build_discriminator(shape, config)
        model.load_weights(str(folder / _WEIGHTS))
        return cls(model, shape, config, signature["provenance"])
