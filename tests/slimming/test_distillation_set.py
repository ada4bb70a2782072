# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from tests.slimming.pruned import LATENT_DIM, ROWS, build, config_of
from tfdpgan.data.pixels import to_uint8
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.run import RunError
from tfdpgan.slimming.distillation_set import DistillationSet, DistillationSetPhase

ROW = next(row for row in ROWS if row[0] == "fully_connected")


@pytest.fixture(scope="module")
def teacher():
    names = tuple(str(label) for label in range(ROW[1].num_classes))
    return ReleasedGenerator(build(*ROW), ROW[1], config_of(ROW[0]), names, {})


def filled(folder, teacher, steps=None, start=0):
    images = DistillationSet(folder, 300)
    phase = DistillationSetPhase(teacher, images, seed=3)
    assert phase.num_steps == 2
    phase.prepare(None, start)
    for step in range(start, phase.num_steps if steps is None else steps):
        phase.step(step)
    return images


def test_it_holds_what_the_teacher_draws(tmp_path, teacher):
    images = filled(tmp_path, teacher)
    latents, labels, drawn = images.batch(np.array([0, 255, 256, 299]))
    np.testing.assert_array_equal(labels, np.array([0, 255, 256, 299]) % 10)
    np.testing.assert_array_equal(to_uint8(drawn), to_uint8(teacher.images_of(latents, labels)))
    everything = images.batch(np.arange(300))[0]
    assert everything.shape == (300, LATENT_DIM) and len(np.unique(everything[:, 0])) == 300
    assert abs(everything.mean()) < 0.1 and abs(everything.std() - 1) < 0.1


def test_filled_in_two_goes_it_is_the_same(tmp_path, teacher):
    whole = filled(tmp_path / "whole", teacher)
    filled(tmp_path / "parts", teacher, steps=1)
    parts = filled(tmp_path / "parts", teacher, start=1)
    for one, other in zip(whole.batch(np.arange(300)), parts.batch(np.arange(300)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_missing_or_another_set_is_refused(tmp_path, teacher):
    with pytest.raises(RunError, match="cannot be read"):
        DistillationSet(tmp_path, 300).batch(np.arange(3))
    filled(tmp_path, teacher)
    with pytest.raises(RunError, match="holds 300 images and not 200"):
        DistillationSet(tmp_path, 200).batch(np.arange(3))
