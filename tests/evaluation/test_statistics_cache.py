# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The cache of statistics: what is kept, where, and what a damaged file does."""

import stat

import numpy as np
import pytest

from tfdpgan.evaluation.statistics_cache import StatisticsCache, default_cache_dir


def test_what_was_written_is_read(tmp_path):
    cache = StatisticsCache(tmp_path / "deep/er")
    arrays = {"mean": np.arange(3.0), "covariance": np.eye(3)}
    assert cache.read("key") is None
    cache.write("key", arrays)
    found = StatisticsCache(tmp_path / "deep/er").read("key")
    assert set(found) == set(arrays)
    np.testing.assert_array_equal(found["covariance"], np.eye(3))
    assert [path.name for path in (tmp_path / "deep/er").iterdir()] == ["key.npz"]
    assert stat.S_IMODE((tmp_path / "deep/er").stat().st_mode) == 0o700


def test_it_computes_once(tmp_path):
    cache, calls = StatisticsCache(tmp_path), []

    def compute():
        calls.append(1)
        return {"mean": np.ones(2)}

    for _ in range(3):
        np.testing.assert_array_equal(cache.get("key", compute)["mean"], np.ones(2))
    assert len(calls) == 1
    cache.get("other", compute)
    assert len(calls) == 2


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut"])
def test_a_damaged_file_counts_as_absent(tmp_path, content):
    (tmp_path / "key.npz").write_bytes(content)
    cache = StatisticsCache(tmp_path)
    assert cache.read("key") is None
    cache.get("key", lambda: {"mean": np.ones(2)})
    assert cache.read("key") is not None


def test_without_a_folder_nothing_is_kept():
    cache = StatisticsCache(None)
    cache.write("key", {"mean": np.ones(2)})
    assert cache.read("key") is None


def test_the_default_folder_is_the_user_s(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache_dir() == tmp_path / "tfdpgan" / "statistics"
