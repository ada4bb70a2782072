# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""How bright images are: a measure that compares with nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tfdpgan.data.pixels import to_uint8
from tfdpgan.evaluation.measures.measure import Measure
from tfdpgan.evaluation.result import Result

if TYPE_CHECKING:
    from tfdpgan.evaluation.context import Evaluation


def _compute(evaluation: Evaluation) -> list[Result]:
    images = to_uint8(evaluation.evaluated.images)
    brightness = float(np.mean(images) / 255)
    return [Result("mean_brightness", "Mean brightness", brightness, MEASURE.paper, num_generated=len(images))]


MEASURE = Measure("Mean brightness", "of this package", _compute)
