#!/usr/bin/env python3
# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Makes the generator of a run smaller: distils it, prunes channels, cuts them out, and lets the rest recover.

The teacher's run (--model_dir) stays as it is; the slim one (--output_dir) is a run of its own, for generate.py,
evaluate.py and export_tflite.py. It learns from images that the teacher draws, never from real ones: its epsilon is
exactly the teacher's. Writes slimming.json and slimming.html (before and after). An unfinished one goes on.
"""

import sys

from absl import flags

from tfdpgan import command_line
from tfdpgan.config.flags import define_flags, from_flags
from tfdpgan.slimming.slim_config import SlimConfig

define_flags(SlimConfig)


def main():
    config = from_flags(SlimConfig, flags.FLAGS)
    from tfdpgan import api  # imports TensorFlow: after the flags have been checked

    report = api.slim(config)
    return f"{report.table}\n  written: {', '.join(report.paths)}", report.content


if __name__ == "__main__":
    example = "slim_generator.py --model_dir=my_run --output_dir=my_slim_run"
    sys.exit(command_line.run(main, SlimConfig, example))
