#!/usr/bin/env python3
# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Compares samplers on the same trained GANs: plain, collaborative sampling (CS), and both with latent interpolation.

Trains a run for each seed (every flag of train_dpgan.py), draws from it by each sampler, and prints Frechet distance,
precision and recall: means and spread over the seeds. Writes samplers.json and a PNG of samples. The same command again
goes on with what is missing. Real images are the test split, which is taken to be PUBLIC.
"""

import sys

from absl import flags

from tfdpgan import command_line
from tfdpgan.config.flags import define_flags, from_flags
from tfdpgan.sweep.sampler_config import SamplerTableConfig

define_flags(SamplerTableConfig)


def main():
    config = from_flags(SamplerTableConfig, flags.FLAGS)
    from tfdpgan import api  # imports TensorFlow: after the flags have been checked

    report = api.compare_samplers(config, lambda line: print(line, flush=True))
    return f"{report.table}\n  written: {', '.join(report.paths)}", report.content


if __name__ == "__main__":
    example = "compare_samplers.py --flagfile=configs/mnist_fully_connected.cfg --sweep_dir=samplers"
    sys.exit(command_line.run(main, SamplerTableConfig, example))
