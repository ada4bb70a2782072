#!/usr/bin/env python3
# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Measures what privacy costs in time and memory. Needs no data.

--what=private_step: one discriminator step without privacy, ours, TF Privacy's and (--peers) Opacus', in turns, each
in a process of its own. --what=epoch: an epoch of the 2020 paper's training, with and without privacy.
--what=critic_warm_up: a step of GS-WGAN's critics, all at once and one after the other.
Prints a table, and writes JSON and a plot into --output_dir. Run it on a machine that does nothing else.
"""

import sys

from absl import flags

from tfdpgan import command_line
from tfdpgan.benchmark.config import BenchmarkConfig
from tfdpgan.config.flags import define_flags, from_flags

define_flags(BenchmarkConfig)


def main():
    config = from_flags(BenchmarkConfig, flags.FLAGS)
    from tfdpgan import api

    report = api.benchmark(config)
    return f"{report.table}\n  written: {', '.join(report.paths)}", report.content


if __name__ == "__main__":
    example = "benchmark.py --what=private_step --models=dcgan2020 --batch_sizes=64,256"
    sys.exit(command_line.run(main, BenchmarkConfig, example))
