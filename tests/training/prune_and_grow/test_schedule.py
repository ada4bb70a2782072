# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""When what is sparse: against a list that is written out, and as TF-MOT's own driver follows it."""

from types import SimpleNamespace

import pytest
import tensorflow as tf

from tfdpgan.config import ConfigError
from tfdpgan.training.prune_and_grow.intervals import Intervals, intervals_of
from tfdpgan.training.prune_and_grow.schedule import PruneAndGrowSchedule


def settings(steps, warm_up, interval, end="dense"):
    return SimpleNamespace(steps=steps, prune_warm_up_steps=warm_up, prune_interval=interval, prune_end=end)


def letters(intervals):
    return "".join(
        "S" if intervals.is_sparse(step) else "d" if intervals.is_dense_again(step) else "w"
        for step in range(intervals.num_steps)
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((10, 2, 2), "wwSSddSSdd"),
        ((11, 2, 2), "wwSSddSSddd"),
        ((10, 2, 2, "sparse"), "wwSSddSSSS"),
        ((12, 2, 2, "sparse"), "wwSSddSSddSS"),
        ((6, 0, 3), "SSSddd"),
        ((4, 0, 4, "sparse"), "SSSS"),
        ((16, None, None), "wwwwSSddSSddSSdd"),
    ],
)
def test_phases_end_as_asked_and_the_last_takes_what_is_left(arguments, expected):
    intervals = intervals_of(settings(*arguments))
    assert letters(intervals) == expected
    assert intervals.sparse_end == expected.rindex("S") + 1
    assert intervals.dense_end == max(expected.rfind("d"), expected.rfind("w")) + 1
    assert max(intervals.sparse_end, intervals.dense_end) == len(expected)


@pytest.mark.parametrize("arguments", [(10, 8, 2), (10, 0, 6), (10, 10, 1, "sparse"), (3, 20, 1)])
def test_no_room_is_refused_with_the_way_out(arguments):
    with pytest.raises(ConfigError, match="--prune_end.*has no room.*Try --prune_warm_up_steps=") as refusal:
        intervals_of(settings(*arguments))
    assert "\n" not in str(refusal.value)


def test_tf_mots_own_driver_alternates_by_the_schedule():
    from tensorflow_model_optimization.python.core.sparsity.keras.pruning_impl import Pruning

    schedule = PruneAndGrowSchedule(intervals_of(settings(10, 2, 2)), 0.25)
    weight, step = tf.Variable(tf.random.normal([8, 5])), tf.Variable(0, dtype=tf.int64)
    mask, threshold = tf.Variable(tf.ones([8, 5])), tf.Variable(0.0)
    driver = Pruning(lambda: step, [(weight, mask, threshold)], schedule, (1, 1), "AVG")
    zeros = []
    for number in range(10):
        step.assign(number)
        weight.assign_add(tf.random.normal([8, 5]))  # what an optimizer does
        driver.conditional_mask_update()
        driver.weight_mask_op()
        zeros.append(int(tf.reduce_sum(tf.cast(weight == 0, tf.int32))))
    assert zeros == [0, 0, 10, 10, 0, 0, 10, 10, 0, 0]


@pytest.mark.parametrize("mask_every", [None, 2])
def test_masks_are_due_once_in_a_phase_or_every_few_steps_of_a_sparse_one(mask_every):
    schedule = PruneAndGrowSchedule(Intervals(3, 5, 4, 25), 0.3, mask_every)
    due = [step for step in range(25) if bool(schedule(step)[0])]
    assert due == ([3, 8, 13, 18] if mask_every is None else [3, 5, 7, 8, 13, 15, 17, 18])
    again = PruneAndGrowSchedule.from_config(schedule.get_config()["config"])
    assert again.get_config() == schedule.get_config()
