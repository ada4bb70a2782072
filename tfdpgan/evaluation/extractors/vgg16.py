# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""VGG16 (Simonyan and Zisserman 2015) without its dense layers, as keras.applications has it.

Features are the last pooling layer's, averaged over the image: 512 values. (Kynkaanniemi et al. use the second dense
layer at 224x224; weights without the top are what can be had everywhere, and 224x224 takes a processor hours.) Weights
have to be fed as they were trained: Keras' own with "caffe" preprocessing (BGR, channel means subtracted), PyTorch's
with "torch" (RGB in [0, 1], standardised). The wrong one gives figures, only meaningless ones: so it is in the name.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan.config import ConfigError
from tfdpgan.evaluation.extractors.extractor import (
    Extractor,
    ExtractorOptions,
    ExtractorRow,
    arrays_checksum,
    as_rgb,
    make_key,
)

PREPROCESSING = ("caffe", "torch")
_SMALLEST_SIZE = 32
_CAFFE_MEAN = (103.939, 116.779, 123.68)  # of ImageNet: blue, green, red
_TORCH_MEAN = (0.485, 0.456, 0.406)  # red, green, blue, in [0, 1]
_TORCH_DEVIATION = (0.229, 0.224, 0.225)


class VGG16(Extractor):
    """Averages of VGG16's last feature maps.

    Args:
        network: maps preprocessed images `[n, size, size, 3]` to features `[n, 512]`.
        preprocessing: "caffe" or "torch".
        size: side in pixels that images are resized to (bilinear, antialiased where they shrink).
    """

    is_costly = True

    def __init__(self, network: keras.Model, preprocessing: str, size: int) -> None:
        if preprocessing not in PREPROCESSING:
            raise ConfigError(f"--vgg16_preprocessing must be caffe or torch. Received: {preprocessing}.")
        self.name = f"vgg16[{preprocessing}, {size} px]"
        self.key = make_key(
            extractor="vgg16",
            weights=arrays_checksum(*network.get_weights()),
            preprocessing=preprocessing,
            size=size,
            resize="bilinear antialiased",
            features="block5 average",
        )
        self._size = size
        self._preprocessing = preprocessing
        self._network = tf.function(lambda images: network(images, training=False), reduce_retracing=True)

    def _of_batch(self, images: np.ndarray) -> tuple[np.ndarray, None]:
        resized = tf.image.resize(tf.constant(as_rgb(images), tf.float32), [self._size, self._size], antialias=True)
        return self._network(preprocess(resized, self._preprocessing)).numpy(), None


def make(options: ExtractorOptions) -> VGG16:
    """Builds the network with the weights of `vgg16_path`, or downloads Keras' own.

    Raises:
        ConfigError: when weights can neither be read nor downloaded, or the size is too small for five poolings.
    """
    size = options.vgg16_size
    if size < _SMALLEST_SIZE:
        raise ConfigError(f"--vgg16_size must be {_SMALLEST_SIZE} or more. Received: {size}.")
    network = load_network(options.vgg16_path, options.vgg16_preprocessing, "use --extractors=classifier")
    return VGG16(network, options.vgg16_preprocessing, size)


def load_network(vgg16_path: str | None, preprocessing: str, way_out: str) -> keras.Model:
    """The network for images of any size: preprocessed `[n, height, width, 3]` to features `[n, 512]`.

    Args:
        vgg16_path: a `.h5` file with the weights of VGG16 without its top, in Keras' layout; None downloads Keras' own.
        preprocessing: "caffe" or "torch", as these weights were trained.
        way_out: what to do without weights, for the error.

    Raises:
        ConfigError: when weights can neither be read nor downloaded, or Keras' own would be fed wrongly.
    """
    path = vgg16_path and Path(vgg16_path).expanduser()
    if path and not path.is_file():
        raise ConfigError(f"--vgg16_path={path} is no file. Give a .h5 file with VGG16's weights without the top.")
    if not path and preprocessing != "caffe":
        raise ConfigError("Keras' own VGG16 weights need --vgg16_preprocessing=caffe; torch is for --vgg16_path.")
    try:
        return keras.applications.VGG16(include_top=False, weights=str(path) if path else "imagenet", pooling="avg")
    except Exception as error:  # whatever HDF5 or the network's layers raise
        reason = (str(error).splitlines() or [type(error).__name__])[0][:160]
        if path:
            raise ConfigError(
                f"--vgg16_path={path} does not hold VGG16's weights without the top ({reason}). Give a .h5 file that "
                "keras.applications.VGG16(include_top=False, weights=...) reads."
            ) from None
        raise ConfigError(
            f"VGG16's weights cannot be downloaded ({reason}). Give a .h5 file as --vgg16_path (and say with "
            f"--vgg16_preprocessing how it was trained), or {way_out}."
        ) from None


def preprocess(images: tf.Tensor, preprocessing: str) -> tf.Tensor:
    """RGB images `[..., 3]` float32 in [0, 255] as the weights want them."""
    return _caffe(images) if preprocessing == "caffe" else _torch(images)


def _caffe(images: tf.Tensor) -> tf.Tensor:
    return images[..., ::-1] - tf.constant(_CAFFE_MEAN)


def _torch(images: tf.Tensor) -> tf.Tensor:
    return (images / 255.0 - tf.constant(_TORCH_MEAN)) / tf.constant(_TORCH_DEVIATION)


EXTRACTOR = ExtractorRow(
    "the average (512 values) of VGG16's last feature maps", "Simonyan and Zisserman 2015, arXiv:1409.1556", make
)
