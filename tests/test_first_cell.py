# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Everybody's first cell imports TensorFlow and Keras before tfdpgan: it works, in a process of its own."""

import os
import subprocess
import sys

import pytest

from tests.training.small import SETTINGS

_USED = "tf.keras.layers.Dense(3)(tf.zeros([1, 2])); keras.Sequential([keras.layers.Dense(2)])"
_TRAINS = """
from tfdpgan import DPGAN
from tfdpgan.data import load_dataset
digits = load_dataset("digits")
gan = DPGAN(show_progress=False, method="mean_embedding", architecture="fully_connected", **SETTINGS)
gan.fit(digits.pixels[:120], digits.labels[:120])
assert gan.sample(3)[0].shape == (3, 28, 28, 1) and gan.epsilon > 0
"""


def run(*lines):
    environment = {name: value for name, value in os.environ.items() if name != "TF_USE_LEGACY_KERAS"}
    code = "\n".join([f"SETTINGS = {SETTINGS}", *lines])
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)


@pytest.mark.parametrize("used", [_USED, pytest.param("", marks=pytest.mark.slow)])
def test_tensorflow_and_keras_may_be_imported_and_used_before(used):
    result = run("import tensorflow as tf", "import keras", used, _TRAINS)
    assert result.returncode == 0, result.stderr[-2000:]
    assert "NamedExpr" not in result.stderr, "autograph could not convert a function of ours"


def test_tf_keras_means_keras_2_afterwards_where_it_was_not_used_before():
    check = "import tensorflow as tf\nimport tfdpgan\nassert 'tf_keras' in tf.keras.layers.Dense.__module__"
    assert run(check).returncode == 0
