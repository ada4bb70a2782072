#!/usr/bin/env python3
# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Trains a classifier on private images under DP-SGD: the baseline that a private GAN is compared with.

Prints the plan with its epsilon first, and the accuracy on the test split at the end. That split is taken to be
PUBLIC: no epsilon is counted for it. With --dataset=folder it is test/, elsewhere --holdout sets images aside.
"""

import dataclasses
import math
import sys

from absl import flags

from tfdpgan import command_line
from tfdpgan.config.flags import define_flags, from_flags
from tfdpgan.methods.classifier.settings import ClassifierConfig

define_flags(ClassifierConfig)
flags.DEFINE_bool("dry_run", False, "Print the plan and stop.")


def main():
    config = from_flags(ClassifierConfig, flags.FLAGS)
    from tfdpgan import api  # imports TensorFlow: after the flags have been checked
    from tfdpgan.privacy.accounting.epsilon_text import epsilon_text

    dataset = api.load_data(config)
    plan = api.plan_classifier(config, dataset.num_examples)
    print(plan.summary(), flush=True)
    if flags.FLAGS.dry_run:
        return "Dry run: nothing was trained.", {
            "epsilon": _number(plan.epsilon),
            "delta": config.delta,
            "steps": plan.config.steps,
        }
    finished = api.finished_before(plan)
    result = api.train_classifier(plan, dataset)
    if result.accuracy is None:
        score = "No accuracy: this data set has no test split, and no --holdout was set aside"
    else:
        score = f"Accuracy {result.accuracy:.2%} on {len(dataset.test_labels)} test images (taken to be public)"
    if finished:
        score = f"Nothing to do, this run {finished}. {score}"
    text = (
        f"{score}; epsilon = {epsilon_text(result.epsilon)} at delta = {result.delta:g}.\n"
        f"  card:    {result.model_dir}/privacy_card.md\n"
        f"  network: {result.model_dir}/released/classifier/classifier.keras"
    )
    return text, {**dataclasses.asdict(result), "epsilon": _number(result.epsilon)}


def _number(value):
    return value if math.isfinite(value) else str(value)


if __name__ == "__main__":
    example = "train_dp_classifier.py --dataset=digits --holdout=0.17 --noise_multiplier=1.3 --batch_size=250"
    sys.exit(command_line.run(main, ClassifierConfig, example))
