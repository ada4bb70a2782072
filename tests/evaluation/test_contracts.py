# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What every row of the tables of measures and extractors promises, on real digits; no row is left out."""

import dataclasses
import math

import numpy as np
import pytest

from tfdpgan import data
from tfdpgan.config import ConfigError
from tfdpgan.evaluation import evaluation
from tfdpgan.evaluation.evaluated_images import EvaluatedImages
from tfdpgan.evaluation.evaluation_config import DEFAULT_MEASURES, EvaluateConfig
from tfdpgan.evaluation.extractors import EXTRACTORS, default_extractor, find_extractor, make_extractor
from tfdpgan.evaluation.extractors.extractor import ExtractorOptions, ExtractorRow
from tfdpgan.evaluation.measures import MEASURES, find_measure
from tfdpgan.evaluation.measures.measure import Measure


@pytest.fixture(scope="module")
def dataset():
    """120 digits to train on and 60 to test on."""
    whole = data.load_dataset("digits", holdout=0.39)
    return dataclasses.replace(
        whole,
        pixels=whole.pixels[:120],
        labels=whole.labels[:120],
        test_pixels=whole.test_pixels[:60],
        test_labels=whole.test_labels[:60],
    )


@pytest.fixture(scope="module")
def options(dataset, inception_path, vgg16_path):
    return ExtractorOptions(dataset.pixels, dataset.labels, 10, "digits", None, inception_path, vgg16_path, "torch", 32)


@pytest.fixture(scope="module")
def extractors(options):
    return {name: make_extractor(name, options) for name in EXTRACTORS}


@pytest.fixture(scope="module")
def prepare(dataset, inception_path, vgg16_path, tmp_path_factory):
    """An evaluation of 40 real digits in the place of generated ones, on every extractor."""
    folder = str(tmp_path_factory.mktemp("statistics"))

    def prepared(measures, has_labels=True, **settings):
        config = EvaluateConfig(
            images="x.npz",
            dataset="digits",
            measures=",".join(measures),
            extractors=",".join(EXTRACTORS),
            classifiers="logistic",
            statistics_dir=folder,
            inception_path=inception_path,
            vgg16_path=vgg16_path,
            vgg16_preprocessing="torch",
            vgg16_size=32,
            **settings,
        )
        labels = dataset.labels[:40] if has_labels else None
        return evaluation.prepare(config, dataset, EvaluatedImages(dataset.pixels[:40], labels, "x", {}))

    return prepared


@pytest.fixture(scope="module")
def with_everything(prepare):
    return prepare(MEASURES, allow_private_reference=True)


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_is_computed_where_what_it_needs_is_there(with_everything, name):
    row = find_measure(name)
    assert isinstance(row, Measure) and row.title and row.paper
    extractors = {key: with_everything.extractor(key) for key in EXTRACTORS}
    before = set(with_everything.pictures)
    config = dataclasses.replace(with_everything.config, measures=name)
    with_everything.config = config
    results = evaluation.compute_results(with_everything, show_progress=False)
    assert results and all(result.paper == row.paper and result.not_computed is None for result in results)
    assert all(math.isfinite(result.value) and result.name and result.num_generated > 0 for result in results)
    expected = {each.name for each in extractors.values() if row.is_for(each)} if row.per_extractor else {None}
    assert {result.extractor for result in results} == expected
    if row.needs_train_images:
        assert all(result.reads_private_training_images for result in results)
    assert bool(set(with_everything.pictures) - before) == row.shows_real_images


def test_what_a_measure_lacks_is_said_and_nothing_else_is_left_out(prepare):
    """Without labels and without permission: each row that needs one of them says so; the others are there."""
    names = [name for name in MEASURES if not find_measure(name).per_extractor]
    results = evaluation.compute_results(prepare(names, has_labels=False), show_progress=False)
    left_out = {result.measure: result.not_computed for result in results if result.not_computed}
    assert left_out == {
        name: evaluation.NEEDS_PERMISSION if find_measure(name).needs_train_images else "the images have no labels"
        for name in names
        if find_measure(name).needs_train_images or find_measure(name).needs_labels
    }
    assert all(result.value is None for result in results if result.not_computed)
    assert all(math.isfinite(result.value) for result in results if not result.not_computed)
    assert not any(result.reads_private_training_images for result in results)


def test_only_what_shows_real_images_is_off_by_default():
    assert list(DEFAULT_MEASURES) == [name for name in MEASURES if not find_measure(name).shows_real_images]


def test_rows_that_need_a_kind_of_extractor_are_per_extractor():
    rows = {name: find_measure(name) for name in MEASURES}
    narrow = {name for name, row in rows.items() if row.needs_logits or row.needs_own_classes}
    assert narrow and all(rows[name].per_extractor for name in narrow)


@pytest.mark.parametrize("name", EXTRACTORS)
def test_the_contract_of_every_extractor(extractors, options, name):
    row = find_extractor(name)
    assert isinstance(row, ExtractorRow) and row.features and row.paper
    extractor, images = extractors[name], options.images[:7]
    features, logits = extractor.activations(images)
    assert features.shape == (7, features[0].size) and features.dtype == np.float32
    assert np.isfinite(features).all()
    np.testing.assert_allclose(extractor.features(images, batch_size=3), features, rtol=1e-4, atol=1e-5)
    assert len(extractor.key) == 64 and extractor.name.startswith(name)
    assert extractor.has_logits == (logits is not None)
    if extractor.has_logits:
        probabilities = extractor.probabilities(images)
        assert probabilities.dtype == np.float32 and len(probabilities) == 7
        np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)
    else:
        assert extractor.probabilities(images) is None
    for bad in (images[0], images.astype(np.float32), images[:0]):
        with pytest.raises(ValueError, match="uint8"):
            extractor.features(bad)


@pytest.mark.parametrize(
    ("name", "num_features"), [("inception", 6), ("vgg16", 512), ("classifier", 128), ("pixels", 784)]
)
def test_the_number_of_features(extractors, options, name, num_features):
    assert extractors[name].features(options.images[:2]).shape == (2, num_features)


@pytest.mark.parametrize("name", EXTRACTORS)
def test_an_extractor_needs_labels_where_its_row_says_so(options, name):
    unlabelled = dataclasses.replace(options, images=None, labels=None, num_classes=1)
    if find_extractor(name).needs_labels:
        with pytest.raises(ConfigError, match="labels"):
            make_extractor(name, unlabelled)
    else:
        assert not make_extractor(name, unlabelled).learned_from_data


def test_the_default_extractor_needs_no_labels_where_there_are_none():
    assert not find_extractor(default_extractor(1)).needs_labels
    assert find_extractor(default_extractor(2)).needs_labels
