#!/usr/bin/env python3
# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Tries to refute the epsilon that a run claims, and plants faults to see whether it could.

Builds the run's mechanisms again, on crafted images: no private image is read. Probes of clip, noise and draws;
canaries whose inclusion is forced; with --depth=full trainings that are attacked from outside. Writes audit.json and
audit.html into the run, and a paragraph on its card. An audit can refute a claim, and never proves one.
"""

import sys

from absl import flags

from tfdpgan import command_line
from tfdpgan.auditing.audit_config import AuditConfig
from tfdpgan.config.flags import define_flags, from_flags

define_flags(AuditConfig)


def main():
    config = from_flags(AuditConfig, flags.FLAGS)
    from tfdpgan import api  # imports TensorFlow: after the flags have been checked

    report = api.audit(config, lambda line: print(line, file=sys.stderr, flush=True))
    return f"{report.table}\n  written: {', '.join(report.paths)}", report.content


if __name__ == "__main__":
    example = "audit_privacy.py --model_dir=my_run"
    sys.exit(command_line.run(main, AuditConfig, example))
