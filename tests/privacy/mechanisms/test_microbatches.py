# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Groups of examples that are clipped as one: who joins whom, what is released, and how far one example moves it."""

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from tests.privacy.private_steps import CLIP, FALSE_ALARM_RATE, flat, gradient, loss_of, make_model, make_optimizer
from tfdpgan.privacy.accounting.events import dp_sgd_event
from tfdpgan.privacy.mechanisms.microbatches import assign_to_groups
from tfdpgan.privacy.mechanisms.poisson import PoissonSampler

NUM_GROUPS, MICROBATCH_SIZE = 3, 4


def group_optimizer():
    return make_optimizer(expected_batch_size=NUM_GROUPS * MICROBATCH_SIZE, num_microbatches=NUM_GROUPS)


def grouped(groups: list[list[tuple]], slots: int, groups_at_once: int = 1):
    """Data and mask [num_physical, groups_at_once, slots, ...] from lists of (x, y); padding is NaN."""
    x = np.full([len(groups), slots, 3], np.nan, np.float32)
    y = np.full([len(groups), slots], np.nan, np.float32)
    mask = np.zeros([len(groups), slots], bool)
    for i, group in enumerate(groups):
        for j, (features, label) in enumerate(group):
            x[i, j], y[i, j], mask[i, j] = features, label, True
    return tuple(tf.constant(part.reshape(-1, groups_at_once, *part.shape[1:])) for part in (x, y, mask))


def some_groups(sizes=(2, 5, 0), seed=0):
    rng = np.random.default_rng(seed)
    return [[(rng.normal(size=3), 3 * rng.normal()) for _ in range(size)] for size in sizes]


def released(model, groups, slots=7) -> np.ndarray:
    """The sum over the groups, noise left out."""
    x, y, mask = grouped(groups, slots)
    return gradient(group_optimizer(), model, (x, y), mask) * NUM_GROUPS


def test_the_sum_equals_a_loop_over_groups():
    model, groups = make_model(), some_groups()
    expected = 0.0
    for group in groups[:2]:
        with tf.GradientTape() as tape:
            x = tf.constant(np.array([x for x, _ in group]), tf.float32)
            loss = tf.reduce_sum(loss_of(model)(x, tf.constant([y for _, y in group], tf.float32))) / MICROBATCH_SIZE
        vector = flat(tape.gradient(loss, model.trainable_variables))
        expected = expected + vector * min(1.0, CLIP / np.linalg.norm(vector))
    np.testing.assert_allclose(released(model, groups), expected, rtol=1e-4, atol=1e-6)
    x, y, mask = grouped(groups, 6, groups_at_once=3)
    optimizer = group_optimizer()
    together = tf.function(lambda: optimizer.private_gradients(model, loss_of(model), (x, y), mask).gradients)
    np.testing.assert_allclose(flat(together()) * NUM_GROUPS, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("extra", ["opposite", "ordinary", 1e4, 1e30, float("nan"), float("inf")])
def test_one_more_example_moves_the_sum_by_at_most_twice_the_clip(extra):
    """And by more than the clip, if it turns its group around: the sensitivity is doubled, not the same."""
    model, groups = make_model(), some_groups()
    before = released(model, groups)
    x, y = groups[1][0]
    if extra == "opposite":  # the same input, with an error a thousand times larger on the other side
        (x, y), groups[1] = groups[1][0], groups[1][:1]
        before = released(model, groups)
        prediction = float(model(x[None].astype(np.float32))[0, 0])
        more = (x, prediction - 1000 * (y - prediction))
    else:
        more = (x, y) if extra == "ordinary" else (np.full(3, extra), extra)
    moved = np.linalg.norm(released(model, [groups[0], [*groups[1], more], groups[2]]) - before)
    assert moved <= 2 * CLIP * (1 + 1e-5)
    if extra == "opposite":
        assert moved == pytest.approx(2 * CLIP, rel=1e-3)


def test_the_accountant_halves_the_noise():
    size = group_optimizer().microbatch_size
    assert size == MICROBATCH_SIZE and make_optimizer().microbatch_size == 1
    assert dp_sgd_event(2.0, 0.1, 1, size) == dp_sgd_event(1.0, 0.1, 1)


def test_each_drawn_example_is_in_one_group():
    sampler = PoissonSampler(500, 60, 16)
    for groups_at_once in (1, 2, 5):
        draw = sampler.draw()
        indices, mask = assign_to_groups(draw, 6, groups_at_once)
        assert indices.shape == mask.shape == (-(-6 // groups_at_once), groups_at_once, indices.shape[2])
        assert sorted(indices[mask]) == sorted(draw.indices[draw.mask])
        rows = mask.reshape(-1, mask.shape[2])
        assert not rows[6:].any() and not rows.all(axis=1).any()


def test_groups_are_chosen_uniformly_and_independently():
    """Two examples meet in one of k groups with probability 1/k, and every group is as likely."""
    draw = PoissonSampler(2, 2, 2).draw()
    places = []
    for seed in range(3000):
        indices, mask = assign_to_groups(draw, 3, 3, seed)
        places.append([int(np.argwhere((indices[0] == i) & mask[0])[0, 0]) for i in range(2)])
    counts = np.zeros((3, 3))
    np.add.at(counts, tuple(np.transpose(places)), 1)
    assert scipy.stats.chisquare(counts.ravel()).pvalue > FALSE_ALARM_RATE


def test_groups_are_fresh_and_an_empty_draw_has_empty_ones():
    draw = PoissonSampler(100, 40, 64).draw()
    assert assign_to_groups(draw, 4, 4).indices.tolist() != assign_to_groups(draw, 4, 4).indices.tolist()
    empty = draw._replace(mask=np.zeros_like(draw.mask))
    indices, mask = assign_to_groups(empty, 4, 4)
    assert indices.shape == (1, 4, 1) and not mask.any()


@pytest.mark.parametrize("arguments", [(0, 1), (2, 0), (1.5, 1)])
def test_bad_counts_are_refused(arguments):
    with pytest.raises(ValueError, match="whole number, 1 or more"):
        assign_to_groups(PoissonSampler(5, 2, 4).draw(), *arguments)
