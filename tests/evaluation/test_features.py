# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Extractors with real parts: a SavedModel on disk, weights in a file, a classifier that was trained."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.evaluation.tiny_inception import TinyInception
from tfdpgan.config import ConfigError
from tfdpgan.evaluation.extractors import EXTRACTORS, inception, make_extractor, vgg16
from tfdpgan.evaluation.extractors.extractor import ExtractorOptions
from tfdpgan.evaluation.features import image_features
from tfdpgan.evaluation.measures.frechet_distance import FeatureStatistics
from tfdpgan.evaluation.neighbour_counts import count_neighbours
from tfdpgan.evaluation.statistics_cache import StatisticsCache


@pytest.fixture(scope="module")
def options(digit_images, inception_path, vgg16_path):
    images, labels = digit_images
    return ExtractorOptions(
        images[..., np.newaxis], labels, 10, "digits", None, inception_path, vgg16_path, "torch", 32
    )


@pytest.fixture(scope="module")
def extractors(options):
    return {name: make_extractor(name, options) for name in EXTRACTORS}


@pytest.mark.slow
def test_noise_is_no_real_digit_on_the_classifier_s_features(extractors, options):
    noise = np.random.default_rng(0).integers(0, 256, options.images[:500].shape, dtype=np.uint8)
    features, of_noise = (extractors["classifier"].features(images) for images in (options.images, noise))
    assert (features < 0).mean() > 0.2, "they are taken before the ReLU"
    assert np.count_nonzero(count_neighbours(features, of_noise, 3).real_neighbours_of_generated) <= 10


def test_only_inception_is_called_fid(extractors):
    names = {name: extractor.name_of("Frechet distance") for name, extractor in extractors.items()}
    assert names.pop("inception") == "FID"
    assert names == {
        "vgg16": "Frechet distance (vgg16[torch, 32 px])",
        "classifier": "Frechet distance (classifier[digits])",
        "pixels": "Frechet distance (pixels)",
    }
    assert extractors["inception"].name_of("Inception score") == "IS"
    assert extractors["classifier"].name_of("Inception score") == "Inception score (classifier[digits])"
    assert extractors["inception"].name_of("Precision") == "Precision (inception)"


def test_colour_images_are_taken_too(extractors):
    images = np.random.default_rng(0).integers(0, 256, (3, 40, 40, 3), dtype=np.uint8)
    for name in ("inception", "vgg16", "pixels"):
        assert len(extractors[name].features(images)) == 3


