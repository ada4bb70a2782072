#!/usr/bin/env python3
# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Compares variants of a training, such as the rows of an ablation: trains each with several seeds, judges every run.

Takes every flag of train_dpgan.py and passes it on; each line of --variants names a variant and the flags in which it
differs. Each run has a directory of its own under --sweep_dir; the same command again goes on with what is missing.
Writes sweep.json and a PNG of samples, and prints a table: means and spread over the seeds. Each run costs its own
epsilon: letting several out costs more, and the total is printed.
"""

import sys

from absl import flags

from tfdpgan import command_line
from tfdpgan.config.flags import define_flags, from_flags
from tfdpgan.sweep.variants import ComparisonConfig

define_flags(ComparisonConfig)


def main():
    config = from_flags(ComparisonConfig, flags.FLAGS)
    from tfdpgan import api  # imports TensorFlow: after the flags have been checked

    report = api.sweep(config, lambda line: print(line, flush=True))
    return f"{report.table}\n  written: {', '.join(report.paths)}", report.content


if __name__ == "__main__":
    example = (
        "compare_variants.py --dataset=digits --holdout=0.17 --target_epsilon=10 --variants=configs/dpac_ablation.txt"
    )
    sys.exit(command_line.run(main, ComparisonConfig, example))
