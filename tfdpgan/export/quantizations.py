# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The kinds of file that can be exported: what numbers each holds, and what each must stand."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Quantization:
    """One kind of file.

    Attributes:
        weight_bits: of a stored weight.
        least_psnr_db: least peak signal-to-noise ratio in dB against the Keras generator. Exact arithmetic in another
            order gives 130 and more.
        activation_bits: of the integers between the operators; None for floats.
        has_float_ends: whether `z` and `image` are float32 although all between them is integer.
    """

    weight_bits: int
    least_psnr_db: float
    activation_bits: int | None = None
    has_float_ends: bool = False


QUANTIZATIONS = {
    "int8": Quantization(8, 35.0, activation_bits=8),
    "int8_float_io": Quantization(8, 35.0, activation_bits=8, has_float_ends=True),
    "int16x8": Quantization(8, 38.0, activation_bits=16),
    "dynamic": Quantization(8, 38.0),
    "float16": Quantization(16, 45.0),
    "float32": Quantization(32, 90.0),
}