def test_inception_sees_the_range_and_size_that_it_was_trained_with(extractors, options):
    model = tf.saved_model.load(options.inception_path)
    images = options.images[:2]
    scaled = np.repeat(images, 3, axis=-1).astype(np.float32) / 127.5 - 1.0
    expected = model(tf.image.resize(scaled, [299, 299]))
    features, logits = extractors["inception"].activations(images)
    np.testing.assert_allclose(features, expected["pool_3"].numpy().reshape(2, -1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(logits, expected["logits"].numpy(), rtol=1e-4, atol=1e-4)


def test_inception_with_a_signature_alone(tmp_path, extractors, options):
    model = TinyInception()
    holder = tf.Module()
    holder.kernel, holder.head = model.kernel, model.head
    tf.saved_model.save(holder, str(tmp_path), signatures={"default": model.__call__})
    found = make_extractor("inception", ExtractorOptions(inception_path=str(tmp_path)))
    expected = extractors["inception"].features(options.images[:2])
    np.testing.assert_allclose(found.features(options.images[:2]), expected, rtol=1e-4, atol=1e-5)


def test_other_weights_have_another_key(tmp_path, extractors):
    tf.saved_model.save(TinyInception(seed=1), str(tmp_path))
    other = make_extractor("inception", ExtractorOptions(inception_path=str(tmp_path)))
    assert other.key != extractors["inception"].key


def test_vgg16_with_caffe_preprocessing_equals_keras(vgg16_path, options):
    images = np.repeat(options.images[:2], 3, axis=-1)
    network = keras.applications.VGG16(include_top=False, weights=vgg16_path, input_shape=(32, 32, 3), pooling="avg")
    resized = tf.image.resize(images.astype(np.float32), [32, 32], antialias=True).numpy()
    expected = network(keras.applications.vgg16.preprocess_input(resized)).numpy()
    found = make_extractor("vgg16", ExtractorOptions(vgg16_path=vgg16_path, vgg16_size=32)).features(options.images[:2])
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_vgg16_s_preprocessing_is_part_of_name_and_key(vgg16_path, extractors):
    caffe = make_extractor("vgg16", ExtractorOptions(vgg16_path=vgg16_path, vgg16_size=32))
    assert caffe.name != extractors["vgg16"].name and caffe.key != extractors["vgg16"].key


def test_torch_preprocessing_standardises():
    white = tf.fill([1, 1, 1, 3], 255.0)
    expected = (1 - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225])
    np.testing.assert_allclose(vgg16._torch(white).numpy().ravel(), expected, rtol=1e-6)


def test_the_classifier_reads_digits_and_is_kept(tmp_path, digit_images):
    images, labels = digit_images
    options = ExtractorOptions(images[:100, ..., np.newaxis], labels[:100], 10, "digits", tmp_path)
    trained = make_extractor("classifier", options)
    assert np.mean(trained.probabilities(options.images).argmax(axis=1) == options.labels) > 0.95
    assert len(list(tmp_path.iterdir())) == 1
    assert make_extractor("classifier", options).key == trained.key


def test_what_is_missing_is_said_in_one_line(tmp_path):
    def refused(name, words, **changes):
        with pytest.raises(ConfigError, match=words) as error:
            make_extractor(name, ExtractorOptions(**changes))
        assert "\n" not in str(error.value)

    refused("classifier", "labels")
    refused("alexnet", "inception, vgg16, classifier, pixels")
    refused("inception", "--inception_path", inception_path=str(tmp_path / "nothing"))
    refused("vgg16", "no file", vgg16_path=str(tmp_path / "nothing.h5"))
    (tmp_path / "bad.h5").write_bytes(b"no weights")
    refused("vgg16", "bad.h5", vgg16_path=str(tmp_path / "bad.h5"))
    refused("vgg16", "caffe", vgg16_preprocessing="torch")
    refused("vgg16", "32 or more", vgg16_size=16)
    tf.saved_model.save(tf.Module(), str(tmp_path / "empty"))
    refused("inception", "signature", inception_path=str(tmp_path / "empty"))


def test_without_a_network_the_way_out_is_named(monkeypatch, tmp_path):
    """A proxy that does not exist stands for a machine without a network."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))  # where Keras would have kept its weights
    with pytest.raises(ConfigError, match="--inception_path"):
        inception.make(ExtractorOptions())
    with pytest.raises(ConfigError, match="--vgg16_path"):
        vgg16.make(ExtractorOptions())


def test_statistics_are_computed_once_for_the_same_images_and_extractor(tmp_path, extractors, options):
    cache, images = StatisticsCache(tmp_path), options.images[:5]
    first = image_features(extractors["inception"], images, cache)
    again = image_features(extractors["inception"], images, cache)
    assert len(list(tmp_path.iterdir())) == 1
    np.testing.assert_array_equal(first.features, again.features)
    np.testing.assert_array_equal(first.statistics.covariance, again.statistics.covariance)
    expected = FeatureStatistics.of(extractors["inception"].features(images))
    np.testing.assert_allclose(again.statistics.mean, expected.mean, rtol=1e-6)
    image_features(extractors["inception"], images[:4], cache)
    changed = images.copy()
    changed[0, 0, 0] ^= 1
    image_features(extractors["inception"], changed, cache)
    assert len(list(tmp_path.iterdir())) == 3
    image_features(extractors["pixels"], images, cache)  # pixels are images: never kept
    assert len(list(tmp_path.iterdir())) == 3
