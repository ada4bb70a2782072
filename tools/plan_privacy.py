#!/usr/bin/env python3
# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Says what a training by DP-SGD would cost in epsilon, or which noise fits a budget. Needs no data.

With --warm_start_noise_multiplier the one release of the warm start is composed in.
"""

import sys

from absl import flags

from tfdpgan import command_line
from tfdpgan.config import PlanConfig
from tfdpgan.config_flags import define_flags, from_flags

define_flags(PlanConfig)


def main():
    from tfdpgan.training import plan

    result = plan.privacy_of(from_flags(PlanConfig, flags.FLAGS))
    text = (
        f"epsilon = {result['epsilon']:.4f} at delta = {result['delta']:g} ({result['accountant'].upper()})\n"
        f"  noise_multiplier {result['noise_multiplier']:.6g}, {result['steps']} steps, Poisson sampling with "
        f"probability {result['sampling_probability']:.6g}, add or remove one image"
    )
    if "epsilon_by_classic_rdp" in result:
        text += (
            f"\n  {result['epsilon_by_classic_rdp']:.4f} by the looser conversion from RDP of papers before 2020: "
            "compare published figures with this one"
        )
    return text, result


if __name__ == "__main__":
    sys.exit(command_line.run(
        main, "plan_privacy.py --num_examples=60000 --batch_size=250 --epochs=15 --noise_multiplier=1.3"
    ))
