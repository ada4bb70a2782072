# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Precision and recall against loops over all pairs, and against the package prdc."""

import contextlib
import dataclasses
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evaluation.measures.all_pairs import all_pairs, sets
from tfdpgan.evaluation import neighbour_counts
from tfdpgan.evaluation.measures.precision_recall import precision_recall

KEYS = ("precision", "recall")


def ours(real, generated, k):
    return dataclasses.asdict(precision_recall(real, generated, k))


def only_ours(values):
    return {key: values[key] for key in KEYS}


@given(st.integers(0, 10**6), st.integers(7, 30), st.integers(7, 30), st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_they_equal_loops_over_all_pairs(seed, num_real, num_generated, k):
    real, generated = sets(seed, num_real, num_generated)
    assert ours(real, generated, k) == pytest.approx(only_ours(all_pairs(real, generated, k)), abs=1e-12)


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("counts", [(300, 300), (200, 350)])
def test_they_equal_prdc(k, counts):
    prdc = pytest.importorskip("prdc")
    real, generated = (features.astype(np.float32) for features in sets(k, *counts, width=64))
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = prdc.compute_prdc(real, generated, nearest_k=k)
    assert ours(real, generated, k) == pytest.approx(only_ours(theirs), abs=1e-12)


def test_many_blocks_give_the_same_as_one(monkeypatch):
    real, generated = sets(4, 90, 70)
    whole = ours(real, generated, 3)
    monkeypatch.setattr(neighbour_counts, "_BLOCK_VALUES", 200)
    assert ours(real, generated, 3) == whole


def test_far_from_the_origin_nothing_changes():
    real, generated = sets(5, 80, 80)
    assert ours(real + 1e5, generated + 1e5, 3) == pytest.approx(ours(real, generated, 3), abs=1e-12)


def test_the_extremes():
    real, _ = sets(6, 100, 100)
    assert set(ours(real, real, 3).values()) == {1.0}
    assert set(ours(real, real + 100, 3).values()) == {0.0}
    collapsed = np.tile(real[:1], (100, 1))
    found = ours(real, collapsed, 3)
    assert found["precision"] == 1.0 and found["recall"] == 0.0


def test_what_does_not_fit_is_refused():
    real, generated = sets(7, 20, 5)
    for arguments in ((real, generated, 5), (real, generated, 0), (real, generated[:, :3], 2), (real[0], real, 2)):
        with pytest.raises(ValueError):
            precision_recall(*arguments)
    with pytest.raises(ValueError, match="NaN"):
        precision_recall(real, np.full((5, 5), np.nan), 2)
