#!/usr/bin/env python3
# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Measures what privacy costs in time and memory. Needs no data.

--what=private_step: one discriminator step without privacy, ours, TF Privacy's and (--peers) Opacus', in turns, each
in a process of its own. --what=epoch: an epoch of the 2020 paper's training, with and without privacy.
Prints a table, and writes JSON and a plot into --output_dir. Run it on a machine that does nothing else.
"""

import sys

from absl import flags

from tfdpgan import command_line
from tfdpgan.config_flags import define_flags, from_flags
from tfdpgan.evaluation.benchmark_config import BenchmarkConfig

define_flags(BenchmarkConfig)


def main():
    config = from_flags(BenchmarkConfig, flags.FLAGS)
    from tfdpgan import api

    report, table, paths = api.benchmark(config)
    return f"{table}\n  written: {', '.join(paths)}", report


if __name__ == "__main__":
    sys.exit(command_line.run(main, "benchmark.py --what=private_step --models=dcgan2020 --batch_sizes=64,256"))
