# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The curves that a sweep draws against epsilon."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Curve:
    """One measure against epsilon: a column of the table, a figure.

    Attributes:
        name: of the measure, in sweep.json.
        title: on axes and in tables; {classifier} and {extractor} stand for those of the sweep.
        better: "higher" or "lower".
        is_share: shown in percent.
        figure: name of the figure's file.
        ideal: value of real images, drawn as a line; None for none.
    """

    name: str
    title: str
    better: str
    is_share: bool
    figure: str
    ideal: float | None = None


CURVES = (
    Curve("gen2real_accuracy", "gen2real accuracy ({classifier})", "higher", True, "gen2real.png"),
    Curve("real2gen_accuracy", "real2gen accuracy ({classifier})", "higher", True, "real2gen.png"),
    Curve("frechet_distance", "Frechet distance ({extractor})", "lower", False, "frechet.png"),
    Curve("vgg16_frechet_distance", "Frechet distance (VGG16)", "lower", False, "frechet_vgg16.png"),
    Curve("inception_score", "Inception score ({extractor})", "higher", False, "inception_score.png"),
    Curve("real_fake_accuracy", "real/fake accuracy", "lower", True, "real_fake.png", 0.5),
    Curve(
        "real_fake_frechet_distance", "Frechet distance (real/fake network)", "lower", False, "real_fake_frechet.png"
    ),
)
