# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The Frechet distance against SciPy's matrix square root, closed forms and TF-GAN."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from tfdpgan.evaluation.measures.frechet_distance import (
    FeatureStatistics,
    frechet_distance,
    frechet_distance_of_features,
)


def reference(first, second):
    """Heusel et al.'s formula as it stands, in float64."""
    m1, m2 = first.mean(axis=0), second.mean(axis=0)
    c1, c2 = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    root = linalg.sqrtm(np.atleast_2d(c1 @ c2)).real
    return float(np.sum((m1 - m2) ** 2) + np.trace(c1 + c2 - 2 * root))


def distance(first, second):
    return frechet_distance(FeatureStatistics.of(first), FeatureStatistics.of(second))


@given(st.integers(0, 2**32 - 1), st.integers(2, 24), st.sampled_from([30, 100, 5000]))
@settings(max_examples=40, deadline=None)
def test_it_equals_scipy(seed, width, count):
    rng = np.random.default_rng(seed)
    first = rng.standard_normal((count, width)) @ rng.standard_normal((width, width))
    second = rng.standard_normal((count + 7, width)) @ rng.standard_normal((width, width)) + rng.standard_normal(width)
    assert distance(first, second) == pytest.approx(reference(first, second), rel=1e-6)


@pytest.mark.parametrize(("count", "rank", "width"), [(10, 40, 40), (200, 3, 12), (200, 12, 12), (50, 1, 30)])
def test_it_equals_scipy_where_covariances_are_singular(count, rank, width):
    rng = np.random.default_rng(count)
    directions = rng.standard_normal((rank, width))
    first = rng.standard_normal((count, rank)) @ directions
    second = rng.standard_normal((count, rank)) @ directions * 1.5 + rng.standard_normal(width)
    first[:, 0] = second[:, 0] = 1.0  # a dead unit
    assert distance(first, second) == pytest.approx(reference(first, second), rel=1e-6)


@pytest.mark.parametrize(("counts", "width"), [((40, 50), 8), ((20, 30), 100), ((20, 200), 60), ((2, 3), 5)])
def test_it_is_the_same_without_covariances(counts, width):
    rng = np.random.default_rng(width)
    first, second = (rng.standard_normal((count, width)) @ rng.standard_normal((width, width)) for count in counts)
    assert frechet_distance_of_features(first, second + 1) == pytest.approx(distance(first, second + 1), rel=1e-6)
    assert frechet_distance_of_features(first, first) == pytest.approx(0, abs=1e-8 * np.var(first) * width)


def test_features_that_cannot_be_compared_are_refused():
    with pytest.raises(ValueError, match="use one extractor"):
        frechet_distance_of_features(np.zeros([5, 3]), np.zeros([5, 4]))
    with pytest.raises(ValueError, match="2 feature vectors or more. Received: 1"):
        frechet_distance_of_features(np.zeros([1, 3]), np.zeros([5, 3]))


def test_singular_covariances_have_the_closed_form_of_orthogonal_lines():
    first, second = np.zeros((101, 3)), np.zeros((101, 3))
    first[:, 0] = np.linspace(-1, 1, 101)
    second[:, 1] = np.linspace(-3, 3, 101)
    expected = first[:, 0].var(ddof=1) + second[:, 1].var(ddof=1)
    assert distance(first, second) == pytest.approx(expected, rel=1e-12)


def test_equal_features_have_the_distance_zero():
    features = np.random.default_rng(0).standard_normal((60, 100))  # fewer than their width
    assert distance(features, features) == pytest.approx(0.0, abs=1e-10)
    assert distance(features, features + 2.0) == pytest.approx(400.0, rel=1e-12)


def test_a_large_mean_costs_no_digits():
    rng = np.random.default_rng(1)
    features = rng.standard_normal((9000, 5))
    near, far = FeatureStatistics.of(features), FeatureStatistics.of(features + 2.0**20)
    np.testing.assert_allclose(far.covariance, near.covariance, rtol=1e-8, atol=1e-10)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8), st.integers(0, 100))
@settings(max_examples=30, deadline=None)
def test_any_batches_give_the_statistics_of_the_whole(sizes, seed):
    features = np.random.default_rng(seed).standard_normal((sum(sizes) + 2, 4)).astype(np.float32) * 10 + 3
    ends = np.cumsum(sizes)
    statistics = FeatureStatistics.of_batches(np.split(features, ends))
    np.testing.assert_allclose(statistics.mean, features.astype(np.float64).mean(axis=0), rtol=1e-10)
    np.testing.assert_allclose(statistics.covariance, np.cov(features.astype(np.float64), rowvar=False), rtol=1e-10)
    assert statistics.count == len(features)


@pytest.mark.parametrize(
    "features", [np.zeros((1, 3)), np.zeros((5,)), np.array([[0.0, np.nan], [0, 1]]), np.array([[np.inf], [0]])]
)
def test_what_has_no_covariance_is_refused(features):
    with pytest.raises(ValueError):
        FeatureStatistics.of(features)


def test_features_of_two_extractors_are_refused():
    with pytest.raises(ValueError, match="3 and of 4"):
        distance(np.eye(5)[:, :3], np.eye(5)[:, :4])


@pytest.mark.parametrize("width", [3, 60])
def test_it_equals_tf_gan(width):
    metrics = pytest.importorskip("tensorflow_gan.python.eval.classifier_metrics")
    rng = np.random.default_rng(width)
    first = rng.standard_normal((500, width)).astype(np.float32)
    second = (rng.standard_normal((500, width)) * 1.3 + 0.2).astype(np.float32)
    theirs = float(metrics.frechet_classifier_distance_from_activations(first, second))
    assert distance(first, second) == pytest.approx(theirs, rel=1e-3)
