# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import tensorflow as tf

from tfdpgan.training.retracing import one_trace_a_training


class One:
    @tf.function
    def step(self, x):
        return x + 1


class Other:
    @tf.function
    def step(self, x):
        return x + 2


def remarks(trained, caplog):
    """TensorFlow makes two of them for a line of the source at most."""
    caplog.clear()
    for _ in range(8):
        trained().step(tf.constant(1))
    return [record for record in caplog.records if "retracing" in record.getMessage()]


def test_a_trace_for_each_training_is_no_leak_and_other_remarks_are_shown(caplog):
    with one_trace_a_training():
        assert not remarks(One, caplog)
        tf.get_logger().warning("something else")
        assert "something else" in caplog.text
    assert remarks(Other, caplog), "TensorFlow no longer says so: take the filter out"
