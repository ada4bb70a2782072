#!/usr/bin/env python3
# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Draws synthetic images from a trained run, or from its .tflite file. The format follows the path of --output:

  x.npz       arrays `images` (uint8), `labels` and, where the sampler reads them, `soft_labels`
  x.tfrecord  tf.train.Example records with encoded PNGs
  x.png       one grid
  otherwise   a folder of PNGs, one subfolder for each class

Every file says that its images are synthetic, and how they were drawn. Drawing costs no privacy, whichever sampler
does it: docs/sampling.md shows what each is good for.
"""

import sys

from absl import flags

from tfdpgan import command_line
from tfdpgan.config.flags import define_flags, from_flags
from tfdpgan.generation.generate_config import GenerateConfig

define_flags(GenerateConfig)


def main():
    config = from_flags(GenerateConfig, flags.FLAGS)
    from tfdpgan import api  # imports TensorFlow: after the flags have been checked

    drawn = api.generate_images(config)
    count = len(drawn.images)
    return (
        f"{count} synthetic images in {config.output} (sampler: {drawn.mark['sampler']})",
        {"path": config.output, "num_images": count, "mark": drawn.mark},
    )


if __name__ == "__main__":
    example = "generate.py --model_dir=my_run --num_images=1000 --output=synthetic.npz"
    sys.exit(command_line.run(main, GenerateConfig, example))
