# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The plan of a training, made by the methods that its settings ask for. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from dp_accounting import ComposedDpEvent

from tfdpgan.config import ConfigError
from tfdpgan.methods import candidates_of, chain_of, rows
from tfdpgan.methods.expectation import expectation
from tfdpgan.methods.plan_config import PlanConfig, planned_settings
from tfdpgan.methods.train_config import TrainConfig
from tfdpgan.privacy import accounting
from tfdpgan.privacy.mechanisms import DPSGD, GradientSanitizer
from tfdpgan.training.plan import Note, Plan, PrivateStage, compose, plan_of_stages, resolve_batch_size

_SMALL_DATA = 5000  # below this a run takes few, small steps: the signal is soon spent
_STEPS_OF_SMALL_DATA = 60
_STEPS = 600
_USUAL_DELTA = 1e-5


def resolve(config: TrainConfig, num_examples: int) -> TrainConfig:
    """Fills in what was left open, from the number of images; raises ConfigError for what does not fit."""
    candidates = candidates_of(config)
    left_open = {name: value for name, value in candidates[-1].defaults.items() if getattr(config, name) is None}
    config = dataclasses.replace(config, **left_open)
    for method in candidates:
        config = method.resolve(config, num_examples)
    batch_size = resolve_batch_size(config, num_examples)
    steps = config.steps
    if steps is None and config.epochs is not None:
        steps = math.ceil(config.epochs * num_examples / batch_size)
    return dataclasses.replace(
        config,
        batch_size=batch_size,
        epochs=None,
        steps=steps or (_STEPS_OF_SMALL_DATA if num_examples < _SMALL_DATA else _STEPS),
        num_generated=config.num_generated or min(512, max(64, batch_size // 4)),
        model_dir=config.model_dir or f"runs/{config.dataset}",
    )


def _refuse_settings_of_others(config: TrainConfig) -> None:
    candidates = candidates_of(config)
    defaults = {field.name: field.default for field in dataclasses.fields(TrainConfig)}
    for row in rows().values():
        for name in () if row in candidates else row.exclusive:
            if getattr(config, name) != defaults[name]:
                raise ConfigError(
                    f"--{name} is for --method={row.name} alone. Received: {getattr(config, name)}, with --method="
                    f"{config.method}. Leave it out, or use --method={row.name}."
                )


def make_plan(config: TrainConfig, num_examples: int) -> Plan:
    """The plan of a run on `num_examples` images, its noise found where a budget was given.

    Args:
        config: the settings; open ones are resolved.
        num_examples: number of private images, taken as public.

    Raises:
        ConfigError: for settings that do not fit together.
        ValueError: for a budget that cannot be met.
    """
    _refuse_settings_of_others(config)
    config = resolve(config, num_examples)
    methods = chain_of(config)
    is_private = not (config.non_private or config.public_data)
    if is_private:
        check_delta(config.delta, num_examples)
    if config.target_epsilon is not None and not any(method.has_open_noise(config) for method in methods):
        raise ConfigError(
            "--target_epsilon finds the noise that is left open, and here every noise is given: leave out "
            "--target_epsilon, or --warm_start_noise_multiplier (or --classifier_noise_multiplier)."
        )

    descents = [method.descent(config) for method in methods if method.descent is not None]
    ancestors = ComposedDpEvent([each.event for each in descents]) if descents else None
    plan = plan_of_stages(config, num_examples, lambda noise: _stages(config, noise, num_examples), ancestors)
    noted = [descent.note for descent in descents]
    if not plan.stages:
        return dataclasses.replace(plan, notes=tuple(noted))
    noted += [
        note
        for method in methods
        for stage in method.stages(config, plan.noise_multiplier, num_examples)
        for note in method.notes(config, stage)
    ]
    if config.delta * num_examples >= 1:
        noted.append(_note_on_delta(config.delta, num_examples))
    return dataclasses.replace(plan, notes=tuple(noted))


def stages_of(config: TrainConfig, noise_multiplier: float, num_examples: int) -> tuple[PrivateStage, ...]:
    """The stages of a plan at a known noise, without what comes before: no file is read for it."""
    return _stages(resolve(config, num_examples), noise_multiplier, num_examples)


def with_settings(plan: Plan, **changes: Any) -> Plan:
    """The same plan for other settings that change no cost, such as the seed and the directory of a run."""
    config = dataclasses.replace(plan.config, **changes)
    stages = _stages(config, plan.noise_multiplier, plan.num_examples) if plan.stages else ()
    return dataclasses.replace(plan, config=config, stages=stages)


def _stages(config: TrainConfig, noise_multiplier: float, num_examples: int) -> tuple[PrivateStage, ...]:
    methods = chain_of(config)
    return tuple(stage for method in methods for stage in method.stages(config, noise_multiplier, num_examples))


def check_delta(delta: float, num_examples: int) -> None:
    """Raises ConfigError for a delta that would allow one of the images to be published as it is.

    Whoever publishes one image at random keeps (0, 1 / N)-privacy. Papers on data sets of more than 100 000 images use
    1e-5 all the same: up to that the plan says so, above it is refused.
    """
    if delta > _USUAL_DELTA and delta * num_examples >= 1:
        raise ConfigError(
            f"--delta must be below 1 / number of images, {1 / num_examples:.2g}: at {delta:g} one whole image might "
            f"be published within the guarantee. Leave it out for {_USUAL_DELTA:g}."
        )


def _note_on_delta(delta: float, num_examples: int) -> Note:
    return Note(
        "delta_times_images",
        delta * num_examples,
        f"delta = {delta:g} is not below 1 / number of images, {1 / num_examples:.2g}: papers do so, and a smaller one "
        "promises more",
    )


def privacy_of(config: PlanConfig) -> dict[str, Any]:
    """What plan_privacy.py prints: epsilon, delta, noise_multiplier, steps, accountant, sampling_probability."""
    own = {field.name: getattr(config, field.name) for cls in planned_settings() for field in dataclasses.fields(cls)}
    plan = make_plan(
        TrainConfig(
            **own,
            method=config.method,
            batch_size=config.batch_size,
            epochs=config.epochs,
            steps=config.steps,
            delta=config.delta,
            noise_multiplier=config.noise_multiplier,
            target_epsilon=config.target_epsilon,
            accountant=config.accountant,
            warm_start_noise_multiplier=config.warm_start_noise_multiplier,
            warm_start_steps=0 if config.warm_start_noise_multiplier is None else None,
        ),
        config.num_examples,
    )
    classic = {}
    if config.accountant == "rdp":
        classic = {"epsilon_by_classic_rdp": accounting.epsilon_by_classic_rdp(compose(plan.stages), config.delta)}
    return {
        "epsilon": plan.epsilon,
        "delta": config.delta,
        "noise_multiplier": plan.noise_multiplier,
        "steps": plan.config.steps,
        "stages": {stage.name: stage.num_steps for stage in plan.stages},
        "accountant": config.accountant,
        "sampling_probability": _sampling_probability(plan),
        "sampling": plan.stages[-1].mechanism.sampling,
        "unit": plan.stages[-1].mechanism.unit,
        "notes": [note.sentence for note in plan.notes],
        "expectation": expectation(config.num_examples, plan.epsilon).to_json(),
        **classic,
        **{note.name: note.value for note in plan.notes},
    }


def _sampling_probability(plan: Plan) -> float:
    """With which an image enters a step, or its shard is the one that a generated image is judged by."""
    mechanism = plan.stages[-1].mechanism
    if isinstance(mechanism, DPSGD):
        return mechanism.sampling_probability
    if isinstance(mechanism, GradientSanitizer) and not mechanism.carried_over:
        return 1 / mechanism.num_shards
    return 1.0
