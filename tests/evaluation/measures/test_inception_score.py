# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The Inception score against its definition, its extremes and TF-GAN."""

import numpy as np
import pytest
from scipy import special

from tfdpgan.evaluation.measures.inception_score import inception_score


@pytest.fixture(scope="module")
def logits():
    return np.random.default_rng(0).standard_normal((103, 7)) * 3


def definition(logits):
    total = 0.0
    probabilities = special.softmax(logits, axis=1)
    marginal = probabilities.mean(axis=0)
    for row in probabilities:
        total += sum(p * np.log(p / q) for p, q in zip(row, marginal, strict=True))
    return np.exp(total / len(logits))


def test_each_part_follows_the_definition(logits):
    found = inception_score(logits, 4, seed=None)
    parts = [definition(part) for part in (logits[:25], logits[25:50], logits[50:75], logits[75:])]
    assert found.mean == pytest.approx(np.mean(parts), rel=1e-12)
    assert found.standard_deviation == pytest.approx(np.std(parts), rel=1e-9)


def test_the_extremes():
    certain = np.where(np.eye(10)[np.arange(100) % 10] > 0, 0.0, -np.inf)
    assert inception_score(certain, 1).mean == pytest.approx(10.0)
    assert inception_score(np.zeros((100, 10)), 5).mean == pytest.approx(1.0)
    assert inception_score(certain[:1].repeat(50, axis=0), 5).mean == pytest.approx(1.0)


def test_images_sorted_by_class_score_as_shuffled_ones():
    certain = np.eye(10)[np.repeat(np.arange(10), 100)] * 50
    assert inception_score(certain, 10, seed=None).mean == pytest.approx(1.0)
    assert inception_score(certain, 10).mean > 9


def test_what_is_no_logits_is_refused(logits):
    for bad in (logits[0], logits[:0], np.full((4, 2), np.nan)):
        with pytest.raises(ValueError):
            inception_score(bad, 1)
    with pytest.raises(ValueError, match="104"):
        inception_score(logits, 104)


def test_it_equals_tf_gan(logits):
    metrics = pytest.importorskip("tensorflow_gan.python.eval.classifier_metrics")
    theirs = float(metrics.classifier_score_from_logits(logits.astype(np.float32)))
    assert inception_score(logits, 1).mean == pytest.approx(theirs, rel=1e-3)
