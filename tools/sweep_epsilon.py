#!/usr/bin/env python3
# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Draws utility against epsilon: trains at several noise multipliers or budgets, judges every run, draws the figures.

Takes every flag of train_dpgan.py and passes it on. Each run has a directory of its own under --sweep_dir; the same
command again goes on with what is missing. Writes sweep.json and PNGs. Each run costs its own epsilon: letting several
out costs more, and the total is printed.
"""

import sys

from absl import flags

from tfdpgan import command_line
from tfdpgan.config.flags import define_flags, from_flags
from tfdpgan.sweep.config import SweepConfig

define_flags(SweepConfig)


def main():
    config = from_flags(SweepConfig, flags.FLAGS)
    from tfdpgan import api  # imports TensorFlow: after the flags have been checked

    report = api.sweep(config, lambda line: print(line, flush=True))
    return f"{report.table}\n  written: {', '.join(report.paths)}", report.content


if __name__ == "__main__":
    example = "sweep_epsilon.py --dataset=digits --holdout=0.17 --target_epsilons=1,3,10 --seeds=1 --sweep_dir=my_sweep"
    sys.exit(command_line.run(main, SweepConfig, example))
