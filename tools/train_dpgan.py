#!/usr/bin/env python3
# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Trains a GAN on private images under differential privacy, and writes down what it cost.

The plan, with the epsilon of the whole run, is printed before the first image is used. An unfinished run in the same
--model_dir goes on where it was.
"""

import dataclasses
import math
import sys

from absl import flags

from tfdpgan import command_line
from tfdpgan.config.flags import define_flags, from_flags
from tfdpgan.methods.train_config import TrainConfig

_UNTIMED = "Expected time: this method's steps cannot be timed before it trains; the bar tells then."

define_flags(TrainConfig)
flags.DEFINE_bool("dry_run", False, "Print the plan and stop.")


def main():
    config = from_flags(TrainConfig, flags.FLAGS)
    from tfdpgan import api  # imports TensorFlow: after the flags have been checked
    from tfdpgan.privacy.accounting.epsilon_text import epsilon_text

    dataset = api.load_data(config)
    plan = api.plan(config, dataset.num_examples)
    print(f"{plan.summary()}\n  data: {dataset.summary()}", *api.expectation_of(plan, dataset), sep="\n", flush=True)
    if flags.FLAGS.dry_run:
        api.check(plan, dataset)
        expected = api.expected_time_of(plan, dataset)
        print(expected.text() if expected else _UNTIMED, flush=True)
        return "Dry run: nothing was trained.", {
            "epsilon": _number(plan.epsilon),
            "delta": config.delta,
            "steps": plan.config.steps,
            "expected_seconds": expected and expected.seconds,
        }
    finished = api.finished_before(plan)
    if not finished:
        print("Expected time: the bar tells after the first steps; --dry_run measures it before any.", flush=True)
    result = api.train(plan, dataset)
    state = f"Nothing to do, this run {finished}" if finished else "Trained"
    text = (
        f"{state}: epsilon = {epsilon_text(result.epsilon)} at delta = {result.delta:g}.\n"
        f"  card:    {result.model_dir}/privacy_card.md\n"
        f"  samples: {result.model_dir}/samples\n"
        f"  next:    {command_line.beside('generate.py')} --model_dir={result.model_dir} --num_images=1000 "
        "--output=synthetic.npz"
    )
    return text, {**dataclasses.asdict(result), "epsilon": _number(result.epsilon)}


def _number(value):
    return value if math.isfinite(value) else str(value)


if __name__ == "__main__":
    example = "train_dpgan.py --dataset=digits --noise_multiplier=1.3 --model_dir=my_run"
    sys.exit(command_line.run(main, TrainConfig, example))
