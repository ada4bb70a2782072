# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Precision, recall, density and coverage against loops over all pairs, and against the package prdc."""

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfdpgan.evaluation import balls
from tfdpgan.evaluation.density_coverage import density_coverage
from tfdpgan.evaluation.precision_recall import precision_recall


def ours(real, generated, k):
    first, second = precision_recall(real, generated, k), density_coverage(real, generated, k)
    return {"precision": first.precision, "recall": first.recall, "density": second.density,
            "coverage": second.coverage}


def brute_force(real, generated, k):
    """The definitions, one pair of points at a time."""
    def radius(point, points):
        return sorted(np.linalg.norm(other - point) for other in points)[k]  # the first is the point itself

    real_radii = [radius(point, real) for point in real]
    generated_radii = [radius(point, generated) for point in generated]
    inside_real = np.array([
        [np.linalg.norm(r - g) < rr for r, rr in zip(real, real_radii, strict=True)] for g in generated
    ])
    inside_generated = np.array([
        [np.linalg.norm(r - g) < gr for g, gr in zip(generated, generated_radii, strict=True)] for r in real
    ])
    return {
        "precision": inside_real.any(axis=1).mean(), "recall": inside_generated.any(axis=1).mean(),
        "density": inside_real.sum(axis=1).mean() / k, "coverage": inside_real.any(axis=0).mean(),
    }


def sets(seed, num_real, num_generated, width=5):
    rng = np.random.default_rng(seed)
    shift, scale = rng.uniform(0, 1), rng.uniform(0.3, 1.5)
    return rng.standard_normal((num_real, width)), rng.standard_normal((num_generated, width)) * scale + shift


@given(st.integers(0, 10**6), st.integers(7, 30), st.integers(7, 30), st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_they_equal_brute_force(seed, num_real, num_generated, k):
    real, generated = sets(seed, num_real, num_generated)
    assert ours(real, generated, k) == pytest.approx(brute_force(real, generated, k), abs=1e-12)


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("counts", [(300, 300), (200, 350)])
def test_they_equal_prdc(k, counts):
    prdc = pytest.importorskip("prdc")
    real, generated = (features.astype(np.float32) for features in sets(k, *counts, width=64))
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = prdc.compute_prdc(real, generated, nearest_k=k)
    assert ours(real, generated, k) == pytest.approx(theirs, abs=1e-12)


def test_many_blocks_give_the_same_as_one(monkeypatch):
    real, generated = sets(4, 90, 70)
    whole = ours(real, generated, 3)
    monkeypatch.setattr(balls, "_BLOCK_VALUES", 200)
    assert ours(real, generated, 3) == whole


def test_far_from_the_origin_nothing_changes():
    real, generated = sets(5, 80, 80)
    assert ours(real + 1e5, generated + 1e5, 3) == pytest.approx(ours(real, generated, 3), abs=1e-12)


def test_the_extremes():
    real, _ = sets(6, 100, 100)
    assert ours(real, real, 3) == {"precision": 1.0, "recall": 1.0, "density": 1.0, "coverage": 1.0}
    assert ours(real, real + 100, 3) == {"precision": 0.0, "recall": 0.0, "density": 0.0, "coverage": 0.0}
    collapsed = np.tile(real[:1], (100, 1))
    found = ours(real, collapsed, 3)
    assert found["precision"] == 1.0 and found["recall"] == 0.0 and found["coverage"] < 0.2


def test_what_does_not_fit_is_refused():
    real, generated = sets(7, 20, 5)
    for arguments in ((real, generated, 5), (real, generated, 0), (real, generated[:, :3], 2), (real[0], real, 2)):
        with pytest.raises(ValueError):
            precision_recall(*arguments)
    with pytest.raises(ValueError, match="NaN"):
        density_coverage(real, np.full((5, 5), np.nan), 2)
