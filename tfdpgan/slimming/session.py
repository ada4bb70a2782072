# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One slimming from end to end in a run directory of its own: draw, prune, extract, recover in fewer bits.

The stages run on the training loop, so they are logged, checkpointed and resumed as a training is. The ledger holds
what the teacher's did, as an ancestor, and nothing else: no private image is read.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfdpgan import models
from tfdpgan.data.dataset import Dataset
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.models.network import Network
from tfdpgan.models.quantized_layers import quantize_layers
from tfdpgan.privacy import card
from tfdpgan.privacy.atomic_file import json_number
from tfdpgan.privacy.ledger import Ledger
from tfdpgan.privacy.secure_noise import make_noise
from tfdpgan.run import RunDirectory, RunError, command_line, versions
from tfdpgan.slimming import fine_tuning
from tfdpgan.slimming.channel_pruning import ChannelPruner
from tfdpgan.slimming.complexity import measure_complexity
from tfdpgan.slimming.distillation import DistillationPhase
from tfdpgan.slimming.distillation_set import DistillationSet, DistillationSetPhase
from tfdpgan.slimming.extraction import extract
from tfdpgan.slimming.perceptual import PerceptualLoss
from tfdpgan.slimming.slim_config import SlimConfig, SlimRunConfig, resolve
from tfdpgan.training import callbacks as watch
from tfdpgan.training import loop
from tfdpgan.training.checkpoint import TrainingCheckpoint
from tfdpgan.training.session import BaseSession

_PHASES = (DistillationSetPhase.name, "channel_pruning", "recovery", fine_tuning.FINE_TUNING)


@dataclasses.dataclass(frozen=True)
class Teacher:
    """A finished run.

    Attributes:
        run_dir: where it is.
        generator: what it released.
        ledger: what it cost.
        settings: of its config.json.
        data: what is public of its data: name, num_examples, image_shape, class_names.
        card_facts: what its privacy card was made from.
    """

    run_dir: RunDirectory
    generator: ReleasedGenerator
    ledger: Ledger
    settings: dict[str, Any]
    data: dict[str, Any]
    card_facts: dict[str, Any]

    @classmethod
    def load(cls, model_dir: str) -> Teacher:
        """Reads a run; RunError or ConfigError where it is missing, unfinished, or has lost its ledger or card."""
        run_dir = RunDirectory(model_dir)
        stored = run_dir.read_config()
        generator = ReleasedGenerator.load(run_dir.generator)
        for path in (run_dir.ledger, run_dir.card_json):
            if not path.exists():
                raise RunError(f"{path} is missing: without it nobody knows what the teacher cost. Restore it first.")
        if not generator.model.channel_axes():
            raise RunError(f"The architecture of {model_dir} declares no channel axes: see models/channels.py.")
        if generator.model.quantization is not None:
            raise RunError(f"{model_dir} is quantised already. Slim the run that it descends from instead.")
        facts = json.loads(run_dir.card_json.read_text())["facts"]
        if set(facts) != {field.name for field in dataclasses.fields(card.CardFacts)}:
            raise RunError(
                f"{run_dir.card_json} was written by another version of tfdpgan, and its facts cannot be carried "
                "over. Slim with that version, or train the teacher again with this one."
            )
        ledger = Ledger.open(run_dir.ledger, stored["config"].get("accountant", "pld"))
        return cls(run_dir, generator, ledger, stored["config"], stored["data"], facts)

    def settings_of(self, config: SlimConfig) -> SlimRunConfig:
        """The settings of a slim run of this teacher."""
        return resolve(config, self.settings, self.generator.shape[:3], self.generator.is_conditional)


@dataclasses.dataclass(frozen=True)
class _TeacherData:
    """Stands in for the data set, which slimming never opens."""

    name: str
    num_examples: int
    image_shape: tuple[int, ...]
    class_names: tuple[str, ...]


