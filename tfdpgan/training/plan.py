# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The plan of a run: its stages, what each may take from the private data, and the epsilon that this will cost.

A plan is made before any image is looked at, from the settings and the number of images alone (which is taken as
public). TensorFlow is not needed. Which stages there are is a method's business (`tfdpgan.methods`).
"""

from __future__ import annotations

import dataclasses
import html
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import dp_accounting

from tfdpgan.config import ConfigError
from tfdpgan.privacy import accounting
from tfdpgan.privacy.accounting.epsilon_text import epsilon_text
from tfdpgan.privacy.accounting.replace_one import REPLACE_ONE
from tfdpgan.privacy.mechanisms import DPSGD, Mechanism


@dataclasses.dataclass(frozen=True)
class PrivateStage:
    """One mechanism that reads the private data `num_steps` times.

    Attributes:
        name: the ledger's name of the stage.
        mechanism: what one access is. Event, constants and the card's sentence are its own.
        num_steps: how often the plan applies it.
    """

    name: str
    mechanism: Mechanism
    num_steps: int

    @property
    def card_row(self) -> dict[str, Any]:
        """What the card's table says of it."""
        return {**self.mechanism.card_row, "planned_steps": self.num_steps}


class Note(NamedTuple):
    """Something to know beside epsilon.

    Attributes:
        name: short, for machines.
        value: a number.
        sentence: for people, as a line of the plan.
    """

    name: str
    value: float
    sentence: str


class Descent(NamedTuple):
    """The run that a training starts from.

    Attributes:
        event: what it took from images that are not public.
        note: what the plan says of it.
    """

    event: dp_accounting.DpEvent
    note: Note


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a run will do and cost.

    Attributes:
        config: the resolved settings.
        num_examples: number of private images.
        noise_multiplier: what --noise_multiplier is, or was found to be; 0 without privacy.
        stages: in the order in which they run; empty without privacy.
        epsilon: of the whole run, ancestors included; infinite for a non-private run and 0 for public data.
        ancestors: what the runs that this one descends from took from private data.
        notes: what the methods say beside it.
    """

    config: Any
    num_examples: int
    noise_multiplier: float
    stages: tuple[PrivateStage, ...]
    epsilon: float
    ancestors: dp_accounting.DpEvent = dataclasses.field(default_factory=dp_accounting.NoOpDpEvent)
    notes: tuple[Note, ...] = ()

    def stage(self, name: str) -> PrivateStage | None:
        """The stage of that name, or None."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def epsilon_after(self, num_steps: tuple[int, ...]) -> float:
        """Epsilon of the ancestors, and when each stage has been applied `num_steps` times, in order of `stages`."""
        event = compose(self.stages, num_steps, self.ancestors)
        return accounting.epsilon(event, self.config.delta, self.config.accountant)

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"

    def summary(self) -> str:
        """The plan in the lines that the tools print before training."""
        config = self.config
        if config.public_data:
            return f"Plan: {config.steps} steps on {self.num_examples} images declared public. No privacy is spent."
        if config.non_private:
            return f"Plan: {config.steps} steps WITHOUT PRIVACY (epsilon = infinity)."
        lines = [f"Plan: epsilon = {epsilon_text(self.epsilon)} at delta = {config.delta:g} when the run has ended"]
        for stage in self.stages:
            parameters = stage.mechanism.parameters.items()
            constants = ", ".join(f"{name} {value:g}" for name, value in parameters if isinstance(value, (int, float)))
            accesses = "1 access" if stage.num_steps == 1 else f"{stage.num_steps} accesses"
            lines.append(f"  {stage.name}: {accesses}; {constants}")
        mechanisms = [stage.mechanism for stage in self.stages]
        replaced = [mechanism for mechanism in mechanisms if mechanism.adjacency == REPLACE_ONE]
        unit = "; ".join(dict.fromkeys(mechanism.unit for mechanism in replaced or mechanisms))
        sampling = "; ".join(dict.fromkeys(mechanism.sampling for mechanism in mechanisms if mechanism.sampling))
        words = [unit, *([sampling] if sampling else []), f"accountant: {config.accountant.upper()}"]
        lines.append(f"  unit: {'; '.join(words)}")
        lines += [f"  {note.sentence}" for note in self.notes]
        return "\n".join(lines)


