# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One slimming from end to end in a run directory of its own: draw, prune, extract, recover in fewer bits.

The stages are phases of the training loop, so they are logged, checkpointed and resumed as a training is. The ledger
holds what the teacher's did, as an ancestor, and nothing else, unless a fine-tuning reads private images.
"""

from __future__ import annotations

import dataclasses
import shutil
from typing import Any

import tensorflow as tf
import tf_keras as keras

from tfdpgan import models
from tfdpgan.data.dataset import Dataset
from tfdpgan.generation.provenance import provenance_of
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.methods.dpgan.phase import GANPhase
from tfdpgan.models.complexity import measure_complexity
from tfdpgan.models.network import Network
from tfdpgan.models.quantized_layers import quantize_layers
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.privacy.statement import truncated_noise
from tfdpgan.run import RunDirectory, RunError
from tfdpgan.slimming import fine_tuning
from tfdpgan.slimming.channel_pruning import ChannelPruner
from tfdpgan.slimming.distillation import DistillationPhase
from tfdpgan.slimming.distillation_set import DistillationSet, DistillationSetPhase
from tfdpgan.slimming.extraction import extract
from tfdpgan.slimming.perceptual import PerceptualLoss
from tfdpgan.slimming.slim_config import SlimConfig, SlimRunConfig
from tfdpgan.slimming.teacher import Teacher
from tfdpgan.training.callbacks import Callback
from tfdpgan.training.phase import PhasePlan
from tfdpgan.training.plan import Plan, PrivateStage
from tfdpgan.training.session import Session

PRUNING = "channel_pruning"
RECOVERY = "recovery"


class Slimming:
    """The phases of a slimming, and what is released in the end.

    Args:
        plan: of the slim run.
        teacher: the generator to slim.
        tuning: the fine-tuning, or None.
        dataset: for the fine-tuning; nothing else reads it.
        run_dir: where the slim run lives.

    Raises:
        ValueError: for settings or a run directory that cannot be used.
    """

    def __init__(
        self,
        plan: Plan,
        teacher: Teacher,
        tuning: fine_tuning.FineTuning | None,
        dataset: Dataset | None,
        run_dir: RunDirectory,
    ) -> None:
        settings: SlimRunConfig = plan.config
        self.parent: dict[str, Any] = {"model_dir": settings.teacher_dir, "weights_sha256": teacher.weights_checksum()}
        self.unreviewed: list[str] = []
        self.withheld: dict[str, str] = {}
        self._settings = settings
        self._teacher = teacher
        self._tuning = tuning
        self._dataset = dataset
        self._run_dir = run_dir
        if run_dir.exists:
            self._refuse_another_teacher()
        self._perceptual = (
            PerceptualLoss(settings.vgg16_path, settings.vgg16_preprocessing, settings.style_weight)
            if settings.perceptual_weight
            else None
        )
        self._set = DistillationSet(run_dir.private / "distillation", settings.distillation_images)
        self._extracted = run_dir.private / "extracted"
        self._recovered = run_dir.private / "recovered"
        self._fine_tuned: ReleasedGenerator | None = None
        self.phases = [
            PhasePlan(DistillationSetPhase.name, self._drawing, draws=False, is_finished=self._extracted.is_dir),
            PhasePlan(PRUNING, self._pruning, finish=self._extract, is_finished=self._extracted.is_dir),
            PhasePlan(RECOVERY, self._recovery, finish=self._keep_recovered, is_finished=self._recovered.is_dir),
        ]
        if tuning is not None:
            self.phases.append(PhasePlan(fine_tuning.FINE_TUNING, self._fine_tuning, tuning.stage))

    def _refuse_another_teacher(self) -> None:
        parent = self._run_dir.read_config()["parent"] or {}
        if parent.get("weights_sha256") != self.parent["weights_sha256"]:
            raise RunError(
                f"{self._run_dir.path} was begun with another teacher ({parent.get('model_dir')}, other weights). Give "
                "that one, or another --output_dir."
            )

    def _drawing(self) -> DistillationSetPhase:
        return DistillationSetPhase(self._teacher.generator, self._set, self._settings.seed)

    def _pruning(self) -> DistillationPhase:
        settings, teacher = self._settings, self._teacher.generator
        keras.utils.set_random_seed(settings.seed)
        student = models.build_generator(teacher.shape, teacher.config, teacher.model.get_config().get("channels"))
        student.set_weights(teacher.model.get_weights())
        pruner = ChannelPruner(
            student.channel_axes(), settings.scale_learning_rate, settings.scale_momentum, settings.scale_penalty
        )
        return self._distillation(PRUNING, student, settings.pruning_steps, pruner)

    def _extract(self, phase: DistillationPhase) -> None:
        """Keeps the smaller generator of the channels that are left."""
        small = extract(phase.student, phase.pruner.masks())
        with self._run_dir.replacing_folder(self._extracted) as folder:
            dataclasses.replace(self._teacher.generator, model=small).save(folder)

    def _recovery(self) -> DistillationPhase:
        """The extracted generator, in the bits that it will have."""
        settings, small = self._settings, ReleasedGenerator.load(self._extracted)
        quantize_layers(small.model, settings.bits, settings.quantizer)
        small.model((tf.zeros([1, small.config.latent_dim]), tf.zeros([1], tf.int32)))
        return self._distillation(RECOVERY, small.model, settings.recovery_steps)

    def _keep_recovered(self, phase: DistillationPhase) -> None:
        small = dataclasses.replace(ReleasedGenerator.load(self._extracted), model=phase.student)
        with self._run_dir.replacing_folder(self._recovered) as folder:
            small.save(folder)

    def _distillation(
        self, name: str, student: Network, num_steps: int, pruner: ChannelPruner | None = None
    ) -> DistillationPhase:
        teacher, settings = self._teacher.generator, self._settings
        discriminator = models.build_discriminator(teacher.shape, teacher.config) if settings.gan_weight else None
        complexity = measure_complexity(student, teacher.config.latent_dim)
        return DistillationPhase(
            name, settings, student, self._set, discriminator, self._perceptual, num_steps, pruner, complexity
        )

    def _fine_tuning(self) -> GANPhase:
        """Generator and discriminator on real images; the average of the generator is what is released."""
        small, copy = ReleasedGenerator.load(self._recovered), ReleasedGenerator.load(self._recovered)
        networks = fine_tuning.FineTuningNetworks(small, copy, self._tuning.config)
        self._fine_tuned = copy
        return GANPhase(fine_tuning.FINE_TUNING, self._tuning.config, self._dataset, networks, self._tuning.stage)

    def note_accesses(self, ledger: Ledger) -> None:
        """The teacher's history."""
        teacher = self._teacher
        truncated = truncated_noise.is_truncated(teacher.card)
        ledger.inherit(teacher.ledger, teacher.run_dir.path.resolve().name, truncated)
        for what in teacher.ledger.to_json()["public_data"]:
            ledger.record_public(what)

    def callbacks(self, ledger: Ledger) -> list[Callback]:
        """None of its own."""
        return []

    def card_facts(self) -> dict[str, Any]:
        """The teacher's, and what the slimming adds."""
        inherited = {
            name: fact for name, fact in self._teacher.card_facts.items() if name not in ("command_line", "versions")
        }
        drawn = f"{self._settings.distillation_images} images drawn by the teacher, and no others, to learn from"
        facts = {**inherited, "public_inputs": [*self._teacher.card_facts["public_inputs"], drawn]}
        if self._tuning:
            facts |= fine_tuning.card_facts(self._tuning, self._settings.target_epsilon, self._dataset)
        return facts

    def release(self, ledger: Ledger) -> None:
        """Writes the slim generator, and forgets the teacher's images unless they are to be kept."""
        small = self._fine_tuned or ReleasedGenerator.load(self._recovered)
        origin = {
            "slimmed_from": self._teacher.run_dir.path.name,
            **provenance_of(self._dataset or self._teacher.data, ledger, self._settings),
        }
        with self._run_dir.replacing_folder(self._run_dir.generator) as folder:
            dataclasses.replace(small, provenance={**small.provenance, **origin}).save(folder)
        if not self._settings.keep_distillation_set:
            shutil.rmtree(self._set.folder, ignore_errors=True)


