# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfdpgan.config import ConfigError
from tfdpgan.slimming.perceptual import PerceptualLoss


@pytest.fixture(scope="module")
def weights_path(tmp_path_factory):
    keras.utils.set_random_seed(0)
    path = tmp_path_factory.mktemp("vgg16") / "vgg16.h5"
    network = keras.applications.VGG16(include_top=False, weights=None)
    network.save_weights(str(path))
    return str(path)


def pictures(channels, seed=0):
    return tf.random.stateless_uniform([2, 28, 28, channels], [seed, 1], -1.0, 1.0)


@pytest.mark.parametrize("channels", [1, 3])
def test_it_is_the_formula(weights_path, channels):
    one, other = pictures(channels), pictures(channels, 7)
    network = keras.applications.VGG16(include_top=False, weights=weights_path)
    network = keras.Model(network.input, network.get_layer("block1_conv2").output)

    def features(images):
        rgb = (images.numpy() + 1) / 2 * np.ones(3)
        return network((rgb - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]).numpy().astype(np.float64)

    def gram(maps):
        rows = maps.reshape(len(maps), -1, maps.shape[-1])
        return np.stack([row.T @ row for row in rows]) / maps[0].size

    a, b = features(one), features(other)
    expected = np.abs(a - b).mean() + 10.0 * ((gram(a) - gram(b)) ** 2).mean()
    loss = PerceptualLoss(weights_path, "torch", style_weight=10.0)
    assert float(loss(one, other)) == pytest.approx(expected, rel=1e-4)
    assert float(loss(one, one)) == 0.0


def test_both_preprocessings_have_one_scale_and_gradients_reach_the_images(weights_path):
    images = tf.Variable(pictures(3))
    values = []
    for preprocessing in ("torch", "caffe"):
        loss = PerceptualLoss(weights_path, preprocessing, style_weight=1.0)
        with tf.GradientTape() as tape:
            value = loss(images, pictures(3, 7))
        assert np.abs(tape.gradient(value, images)).max() > 0
        values.append(float(value))
    assert values[0] == pytest.approx(values[1], rel=0.5)


def test_without_weights_it_says_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match="is no file"):
        PerceptualLoss(str(tmp_path / "none.h5"), "torch")
    with pytest.raises(ConfigError, match="--vgg16_preprocessing=caffe"):
        PerceptualLoss(None, "torch")