class SlimSession(BaseSession):
    """A slimming that is ready to run, or to go on.

    Args:
        config: the settings.
        teacher: the generator to slim.
        dataset: for the fine-tuning; nothing else reads it.
        save_grid: writes a grid of images to a path; None leaves no samples.

    Raises:
        ValueError: for settings or an output directory that cannot be used.
    """

    _may_change = BaseSession._may_change | {"teacher_dir", "keep_distillation_set", "vgg16_path", "evaluation_images"}

    def __init__(
        self, config: SlimConfig, teacher: Teacher, dataset: Dataset | None = None,
        save_grid: Callable[..., None] | None = None,
    ) -> None:
        self.teacher = teacher
        self._save_grid = save_grid
        self.parent = {"model_dir": config.model_dir, "weights_sha256": _checksum(teacher.generator.model)}
        settings = teacher.settings_of(config)
        plan = self._make_plan(settings, teacher, dataset)
        self._perceptual = (
            PerceptualLoss(settings.vgg16_path, settings.vgg16_preprocessing, settings.style_weight)
            if settings.perceptual_weight else None
        )
        super().__init__(plan, dataset or _as_dataset(teacher.data))
        self._extracted = self.run_dir.path / "extracted"
        self._recovered = self.run_dir.path / "recovered"

    def _make_plan(self, settings: SlimRunConfig, teacher: Teacher, dataset: Dataset | None) -> fine_tuning.SlimPlan:
        parent, self._tuning, stages = teacher.ledger.event(), None, ()
        num_examples = dataset.num_examples if dataset else teacher.data["num_examples"]
        if settings.fine_tuning_steps:
            fine_tuning.check_dataset(dataset, teacher.generator)
            self._tuning = fine_tuning.make_fine_tuning(settings, teacher.generator, num_examples, parent)
            stages = (self._tuning.stage,) if self._tuning.stage else ()
        noise_multiplier = (self._tuning.config.noise_multiplier if self._tuning else None) or 0.0
        plan = fine_tuning.SlimPlan(settings, num_examples, noise_multiplier, stages, 0.0, parent)
        steps = tuple(stage.num_steps for stage in stages)
        return dataclasses.replace(plan, epsilon=plan.epsilon_after(steps))

    def run(self, show_progress: bool) -> Ledger:
        """Slims to the end, from the newest checkpoint on, and releases the generator; returns the ledger."""
        ledger = super().run(show_progress)
        if not self.plan.config.keep_distillation_set:
            shutil.rmtree(self._set.folder, ignore_errors=True)
        return ledger

    def _refuse_other_settings(self) -> None:
        super()._refuse_other_settings()
        parent = self.run_dir.read_config()["parent"] or {}
        if parent.get("weights_sha256") != self.parent["weights_sha256"]:
            raise RunError(
                f"{self.run_dir.path} was begun with another teacher ({parent.get('model_dir')}, other weights). Give "
                "that one, or another --output_dir."
            )

    def _make_players(self) -> tf.Module:
        keras.utils.set_random_seed(self.plan.config.seed)
        teacher = self.teacher.generator
        student = models.build_generator(teacher.shape, teacher.config, teacher.model.get_config().get("channels"))
        student.set_weights(teacher.model.get_weights())
        return student

    def _make_phases(self) -> list[loop.Phase]:
        settings = self.plan.config
        self._sampled = self.players
        self._set = DistillationSet(self.run_dir.path / "distillation", settings.distillation_images)
        self._pruner = ChannelPruner(
            self.players.channel_axes(), settings.scale_learning_rate, settings.scale_momentum, settings.scale_penalty
        )
        drawing = DistillationSetPhase(self.teacher.generator, self._set, settings.seed)
        pruning = self._distillation("channel_pruning", self.players, settings.pruning_steps, self._pruner)
        return [drawing, pruning]

    def _distillation(
        self, name: str, student: Network, num_steps: int, pruner: ChannelPruner | None = None
    ) -> DistillationPhase:
        teacher, settings = self.teacher.generator, self.plan.config
        discriminator = models.build_discriminator(teacher.shape, teacher.config) if settings.gan_weight else None
        complexity = measure_complexity(student, teacher.config.latent_dim)
        return DistillationPhase(
            name, settings, student, self._set, discriminator, self._perceptual, num_steps, pruner, complexity
        )

    def _train(self, ledger: Ledger, show_progress: bool) -> None:
        if not self._extracted.is_dir():
            super()._train(ledger, show_progress)
            small = extract(self.players, self._pruner.masks())
            with self.run_dir.replacing_folder(self._extracted) as folder:
                dataclasses.replace(self.teacher.generator, model=small).save(folder)
        if not self._recovered.is_dir():
            small = self._recover(ReleasedGenerator.load(self._extracted), ledger, show_progress)
            with self.run_dir.replacing_folder(self._recovered) as folder:
                small.save(folder)
        small = ReleasedGenerator.load(self._recovered)
        if self._tuning:
            small = self._fine_tune(small, ledger, show_progress)
        epsilon = ledger.epsilon(self.plan.config.delta)
        origin = {"slimmed_from": self.teacher.run_dir.path.name, "dataset": self._dataset.name,
                  "epsilon": json_number(epsilon), "delta": self.plan.config.delta,
                  "is_private": bool(np.isfinite(epsilon)) and not self.teacher.card_facts["noise_seed_fixed"]}
        with self.run_dir.replacing_folder(self.run_dir.generator) as folder:
            dataclasses.replace(small, provenance={**small.provenance, **origin}).save(folder)

    def _recover(self, small: ReleasedGenerator, ledger: Ledger, show_progress: bool) -> ReleasedGenerator:
        """Trains the extracted generator in the bits that it will have."""
        settings = self.plan.config
        quantize_layers(small.model, settings.bits, settings.quantizer)
        small.model((tf.zeros([1, small.config.latent_dim]), tf.zeros([1], tf.int32)))
        phase = self._distillation("recovery", small.model, settings.recovery_steps)
        self._sampled = small.model
        self._run_later_phase(phase, phase.trackables, ledger, show_progress)
        return small

    def _fine_tune(self, small: ReleasedGenerator, ledger: Ledger, show_progress: bool) -> ReleasedGenerator:
        """Trains generator and discriminator on real images; returns the average of the generator."""
        copy = ReleasedGenerator.load(self._recovered)
        players = fine_tuning.FineTuningPlayers(small, copy, self._tuning.config)
        phase = fine_tuning.make_phase(self._tuning, self._dataset, players)
        self._sampled = copy.model
        self._run_later_phase(phase, {"players": players, **phase.trackables}, ledger, show_progress)
        return copy

    def _callbacks(self, ledger: Ledger, show_progress: bool) -> list[watch.Callback]:
        callbacks = super()._callbacks(ledger, show_progress)
        if self._save_grid:
            callbacks.append(watch.SampleGrids(
                self.run_dir, self._sampled, self.teacher.generator.config.latent_dim, list(_PHASES[1:]),
                self.plan.config.samples_every, self._save_grid,
            ))
        return callbacks

    def _run_later_phase(
        self, phase: loop.Phase, trackables: dict[str, Any], ledger: Ledger, show_progress: bool
    ) -> None:
        checkpoint = TrainingCheckpoint(self.run_dir.checkpoints / phase.name, dict(trackables))
        callbacks = self._callbacks(ledger, show_progress)
        callbacks[0] = _LaterMetricsLog(self.run_dir, list(_PHASES), watch.RunningEpsilon(self.plan, ledger))
        callbacks[0].index = _PHASES.index(phase.name)
        loop.run([phase], ledger, checkpoint, callbacks, self.plan.config.steps_per_block)

    def _open_ledger(self) -> Ledger:
        ledger = Ledger.open(self.run_dir.ledger, self.plan.config.accountant)
        for stage in self.plan.stages:
            ledger.declare(stage.name, stage.step_event, stage.parameters, stage.description)
        ledger.inherit(self.teacher.ledger, self.teacher.run_dir.path.resolve().name)
        for what in self.teacher.ledger.to_json()["public_data"]:
            ledger.record_public(what)
        return ledger

    def _card_facts(self) -> card.CardFacts:
        return card.CardFacts(**{
            **self.teacher.card_facts, "command_line": command_line(), "versions": versions(), **self._own_card_facts()
        })

    def _own_card_facts(self) -> dict[str, Any]:
        drawn = f"{self.plan.config.distillation_images} images drawn by the teacher, and no others, to learn from"
        facts: dict[str, Any] = {"public_inputs": [*self.teacher.card_facts["public_inputs"], drawn]}
        if self._tuning:
            noise = make_noise(self._tuning.config.secure_noise, None).generator
            target_epsilon = self.plan.config.target_epsilon
            facts |= fine_tuning.card_facts(self._tuning, target_epsilon, self._dataset, noise)
        return facts


class _LaterMetricsLog(watch.MetricsLog):
    """For a loop that runs one phase alone, number `index` of all."""

    index = 0

    def on_resume(self, phase: int, step: int) -> None:
        super().on_resume(self.index + phase, step)


def _as_dataset(data: dict[str, Any]) -> Dataset:
    return _TeacherData(  # type: ignore[return-value]
        data["name"], data["num_examples"], tuple(data["image_shape"]), tuple(data["class_names"])
    )


def _checksum(network: Network) -> str:
    digest = hashlib.sha256()
    for weight in network.get_weights():
        digest.update(np.ascontiguousarray(weight).tobytes())
    return digest.hexdigest()
