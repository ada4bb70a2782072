# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The ring of Gaussians: its points, its two figures, and the comparison at a small size."""

import json

import numpy as np
import pytest
import tensorflow as tf

from tfdpgan import api
from tfdpgan.testbeds import ring
from tfdpgan.testbeds.ring_config import RingConfig


def test_real_points_lie_at_the_modes_as_often_as_the_paper_says():
    points = ring.real_points(tf.random.Generator.from_seed(0), 10_000).numpy()
    expected = 1 - np.exp(-4.5)  # of a normal point in the plane, within three deviations
    assert ring.share_near_a_mode(points) == pytest.approx(expected, abs=0.005)
    assert ring.balance_over_modes(points) > 0.99
    np.testing.assert_allclose(np.linalg.norm(ring.CENTRES, axis=1), 7.072, rtol=1e-3)


def test_balance_falls_with_modes_that_are_missing_or_too_frequent():
    two = np.repeat(ring.CENTRES[:2], 50, axis=0)
    assert ring.balance_over_modes(two) == pytest.approx(0.9)
    assert ring.balance_over_modes(np.repeat(ring.CENTRES, 10, axis=0)) == pytest.approx(0.35)
    assert ring.balance_over_modes(two * 0) == 0 and ring.share_near_a_mode(two * 0) == 0
    assert ring.share_near_a_mode(np.concatenate([two, two * 0])) == 0.5


@pytest.mark.slow
def test_the_comparison_writes_its_table_and_its_picture(tmp_path):
    config = RingConfig(
        seeds=1, training_steps=20, shaping_steps=5, refine_steps=3, batch_size=100, num_points=200,
        rejection_percentile=50.0, metropolis_steps=2, output_dir=str(tmp_path / "ring"),
    )  # fmt: skip
    report = api.ring_of_gaussians(config, lambda line: None)
    content = json.loads((tmp_path / "ring/ring.json").read_text())
    assert content == json.loads(json.dumps(report.content)) and "collaborative" in report.table
    assert (tmp_path / "ring/ring.png").read_bytes()[:4] == b"\x89PNG"
