# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The checks refuse what they should, on files that the converter really made."""

import math

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.export.generators import make_generator
from tfdpgan.export import metadata, native_output, tflite_verify
from tfdpgan.export.export_error import ExportError
from tfdpgan.export.tflite import convert


def converted(function, operators=(tf.lite.OpsSet.TFLITE_BUILTINS,), variable=None, calibrated=False):
    """The tables of what the stock converter makes of a function of four floats."""
    concrete = tf.function(function, [tf.TensorSpec([1, 4], tf.float32)]).get_concrete_function()
    with native_output.silenced():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], variable)
        converter.target_spec.supported_ops = list(operators)
        if calibrated:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: ([np.full([1, 4], value, np.float32)] for value in (-1, 0, 1))
        else:
            converter.experimental_enable_resource_variables = True
        return metadata.read_flatbuffer(bytes(converter.convert()), "file")


def test_flex_operators_are_refused():
    def inverse(values):
        return tf.linalg.inv(tf.reshape(values, [2, 2]))

    model = converted(inverse, [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS])
    with pytest.raises(ExportError, match="FlexMatrixInverse"):
        tflite_verify.check_operators(model, "float32")


def test_variables_are_refused():
    holder = tf.Module()
    holder.counter = tf.Variable([[1.0, 2.0, 3.0, 4.0]])

    def counting(inputs):
        holder.counter.assign_add(inputs)
        return holder.counter.read_value()

    with pytest.raises(ExportError, match="VAR_HANDLE"):
        tflite_verify.check_operators(converted(counting, variable=holder), "float32")


def test_float_islands_are_named():
    tf.keras.utils.set_random_seed(0)
    dense = keras.layers.Dense(4)
    model = converted(lambda inputs: dense(tf.sin(dense(inputs))), calibrated=True)
    with pytest.raises(ExportError, match="SIN"):
        tflite_verify.check_operators(model, "int8")
    tflite_verify.check_operators(model, "dynamic")


def test_an_integer_file_with_float_ends_is_refused():
    dense = keras.layers.Dense(4)
    with pytest.raises(ExportError, match="QUANTIZE"):
        tflite_verify.check_operators(converted(lambda inputs: dense(inputs), calibrated=True), "int8")


def test_a_float_file_is_not_an_integer_file():
    model = metadata.read_flatbuffer(convert(make_generator("fully_connected"), "float32"), "file")
    assert "FULLY_CONNECTED" in tflite_verify.operator_names(model)
    with pytest.raises(ExportError, match="float"):
        tflite_verify.check_operators(model, "int8")


def test_an_integer_file_with_float_ends_is_what_one_kind_promises_and_floats_between_are_not():
    dense = keras.layers.Dense(4)
    tflite_verify.check_operators(converted(lambda inputs: dense(inputs), calibrated=True), "int8_float_io")
    for between in (lambda inputs: dense(tf.sin(dense(inputs))), lambda inputs: dense(tf.sin(inputs))):
        with pytest.raises(ExportError, match="SIN would stay in float inside the int8_float_io file|, SIN would"):
            tflite_verify.check_operators(converted(between, calibrated=True), "int8_float_io")
    never_integer = metadata.read_flatbuffer(convert(make_generator("fully_connected"), "float32"), "file")
    with pytest.raises(ExportError, match="FULLY_CONNECTED"):
        tflite_verify.check_operators(never_integer, "int8_float_io")


@pytest.mark.parametrize("num_bytes", [20_000, 840_000, 1_230_000, 4_000_000])
def test_sizes_that_do_not_fit_the_weights(num_bytes):
    with pytest.raises(ExportError, match="1,000,000 weights"):
        tflite_verify.check_size(num_bytes, 1_000_000, "int8")


def test_sizes_that_fit():
    tflite_verify.check_size(1_010_000, 1_000_000, "int8")
    tflite_verify.check_size(2_010_000, 1_000_000, "float16")
    tflite_verify.check_size(20_000, 1000, "int8")


def test_a_file_that_disagrees_is_refused():
    for psnr_db in (math.nan, 34.9):
        with pytest.raises(ExportError, match="NaN" if math.isnan(psnr_db) else "34.9 dB"):
            tflite_verify.check_agreement(psnr_db, "int8", 35.0)
    tflite_verify.check_agreement(35.0, "int8", 35.0)
    tflite_verify.check_agreement(math.inf, "float32", 90.0)
