# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A slimming that is real in every part and small in every size."""

from tests.training.small import small_config, small_dataset
from tfdpgan import api
from tfdpgan.methods.planning import make_plan
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.slimming.slim_config import SlimConfig
from tfdpgan.slimming.slimming import make_session
from tfdpgan.slimming.teacher import Teacher

SETTINGS = dict(
    distillation_images=600,
    pruning_steps=12,
    recovery_steps=6,
    target_compute_ratio=1.5,
    pixel_weight=1.0,
    gan_weight=1.0,
    bits=8,
    distillation_batch_size=8,
    steps_per_block=3,
)


def slim_config(teacher_dir, output_dir, **changes) -> SlimConfig:
    return SlimConfig(model_dir=str(teacher_dir), output_dir=str(output_dir), **{**SETTINGS, **changes})


def slim(config: SlimConfig) -> Ledger:
    """What api.slim does, without measuring and without the page; returns the slim run's ledger."""
    teacher = Teacher.load(config.model_dir)
    dataset = api.training.load_data(teacher.settings_of(config)) if config.fine_tuning_steps else None
    return make_session(config, teacher, dataset).complete(show_progress=False)


def train_teacher(model_dir, digit_images, public=False, **changes):
    """A run of a few steps on digits; returns what api.train returns."""
    dataset = small_dataset(digit_images)
    if public:
        dataset.__dict__["is_public"] = True
    quick = dict(method="mean_embedding", architecture="fully_connected", generator_width=4)
    config = small_config(model_dir, **{**quick, **changes})
    return api.train(make_plan(config, dataset.num_examples), dataset, show_progress=False)