def make_session(config: SlimConfig, teacher: Teacher, dataset: Dataset | None = None) -> Session:
    """A slimming that is ready to run, or to go on.

    Args:
        config: the settings.
        teacher: the generator to slim.
        dataset: for the fine-tuning; nothing else reads it.

    Raises:
        ValueError: for settings or an output directory that cannot be used.
    """
    settings = teacher.settings_of(config)
    if settings.bits < 32:
        models.require_learned_ranges(teacher.generator.config)
    tuning, noise_multiplier = None, 0.0
    stages: tuple[PrivateStage, ...] = ()
    num_examples = (dataset or teacher.data).num_examples
    if settings.fine_tuning_steps:
        fine_tuning.check_dataset(dataset, teacher.generator)
        tuning = fine_tuning.make_fine_tuning(settings, teacher.generator, num_examples, teacher.ledger.event())
        noise_multiplier = tuning.config.noise_multiplier or 0.0
        stages = (tuning.stage,) if tuning.stage else ()
    plan = Plan(settings, num_examples, noise_multiplier, stages, 0.0, teacher.ledger.event())
    plan = dataclasses.replace(plan, epsilon=plan.epsilon_after(tuple(stage.num_steps for stage in stages)))
    return Session(
        plan,
        dataset,
        lambda run_dir: Slimming(plan, teacher, tuning, dataset, run_dir),
        facts=teacher.data,
    )
