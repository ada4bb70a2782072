# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A run, opened for an audit: its claim, and the objects that make its accesses, built again on crafted data.

What is read of the run is its config.json, its ledger, its card and what it released. The objects are those that a
training with the same settings makes, from the same code; no private image is among what they are given.
"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np

from tfdpgan.auditing.booked_stages import booked_stages
from tfdpgan.auditing.controls import Host
from tfdpgan.auditing.dp_sgd_subject import DPSGDSubject, Learner
from tfdpgan.auditing.finding import PROBES, Finding, NotTried
from tfdpgan.auditing.instrument import Instrument
from tfdpgan.auditing.release_subject import ReleaseSubject
from tfdpgan.auditing.sanitizer_subject import SanitizerSubject
from tfdpgan.auditing.subject import Subject
from tfdpgan.config import DataConfig, from_dict
from tfdpgan.data.dataset import Dataset
from tfdpgan.data.facts import DataFacts
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.methods.classifier.settings import ClassifierConfig
from tfdpgan.methods.classifier.training import ClassifierTraining
from tfdpgan.methods.dpgan.phase import GANPhase
from tfdpgan.methods.generator_training import GeneratorTraining
from tfdpgan.methods.mean_embedding.phase import MeanEmbeddingPhase
from tfdpgan.methods.train_config import TrainConfig
from tfdpgan.privacy import accounting
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.privacy.mechanisms import REVIEWED, GradientSanitizer
from tfdpgan.run import RunDirectory, versions
from tfdpgan.run_ledger import open_ledger
from tfdpgan.slimming import fine_tuning
from tfdpgan.slimming.slim_config import SlimRunConfig
from tfdpgan.training.networks import Networks
from tfdpgan.training.phase import PhasePlan
from tfdpgan.training.plan import Plan, PrivateStage
from tfdpgan.training.update import PrivateUpdate

GENERATOR, CLASSIFIER, SLIM = "generator", "classifier", "slim"


class AuditError(ValueError):
    """A run that cannot be audited: the message says why, and what to do."""


@dataclasses.dataclass(frozen=True)
class AuditedRun:
    """What is known of a run before anything is tried.

    Attributes:
        run_dir: where it is.
        kind: GENERATOR, CLASSIFIER or SLIM.
        config: its settings.
        facts: what is public of its data.
        ledger: what it booked.
        delta: of its claim.
        claim: epsilon that it claims, ancestors included.
        stages: those that were booked, as a plan of the same settings makes them.
        not_tried: what an audit of this run leaves out.
    """

    run_dir: RunDirectory
    kind: str
    config: Any
    facts: DataFacts
    ledger: Ledger
    delta: float
    claim: float
    stages: tuple[PrivateStage, ...]
    not_tried: tuple[NotTried, ...]

    @property
    def method(self) -> str:
        """What it was trained by."""
        return self.config.method if self.kind == GENERATOR else self.kind

    def data_config(self, data_dir: str | None) -> DataConfig:
        """Its data set, from another place where one is given."""
        values = {field.name: getattr(self.config, field.name) for field in dataclasses.fields(DataConfig)}
        return DataConfig(**(values | ({"data_dir": data_dir} if data_dir else {})))

    def claim_of(self, stage: PrivateStage) -> float:
        """Epsilon of one stage's booked accesses alone."""
        from tfdpgan.auditing.subject import times

        event = times(stage.mechanism.event, self.ledger.booked(stage.name))
        return accounting.epsilon(event, self.delta, self.ledger.accountant)

    def book_findings(self) -> list[Finding]:
        """Does the ledger book what the settings make a training do?"""
        state = self.ledger.to_json()["stages"]
        found = []
        for stage in self.stages:
            entry = state[stage.name]
            is_same = entry["mechanism_of_one_step"] == accounting.event_to_json(stage.mechanism.event)
            found.append(
                Finding(PROBES, stage.name, "the booked event is that of the settings", 1.0, float(is_same), 1.0,
                        is_same, 1, 1.0)
            )  # fmt: skip
            done = entry["done_steps"]
            found.append(
                Finding(PROBES, stage.name, "accesses done, of those booked", 1.0, done / entry["booked_steps"], 1.0,
                        done <= entry["booked_steps"], entry["booked_steps"], 1.0)
            )  # fmt: skip
        return found

    def subjects(self, instrument: Instrument, folder: Path) -> list[Subject]:
        """Each stage, made to run on what the audit chooses.

        Args:
            instrument: entered.
            folder: an empty one, for what the objects would write.
        """
        dataset = blank_dataset(self.facts)
        phases = {planned.name: planned for planned in self._phases(dataset, folder)}
        found: list[Subject] = []
        for stage in self.stages:
            booked = self.ledger.booked(stage.name)
            if isinstance(stage.mechanism, GradientSanitizer):
                found.append(
                    SanitizerSubject(stage.name, stage.mechanism, booked, tuple(self.facts.image_shape), instrument)
                )
                continue
            phase: Any = phases[stage.name].make()
            mechanism: Any = stage.mechanism
            if isinstance(phase, MeanEmbeddingPhase):
                shape, classes = tuple(self.facts.image_shape), dataset.num_classes
                found.append(ReleaseSubject(stage.name, mechanism, booked, phase.features, shape, classes, instrument))
                continue
            update = phase.update
            if not isinstance(update, PrivateUpdate) or update.mechanism != stage.mechanism:
                raise AuditError(f"Stage {stage.name} is not trained by the mechanism that it books.")
            learner = Learner(
                update.learning.network,
                update.learning.real_loss,
                update.learning.signature,  # type: ignore[arg-type]
                dataset.num_classes,
                update.optimizer,
                getattr(self.config, "clipping_method", "auto"),
            )
            found.append(DPSGDSubject(stage.name, stage.mechanism, booked, learner, instrument))
        return found

    def hosts(self) -> list[Host]:
        """One stage of each kind of mechanism, to plant faults in: the last."""
        shape = tuple(self.facts.image_shape)
        found = {
            type(stage.mechanism): Host(stage.name, stage.mechanism, self.ledger.booked(stage.name), shape)
            for stage in self.stages
        }
        return list(found.values())

    def _phases(self, dataset: Dataset, folder: Path) -> list[PhasePlan]:
        noise = self.stages[-1].mechanism.noise_multiplier
        plan = Plan(self.config, self.facts.num_examples, noise, self.stages, 0.0)
        run_dir = RunDirectory(folder / "rebuilt")
        if self.kind == CLASSIFIER:
            return ClassifierTraining(plan, dataset, run_dir).phases
        if self.kind == GENERATOR:
            return GeneratorTraining(plan, dataset, run_dir).phases
        return [PhasePlan(fine_tuning.FINE_TUNING, lambda: self._fine_tuning(dataset), self.stages[0])]

    def _fine_tuning(self, dataset: Dataset) -> GANPhase:
        """The fine-tuning of a slim run, on the generator that it released, which has the form of the first."""
        small, copy = (ReleasedGenerator.load(self.run_dir.generator) for _ in range(2))
        config = fine_tuning.training_config(self.config, small.config, self.facts.num_examples)
        networks: Networks = fine_tuning.FineTuningNetworks(small, copy, config)
        return GANPhase(fine_tuning.FINE_TUNING, config, dataset, networks, self.stages[0])


