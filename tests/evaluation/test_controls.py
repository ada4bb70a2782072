# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import pytest

from tfdpgan.evaluation.controls import _tells, verdict
from tfdpgan.evaluation.result import CANNOT_TELL, Result


@pytest.mark.parametrize(
    ("measure", "real", "noise", "tells"),
    [
        ("precision", 0.8, 0.01, True),
        ("precision", 0.8, 0.97, False),
        ("density", 1.0, 2.1, False),
        ("coverage", 0.9, 0.5, False),
        ("frechet_distance", 3.0, 500.0, True),
        ("frechet_distance", 3.0, 4.0, False),
    ],
)
def test_a_figure_tells_only_where_noise_is_clearly_worse(measure, real, noise, tells):
    assert _tells(measure, real, noise) is tells


def row(measure, value, real, noise, warning=None):
    return Result(measure, measure, value, "", real_against_real=real, noise_against_real=noise, warning=warning)


def test_the_verdict_is_the_median_place_between_noise_and_real_images():
    rows = [row("precision", 0.4, 0.8, 0.0), row("frechet_distance", 100.0, 1.0, 100.0), row("recall", 0.9, 0.8, 0.0)]
    assert "between noise and real images (50% of the way" in verdict(rows)
    assert "1 figures say nothing" in verdict([*rows, row("density", 2.0, 1.0, 2.0, CANNOT_TELL)])
    assert verdict([Result("gen2real_cnn", "x", 0.9, "")]) is None
