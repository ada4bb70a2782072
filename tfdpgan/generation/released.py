# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The released generator: weights and a signature that says how to call it. This is all that leaves a run."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tfdpgan import models
from tfdpgan.config import ConfigError, from_dict
from tfdpgan.files.checksum import file_checksum
from tfdpgan.generation.signature import SIGNATURE, read_signature
from tfdpgan.models import ModelConfig, latents
from tfdpgan.models.network import Network

_WEIGHTS = "generator.weights.h5"


@dataclasses.dataclass(frozen=True)
class ReleasedGenerator:
    """A generator with everything that is needed to call it.

    Attributes:
        model: maps (latents `[n, latent_dim]` float32, labels `[n]` int32) to images `[n, h, w, c]` in [-1, 1]. A slim
            one knows its channels, a quantised one its bits.
        shape: of the images, with the number of classes.
        config: architecture and widths, from which the model is built again.
        class_names: one name for each class, or () for an unconditional generator.
        provenance: where it comes from: data set, epsilon, delta, and that its images are synthetic.
    """

    model: Network
    shape: models.ImageShape
    config: ModelConfig
    class_names: tuple[str, ...]
    provenance: dict[str, Any]

    @property
    def is_conditional(self) -> bool:
        """Whether images are asked for by class."""
        return bool(self.class_names)

    def label_of(self, class_name: str) -> int:
        """The label of a class; raises ConfigError, which names all of them, where there is no such class."""
        if class_name not in self.class_names:
            known = ", ".join(self.class_names) or "none: this generator is not conditional"
            raise ConfigError(f"--class_name must be one of: {known}. Received: {class_name}.")
        return self.class_names.index(class_name)

    def save(self, folder: Path) -> None:
        """Writes weights and signature into an existing empty folder."""
        self.model.save_weights(str(folder / _WEIGHTS))
        signature = {
            "name": "generate",
            "inputs": {
                "latents": {
                    "shape": [None, self.config.latent_dim],
                    "dtype": "float32",
                    "distribution": "independent standard normal",
                },
                "labels": {"shape": [None], "dtype": "int32", "range": [0, self.shape.num_classes - 1]},
            },
            "output": {
                "shape": [None, *self.shape[:3]],
                "dtype": "float32",
                "range": [-1.0, 1.0],
                "channels": "grey" if self.shape.channels == 1 else "RGB",
            },
            "class_names": list(self.class_names),
            "image_shape": list(self.shape),
            "model": dataclasses.asdict(self.config),
            "channels": self.model.get_config().get("channels"),
            "quantization": self.model.quantization,
            "weights_sha256": file_checksum(folder / _WEIGHTS),
            "provenance": self.provenance,
        }
        (folder / SIGNATURE).write_text(json.dumps(signature, indent=2) + "\n")

    @classmethod
    def load(cls, folder: Path) -> ReleasedGenerator:
        """Reads what `save` wrote; raises ConfigError when it is missing or was changed."""
        missing = (
            f"{folder} holds no released generator: the training has not ended. "
            "Run train_dpgan.py with the same --model_dir again and it goes on."
        )
        signature = read_signature(folder, _WEIGHTS, missing)
        shape = models.ImageShape(*signature["image_shape"])
        config = from_dict(ModelConfig, signature["model"])
        model = models.build_generator(shape, config, signature.get("channels"))
        if signature.get("quantization"):
            _quantize(model, config, signature["quantization"])
        model.load_weights(str(folder / _WEIGHTS))
        return cls(model, shape, config, tuple(signature["class_names"]), signature["provenance"])

    def draw(
        self, num_images: int, labels: np.ndarray | None = None, seed: int | None = None, batch_size: int = 256
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Draws images.

        Args:
            num_images: how many, 1 or more.
            labels: `[num_images]` integers, the class of each; default: every class equally often.
            seed: of the latents; default: different images at every call.
            batch_size: images computed at once.

        Returns:
            Images `[num_images, h, w, c]` float32 in [-1, 1], and labels `[num_images]` int32 (None: no classes).
        """
        labels = self.labels_for(num_images, labels)
        return self.images_of(self.latents_for(num_images, seed), labels, batch_size), self.shown(labels)

    def labels_for(self, num_images: int, labels: np.ndarray | None = None) -> np.ndarray:
        """Labels `[num_images]` int32: those that are given, checked, or every class equally often."""
        if num_images < 1:
            raise ConfigError(f"The number of images must be 1 or more. Received: {num_images}.")
        if labels is None:
            labels = latents.balanced_labels(num_images, self.shape.num_classes).numpy()
        labels = np.asarray(labels, np.int32)
        if len(labels) != num_images or labels.min() < 0 or labels.max() >= self.shape.num_classes:
            raise ConfigError(
                f"Labels must be {num_images} integers from 0 to {self.shape.num_classes - 1}. "
                f"Received: {len(labels)} from {labels.min()} to {labels.max()}."
            )
        return labels

    def latents_for(self, num_images: int, seed: int | None = None) -> tf.Tensor:
        """Latents `[num_images, latent_dim]` float32 of the distribution that the generator was trained on."""
        generators = tf.random.Generator
        rng = generators.from_non_deterministic_state() if seed is None else generators.from_seed(seed)
        return latents.draw_latents(rng, num_images, self.config.latent_dim)

    def shown(self, labels: np.ndarray) -> np.ndarray | None:
        """The labels, or None where the generator has no classes."""
        return labels if self.is_conditional else None

    def images_of(self, z: tf.Tensor, labels: np.ndarray, batch_size: int = 256) -> np.ndarray:
        """Images `[n, h, w, c]` float32 of given latents `[n, latent_dim]` and labels `[n]`."""
        parts = [
            self.model((z[start : start + batch_size], tf.constant(labels[start : start + batch_size])), training=False)
            for start in range(0, len(labels), batch_size)
        ]
        return tf.concat(parts, axis=0).numpy()


def _quantize(model: Network, config: ModelConfig, quantization: dict[str, Any]) -> None:
    from tfdpgan.models.quantized_layers import quantize_layers  # with TF-MOT: seconds

    quantize_layers(model, **quantization)
    model((tf.zeros([1, config.latent_dim]), tf.zeros([1], tf.int32)))
