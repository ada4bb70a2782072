# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tests.slimming.pruned import LATENT_DIM, ROWS, build, config_of, images_of, inputs_of
from tfdpgan import models
from tfdpgan.data.pixels import psnr
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.models.quantized_layers import quantize_layers

LEARNING = [row for row in ROWS if models.ARCHITECTURES[row[0]].learned_ranges]  # slimming refuses the others 8 bits


def learn_ranges(generator):
    for _ in range(30):
        generator(inputs_of(generator, 16), training=True)


def quantized(row, bits, method="tfmot"):
    generator = build(*row)
    for axis in generator.channel_axes():  # the batches' statistics, so that ranges fit what is drawn later
        axis.norm.momentum = 0.5
    learn_ranges(generator)
    plain = images_of(generator)
    quantize_layers(generator, bits, method)
    learn_ranges(generator)
    return generator, plain


def test_bits_and_method_are_plain_data(tmp_path):
    generator = build(*ROWS[0])
    quantize_layers(generator, 8)
    images_of(generator)
    assert type(generator.quantization) is dict and json.loads(json.dumps(generator.quantization))["bits"] == 8


@pytest.mark.parametrize("row", [LEARNING[0], *(pytest.param(row, marks=pytest.mark.slow) for row in LEARNING[1:])])
def test_images_get_better_with_bits(row):
    eight, plain = quantized(row, 8)
    sixteen, _ = quantized(row, 16)
    assert 25 < psnr(images_of(eight), plain) < psnr(images_of(sixteen), plain)
    assert psnr(images_of(sixteen), plain) > 40


@pytest.mark.parametrize("method", ["tfmot", "clamped"])
def test_gradients_pass_to_every_weight_and_values_lie_on_a_grid(method):
    generator, _ = quantized(ROWS[0], 8, method)
    weights = generator.trainable_variables
    assert len(weights) == len(build(*ROWS[0]).trainable_variables)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((generator(inputs_of(generator), training=True) - 0.5) ** 2)
    assert all(np.abs(gradient).max() > 0 for gradient in tape.gradient(loss, weights))
    kernel = generator.to_image.layer.kernel.numpy()  # what the wrapper put in the place of the variable
    assert len(np.unique(np.round(kernel / np.abs(kernel).max() * 127, 3))) <= 255


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("method", ["tfmot", "clamped"])
def test_a_quantized_generator_is_released_and_loaded(row, method, tmp_path):
    generator, _ = quantized(row, 8, method)
    before = images_of(generator)
    ReleasedGenerator(generator, row[1], config_of(row[0]), (), {}).save(tmp_path)
    loaded = ReleasedGenerator.load(tmp_path).model
    assert loaded.quantization == {"bits": 8, "method": method}
    np.testing.assert_array_equal(images_of(loaded), before)


def test_thirty_two_bits_leave_it_alone_and_the_rest_is_refused():
    generator = build(*ROWS[0])
    names = [layer.name for layer in generator.layers]
    quantize_layers(generator, 32)
    assert [layer.name for layer in generator.layers] == names and generator.quantization is None
    for bits, method in [(4, "tfmot"), (8, "other")]:
        with pytest.raises(ValueError, match="Received: "):
            quantize_layers(generator, bits, method)
    quantize_layers(generator, 8)
    with pytest.raises(ValueError, match="quantised already"):
        quantize_layers(generator, 8)


def test_the_learned_ranges_reach_a_file_for_phones():
    generator, plain = quantized(ROWS[1], 8)
    function = tf.function(lambda z, labels: generator((z, labels), training=False))
    concrete = function.get_concrete_function(tf.TensorSpec([1, LATENT_DIM]), tf.TensorSpec([1], tf.int32))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], generator)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    content = converter.convert()
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content)
    kernels = [tensor for tensor in interpreter.get_tensor_details() if tensor["dtype"] == np.int8]
    assert kernels and len(content) < generator.count_params() * 1.5 + 20000


def test_models_saved_by_tf_keras_load_after_tfmot_was_imported():
    """In a process of its own: what another test has imported already cannot be undone."""
    program = """
import tfdpgan.models.quantized_layers, tf_keras as keras
schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
schedules = keras.optimizers.schedules
again = schedules.deserialize(schedules.serialize(schedule))
assert type(again) is type(schedule), type(again)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
