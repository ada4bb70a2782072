# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The slim generator against a fresh discriminator that sees private images under DP-SGD: the one stage that costs.

It is the GAN phase of every training, begun with a generator that can draw already. Its accesses are composed with
everything that the ancestors did.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import dp_accounting
import tensorflow as tf
import tf_keras as keras

from tfdpgan import models
from tfdpgan.config import ConfigError
from tfdpgan.data.dataset import Dataset
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.methods.planning import resolve as resolve_training
from tfdpgan.methods.train_config import TrainConfig
from tfdpgan.models import ModelConfig
from tfdpgan.models.normalization import recentre_batch_norms
from tfdpgan.privacy import accounting
from tfdpgan.privacy.accounting.epsilon_text import epsilon_text
from tfdpgan.privacy.mechanisms.normal_numbers import GENERATOR
from tfdpgan.privacy.statement import card
from tfdpgan.slimming.slim_config import SlimRunConfig
from tfdpgan.training.averaging import AveragedGenerator
from tfdpgan.training.networks import Networks
from tfdpgan.training.plan import PrivateStage, compose, dp_sgd_stage

FINE_TUNING = "fine_tuning"
_NUM_RECENTRED = 512  # generated images


@dataclasses.dataclass(frozen=True)
class FineTuning:
    """What the phase will do, and take from private images.

    Attributes:
        config: the settings of the GAN phase, every one resolved; its noise is found where a budget was given.
        stage: the accesses to private images; None for public ones.
    """

    config: TrainConfig
    stage: PrivateStage | None


def make_fine_tuning(
    settings: SlimRunConfig, generator: ReleasedGenerator, num_examples: int, parent_event: dp_accounting.DpEvent
) -> FineTuning:
    """The phase that the settings ask for.

    Args:
        settings: of the slim run, with --noise_multiplier or --target_epsilon unless the data is public.
        generator: the teacher's, for the architecture.
        num_examples: number of images, taken as public.
        parent_event: what the ancestors did; a target epsilon is for them and the phase together.

    Raises:
        ConfigError: for a budget that cannot be met, settings that do not fit, or an architecture whose discriminator
            cannot be private.
    """
    config = training_config(settings, generator.config, num_examples)
    if settings.public_data:
        return FineTuning(config, None)
    models.require_private_discriminator(config)
    noise_multiplier = settings.noise_multiplier or _noise_within(
        settings, parent_event, lambda noise: stage_at(config, noise, num_examples)
    )
    stage = stage_at(config, noise_multiplier, num_examples)
    config = dataclasses.replace(config, noise_multiplier=noise_multiplier, target_epsilon=None)
    return FineTuning(config, stage)


def training_config(settings: SlimRunConfig, model: ModelConfig, num_examples: int) -> TrainConfig:
    """The settings of the GAN phase on that architecture, every one resolved but the noise of a budget."""
    own = {field.name: getattr(model, field.name) for field in dataclasses.fields(ModelConfig)}
    return resolve_training(
        TrainConfig(
            **own,
            public_data=settings.public_data,
            noise_multiplier=settings.noise_multiplier,
            target_epsilon=settings.target_epsilon,
            l2_norm_clip=settings.l2_norm_clip,
            batch_size=settings.batch_size,
            steps=settings.fine_tuning_steps,
            learning_rate=settings.learning_rate,
            generator_learning_rate=settings.generator_learning_rate,
            discriminator_steps=settings.discriminator_steps,
            delta=settings.delta,
            accountant=settings.accountant,
            generator_batch_size=settings.distillation_batch_size,
            warm_start_steps=0,
            seed=settings.seed,
        ),
        num_examples,
    )


def stage_at(config: TrainConfig, noise_multiplier: float, num_examples: int) -> PrivateStage:
    """The accesses to private images of the phase, by resolved settings."""
    return dp_sgd_stage(FINE_TUNING, config, noise_multiplier, num_examples, "discriminator steps of the fine-tuning")


def _noise_within(
    settings: SlimRunConfig, parent_event: dp_accounting.DpEvent, make_stage: Callable[[float], PrivateStage]
) -> float:
    """The smallest noise multiplier that keeps ancestors and fine-tuning within --target_epsilon."""
    spent = accounting.epsilon(parent_event, settings.delta, settings.accountant)
    if spent >= settings.target_epsilon:
        raise ConfigError(
            f"--target_epsilon={settings.target_epsilon:g} is for the teacher and the fine-tuning together, and the "
            f"teacher has epsilon = {epsilon_text(spent)} at delta = {settings.delta:g} already. Give a larger budget, "
            "or leave out --fine_tuning_steps."
            if math.isfinite(spent)
            else "No --target_epsilon can be met: the teacher was trained on private images without privacy, so "
            "epsilon is infinite whatever follows. Slim a teacher trained under DP or on public images."
        )

    def planned_event(noise_multiplier: float) -> dp_accounting.DpEvent:
        return compose((make_stage(noise_multiplier),), ancestors=parent_event)

    return accounting.noise_multiplier_for_epsilon(
        planned_event, settings.target_epsilon, settings.delta, settings.accountant
    )


class FineTuningNetworks(Networks):
    """A generator that is trained already, and a fresh discriminator.

    While the generator learned from its teacher, its batch normalisations kept the teacher's statistics. Here they
    follow the batches, so they are re-centred first: or the generator would forget what it had learned at once.

    Args:
        generator: moves.
        copy: the same once more; becomes its average.
        config: of the phase.
    """

    def __init__(self, generator: ReleasedGenerator, copy: ReleasedGenerator, config: TrainConfig) -> None:
        tf.Module.__init__(self, name="networks")
        keras.utils.set_random_seed(config.seed)
        self.shape, self.latent_dim = generator.shape, config.latent_dim
        self.rng = tf.random.Generator.from_seed(config.seed)
        recentre_batch_norms(generator.model, self.draw_inputs(_NUM_RECENTRED))
        averaged = AveragedGenerator(generator.model, copy.model, config.ema_decay)
        self._set(generator.shape, config, generator.model, averaged, self.rng)


def check_dataset(dataset: Dataset, generator: ReleasedGenerator) -> None:
    """Raises ConfigError unless the generator draws what the data set holds."""
    received = (*dataset.image_shape, dataset.num_classes)
    if received != tuple(generator.shape):
        raise ConfigError(
            f"The teacher draws images of (height, width, channels, classes) {tuple(generator.shape)}; {dataset.name} "
            f"holds {received}. Fine-tune on data like the teacher's."
        )


def card_facts(tuning: FineTuning, target_epsilon: float | None, dataset: Dataset) -> dict[str, Any]:
    """Fields of CardFacts that the fine-tuning has its own values for."""
    config, stage = tuning.config, tuning.stage
    return {
        "dataset_name": dataset.name,
        "dataset_is_public": dataset.is_public,
        "num_examples": dataset.num_examples,
        "image_shape": dataset.image_shape,
        "class_names": dataset.class_names or None,
        "clip_generated": config.clip_generated if stage else None,
        "clipping_method": None,
        "mechanisms": {stage.name: stage.card_row} if stage else {},
        **card.facts_of_mechanisms({stage.name: stage.mechanism} if stage else {}),
        "noise_generator": GENERATOR,
        "target_epsilon": target_epsilon,
        "tuning_runs": None,
    }
