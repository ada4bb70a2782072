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
from tfdpgan.config import ConfigError, ModelConfig, TrainConfig
from tfdpgan.data.dataset import Dataset
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.models.normalization import recentre_batch_norms
from tfdpgan.privacy import accounting
from tfdpgan.privacy.clipping_rule import ClippingRule
from tfdpgan.privacy.guarantee import epsilon_text
from tfdpgan.slimming.slim_config import SlimRunConfig
from tfdpgan.training.averaging import AveragedGenerator
from tfdpgan.training.dpsgd_gan import DPSGDGANPhase
from tfdpgan.training.gan import GANPhase
from tfdpgan.training.plain_gan import PlainGANPhase
from tfdpgan.training.plan import Plan, PrivateStage, compose, dp_sgd_stage
from tfdpgan.training.plan import resolve as resolve_training
from tfdpgan.training.players import Players

FINE_TUNING = "fine_tuning"
_NUM_RECENTRED = 512  # generated images


@dataclasses.dataclass(frozen=True)
class SlimPlan(Plan):
    """The plan of a slimming: its epsilon counts what the ancestors did."""

    parent_event: dp_accounting.DpEvent = dataclasses.field(default_factory=dp_accounting.NoOpDpEvent)

    def epsilon_after(self, num_steps: tuple[int, ...]) -> float:
        """Epsilon of the ancestors, and of `num_steps` accesses by each own stage."""
        event = dp_accounting.ComposedDpEvent([self.parent_event, compose(self.stages, num_steps)])
        return accounting.epsilon(event, self.config.delta, self.config.accountant)


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
        ConfigError: for a budget that cannot be met, or settings that do not fit.
    """
    config = training_config(settings, generator, num_examples)
    if settings.public_data:
        return FineTuning(config, None)
    noise_multiplier = settings.noise_multiplier or _noise_within(
        settings, parent_event, lambda noise: _stage(config, noise, num_examples)
    )
    stage = _stage(config, noise_multiplier, num_examples)
    config = dataclasses.replace(config, noise_multiplier=noise_multiplier, target_epsilon=None)
    return FineTuning(config, stage)


def training_config(settings: SlimRunConfig, generator: ReleasedGenerator, num_examples: int) -> TrainConfig:
    """The settings of the GAN phase, every one resolved but the noise of a budget."""
    own = {field.name: getattr(generator.config, field.name) for field in dataclasses.fields(ModelConfig)}
    return resolve_training(TrainConfig(
        **own, public_data=settings.public_data, noise_multiplier=settings.noise_multiplier,
        target_epsilon=settings.target_epsilon, l2_norm_clip=settings.l2_norm_clip, batch_size=settings.batch_size,
        steps=settings.fine_tuning_steps, learning_rate=settings.learning_rate,
        generator_learning_rate=settings.generator_learning_rate, discriminator_steps=settings.discriminator_steps,
        delta=settings.delta, accountant=settings.accountant, generator_batch_size=settings.distillation_batch_size,
        warm_start_steps=0, seed=settings.seed,
    ), num_examples)


def _stage(config: TrainConfig, noise_multiplier: float, num_examples: int) -> PrivateStage:
    stage = dp_sgd_stage(config, noise_multiplier, num_examples, "discriminator steps of the fine-tuning")
    return dataclasses.replace(stage, name=FINE_TUNING)


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
            if math.isfinite(spent) else
            "No --target_epsilon can be met: the teacher was trained on private images without privacy, so epsilon is "
            "infinite whatever follows. Slim a teacher trained under DP or on public images."
        )

    def planned_event(noise_multiplier: float) -> dp_accounting.DpEvent:
        stage = make_stage(noise_multiplier)
        return dp_accounting.ComposedDpEvent([parent_event, compose((stage,), (stage.num_steps,))])

    return accounting.noise_multiplier_for_epsilon(
        planned_event, settings.target_epsilon, settings.delta, settings.accountant
    )


class FineTuningPlayers(Players):
    """A generator that is trained already, and a fresh discriminator.

    While the generator learned from its teacher, its batch normalisations kept the teacher's statistics. Here they
    follow the batches, so they are re-centred first: or the generator would forget what it had learned at once.

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
        self.rng = tf.random.Generator.from_seed(config.seed)
        recentre_batch_norms(self.generator, self.draw_inputs(_NUM_RECENTRED))
        self.averaged = AveragedGenerator(generator.model, copy.model, config.ema_decay)
        self.discriminator = models.build_discriminator(generator.shape, config)
        self.classifier = None


def make_phase(tuning: FineTuning, dataset: Dataset, players: FineTuningPlayers) -> GANPhase:
    """The GAN phase, private unless the data is public."""
    if tuning.stage is None:
        phase: GANPhase = PlainGANPhase(tuning.config, dataset, players)
    else:
        phase = DPSGDGANPhase(tuning.config, dataset, players, tuning.stage)
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
    tuning: FineTuning, target_epsilon: float | None, dataset: Dataset, noise_generator: str
) -> dict[str, Any]:
    """Fields of CardFacts that the fine-tuning has its own values for."""
    config, stage = tuning.config, tuning.stage
    return {
        "dataset_name": dataset.name, "dataset_is_public": dataset.is_public, "num_examples": dataset.num_examples,
        "image_shape": dataset.image_shape, "class_names": dataset.class_names or None,
        "mechanisms": {stage.name: stage.mechanism} if stage else {}, "microbatch_size": 1,
        "clip_generated": config.clip_generated if stage else None,
        "clipping_method": ClippingRule().describe() if stage else None,
        "noise_generator": noise_generator, "target_epsilon": target_epsilon, "tuning_runs": None,
    }
