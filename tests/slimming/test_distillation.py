# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import tensorflow as tf

from tests.slimming.pruned import ROWS, build, config_of
from tfdpgan import models
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.models.complexity import measure_complexity
from tfdpgan.slimming.channel_pruning import ChannelPruner
from tfdpgan.slimming.distillation import DistillationPhase
from tfdpgan.slimming.distillation_set import DistillationSet, DistillationSetPhase
from tfdpgan.slimming.slim_config import SlimSettings

ROW = next(row for row in ROWS if row[0] == "fully_connected")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    teacher = ReleasedGenerator(build(*ROW), ROW[1], config_of(ROW[0]), tuple("0123456789"), {})
    images = DistillationSet(tmp_path_factory.mktemp("set"), 256)
    phase = DistillationSetPhase(teacher, images, seed=0)
    phase.prepare(None, 0)
    phase.step(0)
    return images


def phase_of(images, student, num_steps=60, pruner=None, **settings):
    settings = SlimSettings(
        **{
            "perceptual_weight": 0.0,
            "pixel_weight": 1.0,
            "gan_weight": 0.0,
            "distillation_batch_size": 32,
            "distillation_learning_rate": 3e-3,
            **settings,
        }
    )
    discriminator = models.build_discriminator(ROW[1], config_of(ROW[0])) if settings.gan_weight else None
    complexity = measure_complexity(student, 5)
    return DistillationPhase("test", settings, student, images, discriminator, None, num_steps, pruner, complexity)


def other_student():
    student = build(*ROW)
    for variable in student.trainable_variables:
        if variable.shape.rank == 2:
            variable.assign(tf.random.stateless_normal(variable.shape, [3, 4], stddev=0.1))
    return student


@pytest.mark.parametrize("weights", [{"pixel_weight": 1.0}, {"pixel_weight": 1.0, "gan_weight": 0.01}])
def test_a_student_comes_near_its_teacher(images, weights):
    phase = phase_of(images, other_student(), **weights)
    losses = [phase.step(step) for step in range(phase.num_steps)]
    assert np.mean([each["pixel_loss"] for each in losses[-5:]]) < 0.7 * losses[0]["pixel_loss"]
    assert ("discriminator_loss" in losses[0]) == ("gan_weight" in weights)


def test_a_copy_of_the_teacher_starts_without_loss_and_all_of_it_is_trained(images):
    student = build(*ROW)
    before = [(weight.name, weight.shape) for weight in student.weights]
    start = [weight.numpy() for weight in student.trainable_variables]
    variables = student.trainable_variables
    phase = phase_of(images, student)
    assert phase.step(0)["pixel_loss"] < 1 / 255, "only what 256 levels round away"
    phase.step(1)
    assert [(weight.name, weight.shape) for weight in student.weights] == before
    assert all(np.abs(one - other).max() > 0 for one, other in zip(start, variables, strict=True))


def test_against_a_discriminator_alone_the_student_moves(images):
    student = other_student()
    before = [weight.numpy() for weight in student.trainable_variables]
    phase = phase_of(images, student, pixel_weight=0.0, gan_weight=1.0)
    reported = phase.step(0)
    assert set(reported) == {"gan_loss", "discriminator_loss"}
    assert any(np.abs(one - other).max() > 0 for one, other in zip(before, student.trainable_variables, strict=True))


def test_the_penalty_takes_channels_and_stops_at_the_target(images):
    student = build(*ROW)
    pruner = ChannelPruner(student.channel_axes(), penalty=0.3)
    phase = phase_of(images, student, 40, pruner, target_compute_ratio=1.5)
    curve = [phase.step(step) for step in range(40)]
    assert [each["channels"] for each in curve] == sorted((each["channels"] for each in curve), reverse=True)
    assert curve[0]["channels"] > curve[-1]["channels"]
    reached = next(index for index, each in enumerate(curve) if each["compute_ratio"] >= 1.5)
    assert reached < 39 and curve[reached]["channels"] == curve[-1]["channels"]


def test_what_the_penalty_did_not_take_goes_in_the_last_step(images):
    student = build(*ROW)
    pruner = ChannelPruner(student.channel_axes(), penalty=0.0)
    phase = phase_of(images, student, 2, pruner, target_compute_ratio=2.0)
    assert phase.step(0)["compute_ratio"] == 1.0
    assert phase.step(1)["compute_ratio"] >= 2.0
