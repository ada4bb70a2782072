# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The plan of a run: its stages, what each may take from the private data, and the epsilon that this will cost.

A plan is made before any image is looked at, from the settings and the number of images alone (which is taken as
public). TensorFlow is not needed.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import dp_accounting

from tfdpgan.config import ConfigError, PlanConfig, TrainConfig
from tfdpgan.privacy import accounting
from tfdpgan.privacy.guarantee import epsilon_text
from tfdpgan.training.auxiliary import auxiliary_classifier

CLASSIFIER = "classifier"
MEAN_EMBEDDING = "mean_embedding"
DP_SGD = "dp_sgd"

_METHODS = ("dpgan", "mean_embedding")
_SMALL_DATA = 5000  # below this a run takes few, small steps: the signal is soon spent


@dataclasses.dataclass(frozen=True)
class PrivateStage:
    """One mechanism that reads the private data `num_steps` times.

    Attributes:
        name: the ledger's name of the stage.
        step_event: the dp_accounting event of one access.
        num_steps: how often the plan applies it.
        parameters: every constant of the mechanism; a resumed run must have the same.
        description: one sentence for the card.
    """

    name: str
    step_event: dp_accounting.DpEvent
    num_steps: int
    parameters: dict[str, Any]
    description: str

    @property
    def mechanism(self) -> dict[str, Any]:
        """What the card's table says of it."""
        names = ("noise_multiplier", "l2_norm_clip", "expected_batch_size")
        return {**{name: self.parameters.get(name) for name in names}, "planned_steps": self.num_steps}


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a run will do and cost. `epsilon` is infinite for a non-private run and 0 for public data."""

    config: TrainConfig
    num_examples: int
    noise_multiplier: float
    stages: tuple[PrivateStage, ...]
    epsilon: float

    def epsilon_after(self, num_steps: tuple[int, ...]) -> float:
        """Epsilon when each stage has been applied `num_steps` times, in the order of `stages`."""
        event = compose(self.stages, num_steps)
        return accounting.epsilon(event, self.config.delta, self.config.accountant)

    def summary(self) -> str:
        """The plan in the lines that the tools print before training."""
        config = self.config
        if config.public_data:
            return f"Plan: {config.steps} steps on {self.num_examples} images declared public. No privacy is spent."
        if config.non_private:
            return f"Plan: {config.steps} steps WITHOUT PRIVACY (epsilon = infinity)."
        lines = [f"Plan: epsilon = {epsilon_text(self.epsilon)} at delta = {config.delta:g} when the run has ended"]
        for stage in self.stages:
            constants = ", ".join(f"{name} {value:g}" for name, value in stage.parameters.items()
                                  if isinstance(value, (int, float)))
            accesses = "1 access" if stage.num_steps == 1 else f"{stage.num_steps} accesses"
            lines.append(f"  {stage.name}: {accesses}; {constants}")
        lines.append(f"  unit: one image, add or remove; Poisson sampling; accountant: {config.accountant.upper()}")
        return "\n".join(lines)


def resolve(config: TrainConfig, num_examples: int) -> TrainConfig:
    """Fills in what was left open, from the number of images; raises ConfigError for what does not fit."""
    if config.method not in _METHODS:
        raise ConfigError(f"--method must be one of {', '.join(_METHODS)}. Received: {config.method}.")
    batch_size = resolve_batch_size(config, num_examples)
    small = num_examples < _SMALL_DATA
    steps = config.steps
    if steps is None and config.epochs is not None:
        steps = math.ceil(config.epochs * num_examples / batch_size)
    private = not (config.non_private or config.public_data)
    warm_start_steps = config.warm_start_steps
    if warm_start_steps is None:
        warm_start_steps = 600 if private or config.method == "mean_embedding" else 0
    if config.classifier_length_scales is not None and not config.classifier_steps:
        raise ConfigError("--classifier_length_scales describes images by a classifier: give --classifier_steps too.")
    if config.method == "mean_embedding" and not warm_start_steps:
        raise ConfigError("--method=mean_embedding needs --warm_start_steps above 0: these are its only steps.")
    return dataclasses.replace(
        config,
        batch_size=batch_size,
        epochs=None,
        steps=steps or (60 if small else 600),
        num_generated=config.num_generated or min(512, max(64, batch_size // 4)),
        warm_start_steps=warm_start_steps,
        model_dir=config.model_dir or f"runs/{config.dataset}",
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


def make_plan(config: TrainConfig, num_examples: int) -> Plan:
    """The plan of a run on `num_examples` images, its noise found where a budget was given.

    Args:
        config: the settings; open ones are resolved.
        num_examples: number of private images, taken as public.

    Raises:
        ConfigError: for settings that do not fit together.
        ValueError: for a budget that cannot be met.
    """
    config = resolve(config, num_examples)
    if config.target_epsilon is not None and not _has_open_noise(config):
        raise ConfigError(
            "--target_epsilon finds the noise that is left open, and here every noise is given: leave out "
            "--target_epsilon, or --warm_start_noise_multiplier (or --classifier_noise_multiplier)."
        )
    return plan_of_stages(config, num_examples, lambda noise: _stages(config, noise, num_examples))


def _has_open_noise(config: TrainConfig) -> bool:
    """Whether some stage takes its noise from --noise_multiplier or --target_epsilon."""
    return (
        config.method == "dpgan"
        or not config.warm_start_noise_multiplier
        or bool(config.classifier_steps and not config.classifier_noise_multiplier)
    )


def plan_of_stages(
    config: Any, num_examples: int, stages_with: Callable[[float], tuple[PrivateStage, ...]]
) -> Plan:
    """The plan of a resolved config whose private stages, for a noise multiplier, are `stages_with(noise_multiplier)`.

    Raises:
        ValueError: for a budget that cannot be met.
    """
    if config.non_private or config.public_data:
        return Plan(config, num_examples, 0.0, (), 0.0 if config.public_data else math.inf)

    def planned_event(noise_multiplier: float) -> dp_accounting.DpEvent:
        stages = stages_with(noise_multiplier)
        return compose(stages, tuple(stage.num_steps for stage in stages))

    noise_multiplier = config.noise_multiplier or accounting.noise_multiplier_for_epsilon(
        planned_event, config.target_epsilon, config.delta, config.accountant
    )
    epsilon = accounting.epsilon(planned_event(noise_multiplier), config.delta, config.accountant)
    return Plan(config, num_examples, noise_multiplier, stages_with(noise_multiplier), epsilon)


def compose(stages: tuple[PrivateStage, ...], num_steps: tuple[int, ...]) -> dp_accounting.DpEvent:
    """One event for `num_steps` accesses by each stage."""
    return dp_accounting.ComposedDpEvent([
        dp_accounting.SelfComposedDpEvent(stage.step_event, count)
        for stage, count in zip(stages, num_steps, strict=True)
        if count
    ])


def privacy_of(config: PlanConfig) -> dict[str, Any]:
    """What plan_privacy.py prints: epsilon, delta, noise_multiplier, steps, accountant, sampling_probability."""
    plan = make_plan(
        TrainConfig(
            batch_size=config.batch_size, epochs=config.epochs, steps=config.steps, delta=config.delta,
            noise_multiplier=config.noise_multiplier, target_epsilon=config.target_epsilon,
            accountant=config.accountant,
            warm_start_noise_multiplier=config.warm_start_noise_multiplier,
            warm_start_steps=0 if config.warm_start_noise_multiplier is None else None,
        ),
        config.num_examples,
    )
    classic = {}
    if config.accountant == "rdp":
        event = compose(plan.stages, tuple(stage.num_steps for stage in plan.stages))
        classic = {"epsilon_by_classic_rdp": accounting.epsilon_by_classic_rdp(event, config.delta)}
    return {
        "epsilon": plan.epsilon, "delta": config.delta, "noise_multiplier": plan.noise_multiplier,
        "steps": plan.config.steps, "accountant": config.accountant,
        "sampling_probability": config.batch_size / config.num_examples, **classic,
    }


def _stages(config: TrainConfig, noise_multiplier: float, num_examples: int) -> tuple[PrivateStage, ...]:
    stages = []
    if config.classifier_steps:
        own = auxiliary_classifier(config, num_examples, config.classifier_noise_multiplier or noise_multiplier)
        stages.append(dp_sgd_stage(own, own.noise_multiplier, num_examples, "classifier steps", CLASSIFIER))
    if config.warm_start_steps:
        stages.append(_mean_embedding_stage(config, config.warm_start_noise_multiplier or noise_multiplier))
    if config.method == "dpgan":
        stages.append(dp_sgd_stage(config, noise_multiplier, num_examples, "discriminator steps"))
    return tuple(stages)


def _mean_embedding_stage(config: TrainConfig, noise_multiplier: float) -> PrivateStage:
    return PrivateStage(
        MEAN_EMBEDDING, accounting.gaussian_event(noise_multiplier), 1,
        {"noise_multiplier": noise_multiplier, "l2_norm_clip": 1.0, "num_frequencies": config.num_frequencies,
         "length_scales": config.length_scales,
         "scattering_length_scales": config.scattering_length_scales or "none",
         "classifier_length_scales": config.classifier_length_scales or "none"},
        "one release of the class-wise sums of random features of all images, each of l2 norm at most 1, plus "
        "Gaussian noise",
    )


def dp_sgd_stage(
    config: Any, noise_multiplier: float, num_examples: int, steps_of: str, name: str = DP_SGD
) -> PrivateStage:
    """The steps of DP-SGD on Poisson batches that `config` asks for.

    Args:
        config: with the resolved fields `batch_size`, `steps`, and the fields of PrivacyConfig.
        noise_multiplier: standard deviation of the noise over the clip.
        num_examples: number of private images.
        steps_of: what the card calls these steps, such as "discriminator steps".
        name: the ledger's name of the stage.
    """
    sampling_probability = config.batch_size / num_examples
    microbatch_size = 1 if config.microbatches is None else config.batch_size // config.microbatches
    event = accounting.dp_sgd_event(noise_multiplier, sampling_probability, 1, microbatch_size)
    clipping = [name for name in ("per_layer", "automatic") if getattr(config, f"{name}_clipping")]
    bounded = "normalised" if config.automatic_clipping else "clipped"
    each = "one by one" if microbatch_size == 1 else f"in random groups of {microbatch_size}"
    return PrivateStage(
        name, event, config.steps,
        {"noise_multiplier": noise_multiplier, "l2_norm_clip": config.l2_norm_clip,
         "expected_batch_size": config.batch_size, "num_examples": num_examples,
         "sampling_probability": sampling_probability, "microbatch_size": microbatch_size,
         "clipping": ", ".join(clipping) or "flat"},
        f"{steps_of}: the gradients of a Poisson-sampled batch of real images, {bounded} {each} and "
        "summed, plus Gaussian noise",
    )
