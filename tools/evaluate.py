#!/usr/bin/env python3
# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Says how good generated images are: draws from a run (--model_dir) or reads --images, and compares with real ones.

Writes evaluation.json and report.html (samples, measures beside published figures, training curves, privacy card).
Real images are the test split, which is taken to be PUBLIC; measures that read private training images are left out
unless --allow_private_reference is given, and then marked. A run brings its data flags along.
"""

import sys

from absl import flags

from tfdpgan import command_line
from tfdpgan.config.flags import define_flags, from_flags
from tfdpgan.evaluation.evaluation_config import EvaluateConfig

define_flags(EvaluateConfig)


def main():
    config = from_flags(EvaluateConfig, flags.FLAGS)
    from tfdpgan import api  # imports TensorFlow: after the flags have been checked

    report = api.evaluate(config)
    return f"{report.table}\n  written: {', '.join(report.paths)}", report.content


if __name__ == "__main__":
    example = "evaluate.py --model_dir=my_run --num_images=10000"
    sys.exit(command_line.run(main, EvaluateConfig, example))
