#!/usr/bin/env python3
# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Writes a run's generator as .tflite files for phones, with the privacy card inside.

Each file has the signature `generate` (z, and label where there are classes, to image) and fixed shapes. It is run
before it gets its name: images compared with the generator's, size and operators checked, latency measured. Exporting
reads no image and costs no privacy. --show prints the cards of a file.
"""

import sys

from absl import flags

from tfdpgan import command_line
from tfdpgan.config.flags import define_flags, from_flags
from tfdpgan.export.export_config import ExportConfig

define_flags(ExportConfig)


def main():
    config = from_flags(ExportConfig, flags.FLAGS)
    from tfdpgan import api  # imports TensorFlow: after the flags have been checked

    if config.show:
        cards = api.show_card_of(config.show)
        return cards.text, cards.content
    report = api.export_tflite(config)
    return report.table, report.content


if __name__ == "__main__":
    example = "export_tflite.py --model_dir=my_run --quantization=all"
    sys.exit(command_line.run(main, ExportConfig, example))
