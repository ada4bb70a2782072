# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a .tflite file must stand before it gets its name.

A converter can succeed and the file be wrong: weights left out (outputs NaN, a fraction of the size), operators that no
phone has, floats inside a file that is called integer. Each check raises ExportError.
"""

from __future__ import annotations

import math
from typing import Any

from ai_edge_litert import schema_py_generated as schema

from tfdpgan.export.export_error import ExportError
from tfdpgan.export.quantizations import QUANTIZATIONS

_SIZE_TOLERANCE = 0.15
_BYTES_OF_GRAPH = 64 * 1024  # operators, names and scales; what the smallest networks mostly consist of
_NEVER_ALLOWED = {"VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE", "CUSTOM"}
# The converter writes them, and no runtime has their kernel: it stops, or takes the process down with it.
_WITHOUT_KERNEL = {"int16x8": {"SQUARED_DIFFERENCE"}}
_AT_FLOAT_ENDS = {"QUANTIZE", "DEQUANTIZE"}
_FLOATS = {schema.TensorType.FLOAT16, schema.TensorType.FLOAT32, schema.TensorType.FLOAT64}


def check_operators(model: Any, quantization: str) -> None:
    """Refuses operators that a phone lacks, and floats in an integer file.

    Args:
        model: the file's tables (`metadata.read_flatbuffer`).
        quantization: what the file claims to be; int8 and int16x8 promise that no tensor is float, input and output
            included, int8_float_io that none is but those two.
    """
    codes = [_operator_name(code) for code in model.operatorCodes]
    unknown = sorted(name for name in set(codes) if name in _NEVER_ALLOWED or name.startswith("Flex"))
    if unknown:
        raise ExportError(
            f"The {quantization} file would hold {', '.join(unknown)}, which the TFLite runtime of a phone does not "
            "have. Use other layers in the generator."
        )
    if lacking := sorted(_WITHOUT_KERNEL.get(quantization, set()) & set(codes)):
        raise ExportError(
            f"TFLite cannot compute {', '.join(lacking)} in {quantization} (a layer normalisation holds it). Use "
            "--quantization=int8 or dynamic, or other layers in the generator."
        )
    kind = QUANTIZATIONS[quantization]
    if kind.activation_bits is not None:
        _refuse_floats(model, codes, quantization, _AT_FLOAT_ENDS if kind.has_float_ends else set())


def _refuse_floats(model: Any, codes: list[str], quantization: str, allowed: set[str]) -> None:
    """Raises ExportError for a float tensor that is not between an `allowed` operator and an end of its graph."""
    floats = set()
    for graph in model.subgraphs:
        ends = {int(index) for index in [*graph.inputs, *graph.outputs]} if allowed else set()
        inside = {index for index, tensor in enumerate(graph.tensors) if tensor.type in _FLOATS and index not in ends}
        for operator in graph.operators:
            code, tensors = codes[operator.opcodeIndex], set(_tensors_of(operator))
            at_an_end = any(graph.tensors[index].type in _FLOATS for index in tensors & ends)
            if tensors & inside or (at_an_end and code not in allowed):
                floats.add(code)
        if inside and not floats:
            floats.add("Some tensors")
    if floats:
        raise ExportError(
            f"{', '.join(sorted(floats))} would stay in float inside the {quantization} file. "
            "Use --quantization=dynamic, or layers with integer kernels in the generator."
        )


def check_size(num_bytes: int, num_weights: int, quantization: str) -> None:
    """Refuses a file without the cards that is not within 15 % of weights times bits (plus 64 KiB for the graph).

    Args:
        num_bytes: of the file before the cards go in.
        num_weights: entries of all kernels; scales and offsets may be folded into those.
        quantization: says the bits.
    """
    bits = QUANTIZATIONS[quantization].weight_bits
    expected = num_weights * bits / 8
    if not (1 - _SIZE_TOLERANCE) * expected <= num_bytes <= (1 + _SIZE_TOLERANCE) * expected + _BYTES_OF_GRAPH:
        raise ExportError(
            f"The {quantization} file would have {num_bytes:,} bytes, where {num_weights:,} weights of "
            f"{bits} bits need {expected:,.0f}: the conversion went wrong. "
            "Please report it with the run's config.json."
        )


def check_agreement(psnr_db: float, quantization: str, least: float) -> None:
    """Refuses a file whose images are too far from the generator's.

    Args:
        psnr_db: from `data.pixels.psnr`.
        quantization: for the message.
        least: the smallest allowed, in dB.
    """
    if not psnr_db >= least:  # also true for NaN
        raise ExportError(
            f"The {quantization} file's images would be {psnr_db:.1f} dB from the generator's, where {least:g} is the "
            f"least. Use another --quantization, or allow it by --min_psnr={math.floor(psnr_db) if psnr_db > 0 else 0}."
            if math.isfinite(psnr_db)
            else f"The {quantization} file's images would be NaN: the conversion went wrong."
        )


def operator_names(model: Any) -> list[str]:
    """The file's operators in the order in which they run."""
    codes = [_operator_name(code) for code in model.operatorCodes]
    return [codes[operator.opcodeIndex] for graph in model.subgraphs for operator in graph.operators]


def _operator_name(code: Any) -> str:
    number = max(code.builtinCode, code.deprecatedBuiltinCode)  # files of old converters fill only the second
    if number == schema.BuiltinOperator.CUSTOM and code.customCode:
        return code.customCode.decode() if isinstance(code.customCode, bytes) else code.customCode
    return next(name for name, value in vars(schema.BuiltinOperator).items() if value == number)


def _tensors_of(operator: Any) -> list[int]:
    return [int(index) for index in [*operator.inputs, *operator.outputs] if index >= 0]
