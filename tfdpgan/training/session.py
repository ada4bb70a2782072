# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One training in one run directory: opens or resumes it, declares the stages, runs the loop, keeps the card true."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf
import tf_keras as keras

from tfdpgan import models
from tfdpgan.config import ConfigError
from tfdpgan.data.dataset import Dataset
from tfdpgan.privacy import atomic_file, card
from tfdpgan.privacy.clipping_rule import ClippingRule
from tfdpgan.privacy.ledger import Ledger
from tfdpgan.privacy.secure_noise import make_noise
from tfdpgan.run import RunDirectory, RunError, command_line, versions
from tfdpgan.training import callbacks as watch
from tfdpgan.training import loop
from tfdpgan.training.auxiliary import auxiliary_classifier
from tfdpgan.training.checkpoint import TrainingCheckpoint
from tfdpgan.training.classifier import Classifier, ClassifierPhase
from tfdpgan.training.classifier_config import ClassifierConfig
from tfdpgan.training.dpsgd_gan import DPSGDGANPhase
from tfdpgan.training.mean_embedding import MeanEmbeddingPhase
from tfdpgan.training.plain_gan import PlainGANPhase
from tfdpgan.training.plan import CLASSIFIER, DP_SGD, MEAN_EMBEDDING, Plan
from tfdpgan.training.players import Players
from tfdpgan.training.snapshots import GeneratorSnapshots

# What may differ between a run and the command that resumes it: it changes neither the result nor its cost.
_MAY_CHANGE = {
    "model_dir", "physical_batch_size", "samples_every", "snapshots_every", "tensorboard", "tuning_runs",
    "steps_per_block", "clipping_method", "skip_bad_images", "data_dir", "cache_dir",
}

_PUBLIC_INPUTS = (
    "the number of images, their size, their channels and the names of the classes",
    "labels of generated images, uniform over the classes",
    "initial weights and latents, drawn from --seed",
)
_NOT_COVERED = (
    "the time that the training took, which depends slightly on the size of the drawn batches",
)

SaveGenerator = Callable[[keras.Model, Ledger, Path], None]


def image_shape(dataset: Dataset) -> models.ImageShape:
    """What the architectures need to know of a data set."""
    return models.ImageShape(*dataset.image_shape, dataset.num_classes)


class BaseSession(abc.ABC):
    """A training that is ready to run. Making one checks everything that can be checked without writing a file.

    What it trains, and what its card says beyond the plan, are the subclass's.

    Args:
        plan: what to do and what it costs.
        dataset: the images.

    Raises:
        ValueError: for settings or networks that cannot be trained under the plan.

    Attributes:
        parent: the run that this one descends from, for config.json; None for none.
    """

    parent: dict[str, Any] | None = None
    _may_change = frozenset(_MAY_CHANGE)

    def __init__(self, plan: Plan, dataset: Dataset) -> None:
        self.plan = plan
        self.run_dir = RunDirectory(plan.config.model_dir)
        self._dataset = dataset
        self._data_facts = {
            "name": dataset.name, "num_examples": dataset.num_examples, "image_shape": list(dataset.image_shape),
            "class_names": list(dataset.class_names),
        }
        if self.run_dir.exists:
            self._refuse_other_settings()
        self.players = self._make_players()
        self._phases = self._make_phases()

    @abc.abstractmethod
    def _make_players(self) -> tf.Module:
        """The networks, with everything of theirs that a checkpoint has to hold."""

    @abc.abstractmethod
    def _make_phases(self) -> list[loop.Phase]:
        """What is done, in order."""

    @abc.abstractmethod
    def _own_card_facts(self) -> dict[str, Any]:
        """Fields of CardFacts that depend on what is trained."""

    def run(self, show_progress: bool) -> Ledger:
        """Trains to the end of the plan, from the newest checkpoint on; returns the ledger."""
        self.run_dir.create()
        with self.run_dir.locked():
            if not self.run_dir.exists:
                self.run_dir.write_config(dataclasses.asdict(self.plan.config), self._data_facts, self.parent)
            ledger = self._open_ledger()
            try:
                self._train(ledger, show_progress)
            finally:
                self._write_card(ledger)
        return ledger

    def _train(self, ledger: Ledger, show_progress: bool) -> None:
        checkpoint = TrainingCheckpoint(self.run_dir.checkpoints, self._trackables())
        loop.run(self._phases, ledger, checkpoint, self._callbacks(ledger, show_progress),
                 self.plan.config.steps_per_block)

    def _refuse_other_settings(self) -> None:
        stored = self.run_dir.read_config()
        present = dataclasses.asdict(self.plan.config)
        for name, value in stored["config"].items():
            if name not in self._may_change and present.get(name) != value:
                raise RunError(
                    f"{self.run_dir.path} holds a run with --{name}={value}; received {present.get(name)}. "
                    "Give the same settings to go on with it, or another --model_dir for a new run."
                )
        for name, value in stored["data"].items():
            if (received := self._data_facts[name]) != value:
                raise RunError(
                    f"{self.run_dir.path} holds a run on data with {name} = {value}; received {received}. "
                    "Give the same data to go on with it, or another --model_dir for a new run."
                )

    def _trackables(self) -> dict[str, Any]:
        trackables: dict[str, Any] = {"players": self.players}
        for phase in self._phases:
            trackables.update({f"{phase.name}_{name}": value for name, value in phase.trackables.items()})
        return trackables

    def _open_ledger(self) -> Ledger:
        config = self.plan.config
        ledger = Ledger.open(self.run_dir.ledger, config.accountant)
        for stage in self.plan.stages:
            ledger.declare(stage.name, stage.step_event, stage.parameters, stage.description)
        if config.public_data:
            ledger.record_public(f"data set {self._dataset.name}, declared public by its owner")
        elif config.non_private:
            ledger.record_nonprivate(f"training on data set {self._dataset.name} without differential privacy")
        return ledger

    def _callbacks(self, ledger: Ledger, show_progress: bool) -> list[watch.Callback]:
        config, names = self.plan.config, [phase.name for phase in self._phases]
        epsilon = watch.RunningEpsilon(self.plan, ledger)
        callbacks: list[watch.Callback] = [
            watch.MetricsLog(self.run_dir, names, epsilon),
        ]
        if show_progress:
            callbacks.append(watch.ProgressBar(epsilon))
        if config.tensorboard:
            callbacks.append(watch.TensorBoard(self.run_dir, epsilon))
        return callbacks

    def _write_card(self, ledger: Ledger) -> None:
        ledger.write_epsilons([self.plan.config.delta])
        content = card.build_card(ledger, self._card_facts())
        atomic_file.write_json_atomically(self.run_dir.card_json, content)
        atomic_file.write_text_atomically(self.run_dir.card, card.render_markdown(content))

    def _card_facts(self) -> card.CardFacts:
        config, dataset = self.plan.config, self._dataset
        return card.CardFacts(
            dataset_name=dataset.name,
            dataset_is_public=dataset.is_public,
            num_examples=dataset.num_examples,
            image_shape=dataset.image_shape,
            class_names=dataset.class_names or None,
            delta=config.delta,
            mechanisms={stage.name: stage.mechanism for stage in self.plan.stages},
            clipping_method=ClippingRule(config.per_layer_clipping, config.automatic_clipping).describe()
            if any("microbatch_size" in stage.parameters for stage in self.plan.stages) else None,
            microbatch_size=max((s.parameters.get("microbatch_size", 1) for s in self.plan.stages), default=1),
            noise_generator=make_noise(config.secure_noise, config.noise_seed).generator,
            noise_seed_fixed=config.noise_seed is not None,
            sampling_seed_fixed=config.noise_seed is not None,
            tuning_runs=config.tuning_runs,
            command_line=command_line(),
            versions=versions(),
            target_epsilon=config.target_epsilon,
            **self._own_card_facts(),
        )


