# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The slim generator against a fresh discriminator that sees private images under DP-SGD: the one stage that costs.

It is the GAN phase of every training, begun with a generator that can draw already. Its accesses are composed with
everything that the ancestors did.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import dp_accounting
import tensorflow as tf
import tf_keras as keras

from tfdpgan import models
from tfdpgan.config import ConfigError, ModelConfig, TrainConfig
from tfdpgan.data.dataset import Dataset
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.privacy import accounting
from tfdpgan.slimming.slim_config import SlimRunConfig
from tfdpgan.training.averaging import AveragedGenerator
from tfdpgan.training.dpsgd_gan import DPSGDGANPhase
from tfdpgan.training.gan import GANPhase
from tfdpgan.training.plain_gan import PlainGANPhase
from tfdpgan.training.plan import Plan, PrivateStage, compose, dp_sgd_stage
from tfdpgan.training.plan import resolve as resolve_training
from tfdpgan.training.players import Players

FINE_TUNING = "fine_tuning"


@dataclasses.dataclass(frozen=True)
class SlimPlan(Plan):
    """The plan of a slimming: its epsilon counts what the ancestors did."""

    parent_event: dp_accounting.DpEvent = dataclasses.field(default_factory=dp_accounting.NoOpDpEvent)

    def epsilon_after(self, num_steps: tuple[int, ...]) -> float:
        """Epsilon of the ancestors, and of `num_steps` accesses by each own stage."""
        event = dp_accounting.ComposedDpEvent([self.parent_event, compose(self.stages, num_steps)])
        return accounting.epsilon(event, self.config.delta, self.config.accountant)


def training_config(settings: SlimRunConfig, generator: ReleasedGenerator, num_examples: int) -> TrainConfig:
    """The settings of the GAN phase, every one resolved."""
    own = {field.name: getattr(generator.config, field.name) for field in dataclasses.fields(ModelConfig)}
    return resolve_training(TrainConfig(
        **own, public_data=settings.public_data, noise_multiplier=settings.noise_multiplier,
        l2_norm_clip=settings.l2_norm_clip, batch_size=settings.batch_size, steps=settings.fine_tuning_steps,
        learning_rate=settings.learning_rate, generator_learning_rate=settings.generator_learning_rate,
        discriminator_steps=settings.discriminator_steps, delta=settings.delta, accountant=settings.accountant,
        generator_batch_size=settings.distillation_batch_size, warm_start_steps=0, seed=settings.seed,
    ), num_examples)


def make_stage(settings: SlimRunConfig, config: TrainConfig, num_examples: int) -> PrivateStage | None:
    """What the fine-tuning takes from private images; None for public ones."""
    if settings.public_data:
        return None
    stage = dp_sgd_stage(config, settings.noise_multiplier, num_examples, "discriminator steps of the fine-tuning")
    return dataclasses.replace(stage, name=FINE_TUNING)


class FineTuningPlayers(Players):
    """A generator that is trained already, and a fresh discriminator.

    Args:
        generator: moves.
        copy: the same once more; becomes its average.
        config: of the phase.
    """

    def __init__(self, generator: ReleasedGenerator, copy: ReleasedGenerator, config: TrainConfig) -> None:
        tf.Module.__init__(self, name="players")
        keras.utils.set_random_seed(config.seed)
        self.shape = generator.shape
        self.latent_dim = config.latent_dim
        self.generator = generator.model
        self.averaged = AveragedGenerator(generator.model, copy.model, config.ema_decay)
        self.discriminator = models.build_discriminator(generator.shape, config)
        self.classifier = None
        self.rng = tf.random.Generator.from_seed(config.seed)


def make_phase(
    config: TrainConfig, dataset: Dataset, players: FineTuningPlayers, stage: PrivateStage | None
) -> GANPhase:
    """The GAN phase, private where `stage` is given."""
    if stage is None:
        phase: GANPhase = PlainGANPhase(config, dataset, players)
    else:
        phase = DPSGDGANPhase(config, dataset, players, stage)
    phase.name = FINE_TUNING
    return phase


def check_dataset(dataset: Dataset, generator: ReleasedGenerator) -> None:
    """Raises ConfigError unless the generator draws what the data set holds."""
    received = (*dataset.image_shape, dataset.num_classes)
    if received != tuple(generator.shape):
        raise ConfigError(
            f"The teacher draws images of (height, width, channels, classes) {tuple(generator.shape)}; {dataset.name} "
            f"holds {received}. Fine-tune on data like the teacher's."
        )


def card_facts(
    config: TrainConfig, stage: PrivateStage | None, dataset: Dataset, noise_generator: str
) -> dict[str, Any]:
    """Fields of CardFacts that the fine-tuning has its own values for."""
    return {
        "dataset_name": dataset.name, "dataset_is_public": dataset.is_public, "num_examples": dataset.num_examples,
        "image_shape": dataset.image_shape, "class_names": dataset.class_names or None,
        "expected_batch_size": config.batch_size, "num_planned_steps": config.steps,
        "l2_norm_clip": config.l2_norm_clip, "clip_generated": config.clip_generated, "microbatch_size": 1,
        "noise_multipliers": {stage.name: stage.parameters["noise_multiplier"]} if stage else {},
        "noise_generator": noise_generator, "target_epsilon": None, "tuning_runs": None,
    }