def compose(
    stages: tuple[PrivateStage, ...],
    num_steps: tuple[int, ...] | None = None,
    ancestors: dp_accounting.DpEvent | None = None,
) -> dp_accounting.DpEvent:
    """One event for `num_steps` accesses by each stage (None: as planned), after what the ancestors did."""
    counts = tuple(stage.num_steps for stage in stages) if num_steps is None else num_steps
    events = [
        dp_accounting.SelfComposedDpEvent(stage.mechanism.event, count)
        for stage, count in zip(stages, counts, strict=True)
        if count
    ]
    has_ancestors = ancestors is not None and not isinstance(ancestors, dp_accounting.NoOpDpEvent)
    return dp_accounting.ComposedDpEvent([ancestors, *events] if has_ancestors else events)


def plan_of_stages(
    config: Any,
    num_examples: int,
    stages_with: Callable[[float], tuple[PrivateStage, ...]],
    ancestors: dp_accounting.DpEvent | None = None,
) -> Plan:
    """The plan of a resolved config whose private stages, for a noise multiplier, are `stages_with(noise_multiplier)`.

    Args:
        config: with `non_private`, `public_data`, `noise_multiplier`, `target_epsilon`, `delta` and `accountant`.
        num_examples: number of private images.
        stages_with: the stages; where a budget was given, the noise is found by trying.
        ancestors: what earlier runs took; the budget is for them too.

    Raises:
        ValueError: for a budget that cannot be met.
    """
    ancestors = dp_accounting.NoOpDpEvent() if ancestors is None else ancestors
    _require_steps_to_distribute(config, stages_with)
    if config.non_private or config.public_data:
        epsilon = math.inf if config.non_private else accounting.epsilon(ancestors, config.delta, config.accountant)
        return Plan(config, num_examples, 0.0, (), epsilon, ancestors)

    def planned_event(noise_multiplier: float) -> dp_accounting.DpEvent:
        return compose(stages_with(noise_multiplier), ancestors=ancestors)

    noise_multiplier = config.noise_multiplier or accounting.noise_multiplier_for_epsilon(
        planned_event, config.target_epsilon, config.delta, config.accountant
    )
    epsilon = accounting.epsilon(planned_event(noise_multiplier), config.delta, config.accountant)
    return Plan(config, num_examples, noise_multiplier, stages_with(noise_multiplier), epsilon, ancestors)


def _require_steps_to_distribute(config: Any, stages_with: Callable[[float], tuple[PrivateStage, ...]]) -> None:
    if getattr(config, "distribution", "one") == "one":
        return
    is_private = not (config.non_private or config.public_data)
    if not is_private or not any(isinstance(stage.mechanism, DPSGD) for stage in stages_with(1.0)):
        raise ConfigError(
            f"--distribution={config.distribution} spreads private steps of DP-SGD over devices, and this run has "
            "none: leave it out."
        )


def resolve_batch_size(config: Any, num_examples: int, most: int = 2048) -> int:
    """The expected batch size, a sixth of the images up to `most` where it is open; ConfigError if it cannot be."""
    batch_size = config.batch_size or min(most, max(1, num_examples // 6))
    if batch_size > num_examples:
        raise ConfigError(
            f"--batch_size must be at most the number of images, {num_examples}. Received: {batch_size}. "
            "Leave it out for a sixth of the images."
        )
    if config.microbatches is not None and batch_size % config.microbatches:
        raise ConfigError(
            f"--microbatches must divide the batch size, {batch_size}: that many images for one of them, or "
            f"{batch_size} for one image each (the default). Received: {config.microbatches}."
        )
    return batch_size


def dp_sgd_stage(name: str, config: Any, noise_multiplier: float, num_examples: int, steps_of: str) -> PrivateStage:
    """The steps of DP-SGD that `config` asks for.

    Args:
        name: the ledger's name of the stage.
        config: with the resolved fields `batch_size`, `steps`, and the fields of PrivacyConfig.
        noise_multiplier: standard deviation of the noise over the clip.
        num_examples: number of private images.
        steps_of: what the card calls these steps, such as "discriminator steps".
    """
    mechanism = DPSGD(
        noise_multiplier=noise_multiplier,
        clip=config.l2_norm_clip,
        batch_size=config.batch_size,
        num_examples=num_examples,
        num_microbatches=config.microbatches,
        per_layer_clipping=config.per_layer_clipping,
        automatic_clipping=config.automatic_clipping,
        steps_of=steps_of,
    )
    return PrivateStage(name, mechanism, config.steps)