def open_run(model_dir: str) -> AuditedRun:
    """Opens a run.

    Raises:
        AuditError: it claims nothing that could be refuted, or it cannot be opened.
        ValueError: there is none, or its files do not fit each other.
    """
    run_dir = RunDirectory(model_dir)
    stored = run_dir.read_config()
    values = stored["config"]
    kind = SLIM if "teacher_dir" in values else GENERATOR if "method" in values else CLASSIFIER
    cls: type = {SLIM: SlimRunConfig, GENERATOR: TrainConfig, CLASSIFIER: ClassifierConfig}[kind]
    try:
        config: Any = from_dict(cls, values)
    except (TypeError, ValueError) as error:
        raise AuditError(
            f"{run_dir.config} was written by another version of tfdpgan ({error}). Audit it with that version."
        ) from None
    ledger = open_ledger(run_dir, values.get("accountant", "pld"))
    facts = DataFacts.from_json(stored["data"])
    delta = values["delta"]
    claim = ledger.epsilon(delta)
    _require_claim(run_dir, ledger, claim, stored)
    stages = booked_stages(config, facts, ledger)
    _require_known(stages, ledger)
    ancestors = ledger.to_json()["ancestors"]
    where = (stored.get("parent") or {}).get("model_dir")
    not_tried = tuple(
        NotTried(f"accesses of the run that it descends from, {name}", f"audit that run: --model_dir={where or name}")
        for name in ancestors
    )
    trained_with, present = stored.get("versions", {}).get("tfdpgan"), versions().get("tfdpgan")
    if ledger.has_truncated_noise or trained_with != present:
        not_tried += (
            NotTried("the program that trained this run", f"it was version {trained_with}; this is {present}"),
        )
    return AuditedRun(run_dir, kind, config, facts, ledger, delta, claim, stages, not_tried)


def blank_dataset(facts: DataFacts) -> Dataset:
    """Black images, as many as the run had and of their form, in no memory."""
    pixels = np.broadcast_to(np.zeros((1, *facts.image_shape), np.uint8), (facts.num_examples, *facts.image_shape))
    if not facts.class_names:
        return Dataset("crafted", pixels)
    labels = (np.arange(facts.num_examples) % len(facts.class_names)).astype(np.int32)
    return Dataset("crafted", pixels, labels, facts.class_names)


def _require_claim(run_dir: RunDirectory, ledger: Ledger, claim: float, stored: dict[str, Any]) -> None:
    state = ledger.to_json()
    if math.isinf(claim):
        raise AuditError(f"{run_dir.path} claims no privacy (epsilon is infinite): there is nothing to refute.")
    if not any(entry["booked_steps"] for entry in state["stages"].values()):
        if state["ancestors"]:
            parent = (stored.get("parent") or {}).get("model_dir") or "its parent"
            raise AuditError(
                f"{run_dir.path} read no private image itself: what it claims is what the run that it descends from "
                f"did. Audit that one: --model_dir={parent}."
            )
        raise AuditError(f"{run_dir.path} has booked no access to private images: there is nothing to audit.")
    if state["fixed_seeds"]:
        raise AuditError(
            f"{run_dir.path} was trained with a fixed seed for its noise, and its card says that it is not private: "
            "there is nothing to refute. Train without --noise_seed."
        )


def _require_known(stages: tuple[PrivateStage, ...], ledger: Ledger) -> None:
    booked = {name for name, entry in ledger.to_json()["stages"].items() if entry["booked_steps"]}
    missing = booked - {stage.name for stage in stages}
    unknown = [stage for stage in stages if type(stage.mechanism) not in REVIEWED]
    if missing or unknown:
        names = ", ".join(sorted(missing) + [stage.name for stage in unknown])
        raise AuditError(
            f"The audit knows DP-SGD, Gaussian releases and gradient sanitizers, and not the mechanism of: {names}."
        )
