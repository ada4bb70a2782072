# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The training of a generator: the networks that its methods share, their phases, and what is released in the end."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tf_keras as keras

from tfdpgan.data.dataset import Dataset
from tfdpgan.generation.provenance import provenance_of
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.generation.released_classifier import ReleasedClassifier
from tfdpgan.generation.released_discriminator import ReleasedDiscriminator
from tfdpgan.methods import candidates_of, chain_of
from tfdpgan.models import ModelConfig
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.run import RunDirectory
from tfdpgan.training.callbacks import Callback
from tfdpgan.training.networks import Networks, image_shape
from tfdpgan.training.phase import PhasePlan
from tfdpgan.training.plan import Plan
from tfdpgan.training.prune_and_grow.settings import PruneAndGrowConfig
from tfdpgan.training.prune_and_grow.sparse_run import SparseRun
from tfdpgan.training.prune_and_grow.sparse_training import is_sparse_training
from tfdpgan.training.session import SAME_IMAGES, Session
from tfdpgan.training.snapshots import GeneratorSnapshots

_PUBLIC_INPUTS = (
    "labels of generated images, uniform over the classes",
    "initial weights and latents, drawn from --seed",
)
_NOT_COVERED = (
    "the time that the training took, which depends slightly on the size of the drawn batches",
    SAME_IMAGES,
)


class GeneratorTraining:
    """What the methods of a generator are given, and what a session runs.

    Args:
        plan: from `tfdpgan.methods.planning.make_plan`, for the number of images of `dataset`.
        dataset: the images.
        run_dir: where the run lives.

    Raises:
        ValueError: for settings or networks that cannot be trained under the plan.

    Attributes:
        config: the resolved settings.
        networks: generator, its average and discriminator; a phase sets the judge and the features.
        pretrained_classifier: of the run that this one starts from: images to logits of its classes; None for none.
        parent: that run, for config.json; None for none.
    """

    def __init__(self, plan: Plan, dataset: Dataset, run_dir: RunDirectory) -> None:
        self.plan = plan
        self.config = plan.config
        self.dataset = dataset
        self.run_dir = run_dir
        self.networks = Networks(image_shape(dataset), plan.config)
        self._keeps_discriminator = False
        self._kept_classifier: keras.Model | None = None
        self.pretrained_classifier: keras.Model | None = None
        self.parent: dict[str, Any] | None = None
        self._note_ancestor: Callable[[Ledger], None] = lambda ledger: None
        self._ancestor_facts: dict[str, Any] = {}
        self._methods = [(method, method.load_phases()) for method in chain_of(plan.config)]
        self.phases: list[PhasePlan] = [phase for _, module in self._methods for phase in module.phases(self)]
        self.withheld = self._methods[-1][0].withholds
        self.unreviewed = [f"method {method.name}" for method, _ in self._methods if not method.reviewed_by]

    def keep_discriminator(self) -> None:
        """A method says that its discriminator may be released: it was trained by DP-SGD, or without privacy."""
        self._keeps_discriminator = True

    def keep_classifier(self, classifier: keras.Model) -> None:
        """A method says that its classifier may be released, as above: images `[n, h, w, c]` to logits."""
        self._kept_classifier = classifier

    def descend_from(self, parent: dict[str, Any], note: Callable[[Ledger], None], card_facts: dict[str, Any]) -> None:
        """A method says that the networks start from those of another run.

        Args:
            parent: that run, for config.json.
            note: tells the ledger of it.
            card_facts: fields of CardFacts that speak of it.
        """
        self.parent, self._note_ancestor, self._ancestor_facts = parent, note, card_facts

    def note_accesses(self, ledger: Ledger) -> None:
        """What the run that this one starts from did; all else, stages say."""
        self._note_ancestor(ledger)

    def callbacks(self, ledger: Ledger) -> list[Callback]:
        """Snapshots, and the pair of a sparse training, where they are asked for."""
        last = max(index for index, phase in enumerate(self.phases) if phase.draws)
        names, every = [phase.name for phase in self.phases[: last + 1]], self.config.snapshots_every

        def save(folder: Path) -> None:
            self.save_generator(ledger, folder)

        found: list[Callback] = [GeneratorSnapshots(self.run_dir, names, every, save)] if every else []
        reads_batches = self._methods[-1][0].reads_batches
        prunes = any(PruneAndGrowConfig in method.settings for method in candidates_of(self.config))
        if not (prunes and is_sparse_training(self.config)):
            return found
        return [*found, SparseRun(self.run_dir, names[-1], self.config, self.networks, save, reads_batches)]

    def card_facts(self) -> dict[str, Any]:
        """What the methods say of themselves, and what is public."""
        facts: dict[str, Any] = {"clip_generated": None, **self._ancestor_facts}
        for _, module in self._methods:
            facts |= module.card_facts(self) if hasattr(module, "card_facts") else {}
        not_covered = facts.get("accesses_not_covered", ())
        return {
            **facts,
            "public_inputs": (*self.dataset.public_facts, *_PUBLIC_INPUTS),
            "accesses_not_covered": (*not_covered, *_NOT_COVERED),
        }

    def save_generator(self, ledger: Ledger, folder: Path) -> None:
        """Writes the averaged generator, with what the ledger says of it now, into an empty folder."""
        ReleasedGenerator(
            self.networks.averaged.model,
            image_shape(self.dataset),
            self._model_config,
            self.dataset.class_names,
            provenance_of(self.dataset, ledger, self.config),
        ).save(folder)

    def release(self, ledger: Ledger) -> None:
        """Writes what leaves the run: discriminator and classifier, where a method permits it, then the generator."""
        if self._kept_classifier is not None:
            with self.run_dir.replacing_folder(self.run_dir.auxiliary_classifier) as folder:
                ReleasedClassifier(self._kept_classifier, provenance_of(self.dataset, ledger, self.config)).save(folder)
        if self._keeps_discriminator:
            with self.run_dir.replacing_folder(self.run_dir.discriminator) as folder:
                ReleasedDiscriminator(
                    self.networks.discriminator,
                    image_shape(self.dataset),
                    self._model_config,
                    provenance_of(self.dataset, ledger, self.config),
                ).save(folder)
        with self.run_dir.replacing_folder(self.run_dir.generator) as folder:
            self.save_generator(ledger, folder)

    @property
    def _model_config(self) -> ModelConfig:
        return ModelConfig(
            **{field.name: getattr(self.config, field.name) for field in dataclasses.fields(ModelConfig)}
        )


def make_session(plan: Plan, dataset: Dataset) -> Session:
    """A training that is ready to run; raises ValueError for what cannot be trained, before a file is written."""
    return Session(plan, dataset, lambda run_dir: GeneratorTraining(plan, dataset, run_dir))