class Session(BaseSession):
    """A GAN's training.

    Args:
        plan: from `make_plan`, for the number of images of `dataset`.
        dataset: the images.
        save_grid: writes a grid of images to a path.
        save_generator: writes a generator, with what the ledger says of it now, into an empty folder; only
            --snapshots_every needs it.

    Raises:
        ValueError: for settings or networks that cannot be trained under the plan.
    """

    players: Players

    def __init__(
        self, plan: Plan, dataset: Dataset, save_grid: Callable[..., Any], save_generator: SaveGenerator | None = None
    ) -> None:
        self._save_grid = save_grid
        self._save_generator = save_generator
        super().__init__(plan, dataset)

    def _make_players(self) -> Players:
        config, shape = self.plan.config, image_shape(self._dataset)
        players = Players(shape, config)
        if config.classifier_steps:
            if self._dataset.labels is None:
                raise ConfigError(f"--classifier_steps needs labels, and {self._dataset.name} has none: leave it out.")
            players.classifier = Classifier(shape, self._classifier_config)
        return players

    @property
    def _classifier_config(self) -> ClassifierConfig:
        noise_multipliers = [s.parameters["noise_multiplier"] for s in self.plan.stages if s.name == CLASSIFIER]
        return auxiliary_classifier(
            self.plan.config, self._dataset.num_examples, noise_multipliers[0] if noise_multipliers else None
        )

    def _make_phases(self) -> list[loop.Phase]:
        config, stages = self.plan.config, {stage.name: stage for stage in self.plan.stages}
        phases: list[loop.Phase] = []
        if config.classifier_steps:
            phases.append(ClassifierPhase(
                self._classifier_config, self._dataset, self.players.classifier, stages.get(CLASSIFIER), CLASSIFIER
            ))
        if config.warm_start_steps:
            phases.append(MeanEmbeddingPhase(
                config, self._dataset, self.players, stages.get(MEAN_EMBEDDING), self.run_dir.checkpoints
            ))
        if config.method == "dpgan" and DP_SGD in stages:
            phases.append(DPSGDGANPhase(config, self._dataset, self.players, stages[DP_SGD]))
        elif config.method == "dpgan":
            phases.append(PlainGANPhase(config, self._dataset, self.players))
        return phases

    def _callbacks(self, ledger: Ledger, show_progress: bool) -> list[watch.Callback]:
        config, names = self.plan.config, [phase.name for phase in self._phases]
        callbacks = super()._callbacks(ledger, show_progress)
        drawing = [name for name in names if name != CLASSIFIER]
        callbacks.append(watch.SampleGrids(
            self.run_dir, self.players.averaged.model, config.latent_dim, drawing, config.samples_every, self._save_grid
        ))
        if config.snapshots_every:
            callbacks.append(GeneratorSnapshots(
                self.run_dir, names, config.snapshots_every,
                lambda folder: self._save_generator(self.players.averaged.model, ledger, folder),
            ))
        return callbacks

    def _own_card_facts(self) -> dict[str, Any]:
        return {
            "clip_generated": self.plan.config.clip_generated
            if any(stage.name == DP_SGD for stage in self.plan.stages) else None,
            "public_inputs": _PUBLIC_INPUTS, "accesses_not_covered": _NOT_COVERED,
        }
