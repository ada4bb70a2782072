#!/usr/bin/env python3
# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Compares samplers on the ring of eight imbalanced Gaussians of the paper on collaborative sampling, and draws it.

For each seed: trains a small GAN on points in the plane, shapes its discriminator on refined points (and, as long, on
plain ones for rejection sampling and Metropolis-Hastings), draws by each sampler, and says which share of the points
lies within three standard deviations of a mode, and how balanced the modes are. Writes ring.json and ring.png.
"""

import sys

from absl import flags

from tfdpgan import command_line
from tfdpgan.config.flags import define_flags, from_flags
from tfdpgan.testbeds.ring_config import RingConfig

define_flags(RingConfig)


def main():
    config = from_flags(RingConfig, flags.FLAGS)
    from tfdpgan import api  # imports TensorFlow: after the flags have been checked

    report = api.ring_of_gaussians(config, lambda line: print(line, flush=True))
    return f"{report.table}\n  written: {', '.join(report.paths)}", report.content


if __name__ == "__main__":
    sys.exit(command_line.run(main, RingConfig, "ring_of_gaussians.py --seeds=3 --output_dir=ring"))
