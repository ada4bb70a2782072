# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a private step costs: one run, all candidates in turns, each in a process of its own.

Three questions. `private_step`: one discriminator step on a batch of real images, without privacy, by our methods, by
TF Privacy and by Opacus. `epoch`: the 2020 seed's whole epoch (discriminator and generator) by the training's own code.
`critic_warm_up`: a step of all of GS-WGAN's critics, at once and one after the other.
"""

from __future__ import annotations

import dataclasses
import os
import platform
import sys
from collections.abc import Iterator
from typing import Any

from tfdpgan.benchmark.config import BenchmarkConfig
from tfdpgan.benchmark.interleaved import Candidate, Measurement, measure
from tfdpgan.benchmark.models import find_model

_STEPS = "tfdpgan.benchmark.steps"
_OPACUS_STEPS = "tfdpgan.benchmark.opacus_steps"
_EPOCH_STEPS = "tfdpgan.benchmark.epoch_steps"
_WARM_UP_STEPS = "tfdpgan.benchmark.warm_up_steps"

_OUR_CANDIDATES = ("plain", "book_keeping", "vectorized_map", "truncated_noise")
_PEER_CANDIDATES = ("torch_plain", "opacus_hooks", "opacus_functorch", "opacus_ew", "opacus_ghost")
_MOST_TF_PRIVACY_STEPS = 2
_NUM_EPOCH_IMAGES = 60_000


def run(config: BenchmarkConfig) -> dict[str, Any]:
    """Measures what `config` asks for.

    Returns:
        JSON data: `what`, `machine`, and `results`, one object for each candidate, model and batch size (see
        Measurement).
    """
    rows = list({"epoch": _epoch_rows, "critic_warm_up": _warm_up_rows}.get(config.what, _step_rows)(config))
    machine = {
        "cores": os.cpu_count(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }
    return {"what": config.what, "machine": machine, "settings": dataclasses.asdict(config), "results": rows}


def _step_rows(config: BenchmarkConfig) -> Iterator[dict[str, Any]]:
    for model in config.model_list:
        find_model(model).build()  # raises ConfigError before anything is measured
    for model in config.model_list:
        for batch_size in config.batch_size_list:
            found = measure(_step_candidates(config, model, batch_size), [config.steps_per_round] * config.rounds)
            for each in _with_equal_networks(found):
                yield {"model": model, "batch_size": batch_size, **each.to_json()}


def _step_candidates(config: BenchmarkConfig, model: str, batch_size: int) -> list[Candidate]:
    arguments = (model, str(batch_size))
    candidates = [Candidate(name, sys.executable, _STEPS, (name, *arguments), "plain") for name in _OUR_CANDIDATES]
    if config.tf_privacy:
        candidates.append(
            Candidate("tf_privacy", sys.executable, _STEPS, ("tf_privacy", *arguments), "plain", _MOST_TF_PRIVACY_STEPS)
        )
    if config.peers:
        python = config.peers_python or sys.executable
        candidates += [
            Candidate(name, python, _OPACUS_STEPS, (name, *arguments), "torch_plain") for name in _PEER_CANDIDATES
        ]
    return candidates


def _with_equal_networks(measurements: list[Measurement]) -> list[Measurement]:
    """Refuses figures of a network that is not the same one: another number of weights."""
    expected = measurements[0].facts["num_weights"]
    checked = []
    for each in measurements:
        weights = each.facts.get("num_weights", expected)
        if weights != expected:
            each = Measurement(
                each.candidate, f"not the same network: {weights} weights, not {expected}", facts=each.facts
            )
        checked.append(each)
    return checked


def _epoch_rows(config: BenchmarkConfig) -> list[dict[str, Any]]:
    batches = -(-_NUM_EPOCH_IMAGES // config.epoch_batch_size)
    measured = min(config.num_batches or batches, batches)
    per_round, left_over = divmod(measured, config.rounds)
    steps_of_rounds = [per_round + (index < left_over) for index in range(config.rounds)]
    candidates = [
        Candidate(name, sys.executable, _EPOCH_STEPS, (name, str(config.epoch_batch_size)), "plain_epoch")
        for name in ("plain_epoch", "private_epoch")
    ]
    common = {
        "model": "dcgan2020",
        "batch_size": config.epoch_batch_size,
        "batches_of_an_epoch": batches,
        "is_whole_epoch": measured == batches,
    }
    return [{**common, **each.to_json()} for each in measure(candidates, steps_of_rounds)]


def _warm_up_rows(config: BenchmarkConfig) -> Iterator[dict[str, Any]]:
    model = f"{config.num_critics} {config.critic} critics of {config.critic_width}"
    arguments = (config.critic, str(config.critic_width), str(config.num_critics))
    for batch_size in config.batch_size_list:
        candidates = [
            Candidate(name, sys.executable, _WARM_UP_STEPS, (name, *arguments, str(batch_size)), "one_by_one")
            for name in ("one_by_one", "at_once")
        ]
        for each in measure(candidates, [config.steps_per_round] * config.rounds):
            yield {"model": model, "batch_size": batch_size, **each.to_json()}
