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

_MODEL_DIR = flags.DEFINE_string(
    "model_dir", None, "The run directory of train_dpgan.py, or a .tflite file.", required=True
)
_NUM_IMAGES = flags.DEFINE_integer("num_images", 100, "How many images.", lower_bound=1)
_OUTPUT = flags.DEFINE_string("output", None, "Where to write: .npz, .tfrecord, .png, or a folder.", required=True)
_CLASS_NAME = flags.DEFINE_string("class_name", None, "Draw this class alone (default: all, equally often).")
_INTERPOLATE = flags.DEFINE_bool("interpolate", False, "Walk lines between pairs of latents, ten images a line.")
_SEED = flags.DEFINE_integer("seed", None, "Seed of the latents (default: different images at every call).")


def main():
    from tfdpgan import api

    count = api.generate(
        _MODEL_DIR.value, _NUM_IMAGES.value, _OUTPUT.value, _CLASS_NAME.value, _SEED.value, _INTERPOLATE.value
    )
    return f"{count} synthetic images in {_OUTPUT.value}", {"path": _OUTPUT.value, "num_images": count}


if __name__ == "__main__":
    sys.exit(command_line.run(main, "generate.py --model_dir=my_run --num_images=1000 --output=synthetic.npz"))
