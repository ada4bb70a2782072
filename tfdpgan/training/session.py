# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One training in one run directory: opens or resumes it, declares the stages, runs the phases, keeps the card true."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from tfdpgan.config import changeable
from tfdpgan.data.dataset import Dataset
from tfdpgan.data.facts import DataFacts
from tfdpgan.data.fingerprints import Fingerprints
from tfdpgan.files import atomic
from tfdpgan.privacy.accounting.ledger import Ledger, LedgerError
from tfdpgan.privacy.statement import card
from tfdpgan.run import RunDirectory, RunError, command_line, versions
from tfdpgan.run_ledger import begin_ledger, open_ledger
from tfdpgan.training import callbacks as watch
from tfdpgan.training import loop
from tfdpgan.training.checkpoint import TrainingCheckpoint
from tfdpgan.training.phase import PhasePlan
from tfdpgan.training.plan import Plan
from tfdpgan.training.recipe import Recipe
from tfdpgan.training.retracing import one_trace_a_training

SAME_IMAGES = (
    "whether a run that is begun again was given the images that it began with: others are refused, on the screen"
)


class Session:
    """A training that is ready to run. Making one checks everything that can be checked without writing a file.

    Args:
        plan: what to do and what it costs.
        dataset: the images; None where none are read.
        make_recipe: the phases and what the card says of them, given the run directory.
        facts: what is public of the data, where no image is read.

    Raises:
        ValueError: for settings or networks that cannot be trained under the plan.

    Attributes:
        run_dir: where the run lives.
        recipe: what `make_recipe` made.
    """

    def __init__(
        self,
        plan: Plan,
        dataset: Dataset | None,
        make_recipe: Callable[[RunDirectory], Recipe],
        facts: DataFacts | None = None,
    ) -> None:
        self.plan = plan
        self.run_dir = RunDirectory(plan.config.model_dir)
        self._may_change = changeable(type(plan.config))  # what changes neither the result nor its cost
        self._dataset = dataset
        self._facts = DataFacts.of(dataset) if dataset is not None else facts
        if self.run_dir.exists:
            self._refuse_other_settings()
            self._refuse_other_images()
            if self.run_dir.has_results:
                self.open_ledger()  # refused before anything is made or written
        self.recipe = make_recipe(self.run_dir)

    def open_ledger(self) -> Ledger:
        """The ledger of a run that has begun, held against everything else that lies there."""
        return open_ledger(self.run_dir, self.plan.config.accountant)

    def complete(self, show_progress: bool) -> Ledger:
        """Trains to the end of the plan and releases, unless that was done before; returns the ledger."""
        if self.run_dir.is_finished:
            return self.open_ledger()
        with one_trace_a_training():
            ledger = self.run(show_progress)
            self.recipe.release(ledger)
        return ledger

    def run(self, show_progress: bool) -> Ledger:
        """Trains to the end of the plan, from the newest checkpoint on; returns the ledger."""
        self.run_dir.create()
        with self.run_dir.locked():
            if not self.run_dir.exists:
                config = dataclasses.asdict(self.plan.config)
                self.run_dir.write_config(config, self._facts.to_json(), self.recipe.parent, self.recipe.withheld)
            ledger = self._begin_ledger()
            self._remember_images()
            try:
                self._train(ledger, show_progress)
            except LedgerError:
                raise  # the card that is there may be the truth, and this ledger not
            except BaseException:
                self._write_card(ledger)
                raise
            self._write_card(ledger)
        return ledger

    @property
    def _is_private(self) -> bool:
        return self._dataset is not None and not self._dataset.is_public

    def _remember_images(self) -> None:
        """Keeps, in private/, by what an evaluation will know the training images of a private run.

        Those of a public one are kept apart: a private run that starts from it must not have read the same images.
        """
        if self._dataset is None:
            return
        is_public = self._dataset.is_public
        if Fingerprints.load(self.run_dir.private, is_public) is None:
            Fingerprints.of(self._dataset.pixels).save(self.run_dir.make_private(), is_public)

    def _train(self, ledger: Ledger, show_progress: bool) -> None:
        phases, callbacks = self.recipe.phases, self._callbacks(ledger, show_progress)
        reached = max((index for index, phase in enumerate(phases) if self._has_begun(phase)), default=0)
        for behind in phases[:reached]:
            _require_booked(behind, ledger)
        with loop.stop_requests() as stop_requested:
            for index, planned in enumerate(phases):
                if planned.is_finished():
                    continue
                phase = planned.make()
                checkpoint = TrainingCheckpoint(self._checkpoints_of(planned), phase.trackables)
                if index < reached:
                    self._require_trained(planned, checkpoint.restore())
                else:
                    loop.run_phase(
                        phase, ledger, checkpoint, callbacks, self.plan.config.steps_per_block, stop_requested
                    )
                if planned.finish is not None:
                    planned.finish(phase)

    def _require_trained(self, planned: PhasePlan, step: int) -> None:
        if step == 0:
            raise RunError(
                f"The checkpoints of phase {planned.name!r} are missing from {self.run_dir.checkpoints}, and later "
                "ones are there. Restore them from a copy, or train anew in an empty model_dir."
            )

    def _checkpoints_of(self, planned: PhasePlan) -> Any:
        return self.run_dir.checkpoints / planned.name

    def _has_begun(self, planned: PhasePlan) -> bool:
        return (self._checkpoints_of(planned) / "checkpoint").exists()

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
            if (received := self._facts.to_json()[name]) != value:
                raise RunError(
                    f"{self.run_dir.path} holds a run on data with {name} = {value}; received {received}. "
                    "Give the same data to go on with it, or another --model_dir for a new run."
                )

    def _refuse_other_images(self) -> None:
        """Compares with the fingerprints of a private run. The answer is for the trainer: no file depends on it."""
        known = Fingerprints.load(self.run_dir.private) if self._is_private else None
        if known is not None and not known.are_of(self._dataset.pixels):
            state = "finished" if self.run_dir.is_finished else "begun"
            raise RunError(
                f"{self.run_dir.path} holds a run that was {state} with other images. Give the same images for that "
                "one, or another --model_dir for a new run on these."
            )

    def _begin_ledger(self) -> Ledger:
        config = dataclasses.asdict(self.plan.config)
        bound = {name: value for name, value in config.items() if name not in self._may_change}
        settings = {"config": bound, "data": self._facts.to_json(), "parent": self.recipe.parent}
        ledger = begin_ledger(self.run_dir, self.plan.config.accountant, settings)
        for stage in self.plan.stages:
            ledger.declare(stage.name, stage.mechanism)
        for name in self.recipe.unreviewed:
            ledger.record_unreviewed(name)
        self.recipe.note_accesses(ledger)
        self._note_data(ledger)
        return ledger

    def _note_data(self, ledger: Ledger) -> None:
        """Tells the ledger what was public, what had no privacy, and what can be predicted."""
        config = self.plan.config
        if getattr(config, "noise_seed", None) is not None and self.plan.stages:
            for name in ("noise", "sampling"):
                ledger.record_fixed_seed(name)
        if self._dataset is None:
            return  # no image is read
        if config.public_data:
            ledger.record_public(f"data set {self._dataset.name}, declared public by its owner")
        elif getattr(config, "non_private", False):
            ledger.record_nonprivate(f"training on data set {self._dataset.name} without differential privacy")

    def _callbacks(self, ledger: Ledger, show_progress: bool) -> list[watch.Callback]:
        config, phases = self.plan.config, self.recipe.phases
        epsilon = watch.RunningEpsilon(self.plan, ledger)
        callbacks: list[watch.Callback] = [watch.MetricsLog(self.run_dir, [phase.name for phase in phases], epsilon)]
        if show_progress:
            callbacks.append(watch.ProgressBar(epsilon))
        if config.tensorboard:
            callbacks.append(watch.TensorBoard(self.run_dir, epsilon))
        drawing = [phase.name for phase in phases if phase.draws]
        if drawing:
            callbacks.append(watch.SampleGrids(self.run_dir, drawing, config.samples_every))
        return callbacks + self.recipe.callbacks(ledger)

    def _write_card(self, ledger: Ledger) -> None:
        ledger.write_epsilons([self.plan.config.delta])
        content = card.build_card(ledger, self._card_facts())
        atomic.write_json_atomically(self.run_dir.card_json, content)
        atomic.write_text_atomically(self.run_dir.card, card.render_markdown(content))

    def _card_facts(self) -> card.CardFacts:
        config, data, stages = self.plan.config, self._facts, self.plan.stages
        has_fixed_seed = getattr(config, "noise_seed", None) is not None
        facts = {
            "dataset_name": data.name,
            "dataset_is_public": data.is_public,
            "num_examples": data.num_examples,
            "image_shape": data.image_shape,
            "class_names": data.class_names or None,
            "delta": config.delta,
            **card.facts_of_mechanisms({stage.name: stage.mechanism for stage in stages}),
            "mechanisms": {stage.name: stage.card_row for stage in stages},
            "noise_seed_fixed": has_fixed_seed,
            "sampling_seed_fixed": has_fixed_seed,
            "tuning_runs": getattr(config, "tuning_runs", None),
            "command_line": command_line(),
            "versions": versions(),
            "distribution": getattr(config, "distribution", "one"),
            "target_epsilon": getattr(config, "target_epsilon", None),
        }
        return card.CardFacts(**{**facts, **self.recipe.card_facts()})


def _require_booked(planned: PhasePlan, ledger: Ledger) -> None:
    """Refuses a ledger that lacks accesses of a phase which the checkpoints have behind them."""
    stage = planned.reads
    if stage is not None and ledger.booked(stage.name) < stage.num_steps:
        raise LedgerError(
            f"The checkpoint has phase {planned.name!r} behind it, with {stage.num_steps} accesses, and the ledger has "
            f"booked {ledger.booked(stage.name)} of them. Restore the ledger, or train anew in an empty model_dir."
        )
