# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Inception-v3 as TF-GAN publishes it: the one network whose Frechet distance is called FID, and whose score IS.

Features are `pool_3` (2048 values), the head is `logits` (1008 values). Images are resized to 299x299 bilinearly,
without antialiasing, and scaled to [-1, 1], as in TF-GAN's examples; grey ones get three equal channels.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tfdpgan.config import ConfigError
from tfdpgan.evaluation.extractors.extractor import Extractor, ExtractorOptions, ExtractorRow, as_rgb, make_key

TF_HUB_HANDLE = "https://tfhub.dev/tensorflow/tfgan/eval/inception/1"
_SIZE = 299
_FEATURES, _LOGITS = "pool_3", "logits"
_BATCH_SIZE = 32  # images of 299x299: 34 MB, activations a hundred times as much


class Inception(Extractor):
    """TF-GAN's Inception-v3.

    Args:
        model: a loaded SavedModel, callable or with one signature, from images `[n, 299, 299, 3]` float32 in [-1, 1] to
            {"pool_3", "logits"}.
        checksum: of the model's files.
    """

    name = "inception"
    has_logits = True
    is_costly = True
    own_names = {"Frechet distance": "FID", "Inception score": "IS"}

    def __init__(self, model: Any, checksum: str) -> None:
        self.key = make_key(
            extractor=self.name, weights=checksum, size=_SIZE, resize="bilinear", scale="[-1, 1]", features=_FEATURES
        )
        self._model = model  # holds the variables
        self._call = model if callable(model) else _only_signature(model)

    def activations(self, images: np.ndarray, batch_size: int = _BATCH_SIZE) -> tuple[np.ndarray, np.ndarray | None]:
        """As every extractor's, in smaller batches."""
        return super().activations(images, min(batch_size, _BATCH_SIZE))

    def _of_batch(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        resized = tf.image.resize(tf.constant(as_rgb(images), tf.float32), [_SIZE, _SIZE]) / 127.5 - 1.0
        outputs = self._call(resized)
        try:
            features, logits = outputs[_FEATURES], outputs[_LOGITS]
        except (KeyError, TypeError, ValueError):
            raise ConfigError(
                f"The Inception model must return {_FEATURES} and {_LOGITS}, as TF-GAN's does. Received: "
                f"{', '.join(outputs) if isinstance(outputs, dict) else type(outputs).__name__}."
            ) from None
        return tuple(tf.reshape(output, [len(images), -1]).numpy() for output in (features, logits))


def make(options: ExtractorOptions) -> Inception:
    """Loads the network from `inception_path`, or downloads it through TF-Hub.

    Raises:
        ConfigError: when it can neither be loaded nor downloaded; the message says what to do.
    """
    path = Path(options.inception_path).expanduser() if options.inception_path else _download()
    try:
        model = tf.saved_model.load(str(path))
    except (OSError, ValueError, tf.errors.OpError) as error:
        raise ConfigError(
            f"--inception_path={path} holds no SavedModel that can be loaded ({_first_line(error)}). Give the unpacked "
            f"folder of {TF_HUB_HANDLE}, with saved_model.pb inside."
        ) from None
    return Inception(model, _folder_checksum(path))


def _download() -> Path:
    try:
        import tensorflow_hub
    except ImportError:
        raise ConfigError(
            "Inception is downloaded by tensorflow-hub, which is not installed: pip install tensorflow-hub, or give "
            f"the unpacked folder of {TF_HUB_HANDLE} as --inception_path."
        ) from None
    try:
        return Path(tensorflow_hub.resolve(TF_HUB_HANDLE))
    except Exception as error:  # whatever the network's layers raise
        raise ConfigError(
            f"Inception cannot be downloaded ({_first_line(error)}). Fetch {TF_HUB_HANDLE} on a machine with a "
            "network, unpack it, and give its folder as --inception_path; or use --extractors=classifier."
        ) from None


def _only_signature(model: Any) -> Any:
    signatures = getattr(model, "signatures", {})
    if not signatures:
        raise ConfigError("--inception_path holds a SavedModel that cannot be called and has no signature.")
    name = "serving_default" if "serving_default" in signatures else next(iter(signatures))
    return signatures[name]


def _folder_checksum(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]


EXTRACTOR = ExtractorRow(
    "pool_3 (2048 values) of Inception-v3 as TF-GAN publishes it, at 299x299",
    "Szegedy et al. 2016, arXiv:1512.00567",
    make,
)
