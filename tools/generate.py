#!/usr/bin/env python3
# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Draws synthetic images from a trained run, or from its .tflite file. The format follows the path of --output:

  x.npz       arrays `images` (uint8) and `labels`
  x.tfrecord  tf.train.Example records with encoded PNGs
  x.png       one grid
  otherwise   a folder of PNGs, one subfolder for each class

Every file says that its images are synthetic. Drawing costs no privacy.
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

    count = api.generate(
        config.model_dir, config.num_images, config.output, config.class_name, config.seed, config.sampler
    )
    return f"{count} synthetic images in {config.output}", {"path": config.output, "num_images": count}


if __name__ == "__main__":
    example = "generate.py --model_dir=my_run --num_images=1000 --output=synthetic.npz"
    sys.exit(command_line.run(main, GenerateConfig, example))
