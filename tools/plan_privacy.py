#!/usr/bin/env python3
# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Says what a private training would cost in epsilon, or which noise fits a budget. Needs no data.

With --warm_start_noise_multiplier the one release of the warm start is composed in, with --shaping_steps the DP-SGD
steps of discriminator shaping (free with --shaping_against=generated).
"""

import sys

from absl import flags

from tfdpgan import command_line
from tfdpgan.config.flags import define_flags, from_flags
from tfdpgan.methods.plan_config import PlanConfig
from tfdpgan.privacy.accounting.epsilon_text import epsilon_text

define_flags(PlanConfig)


def main():
    from tfdpgan.methods import planning
    from tfdpgan.methods.expectation import expectation

    config = from_flags(PlanConfig, flags.FLAGS)
    result = planning.privacy_of(config)
    text = (
        f"epsilon = {epsilon_text(result['epsilon'])} at delta = {result['delta']:g} ({result['accountant'].upper()})\n"
        f"  noise_multiplier {result['noise_multiplier']:.6g}, {result['steps']} steps, {result['sampling']} with "
        f"probability {result['sampling_probability']:.6g}; unit: {result['unit']}"
    )
    if len(result["stages"]) > 1:
        text += "\n  composed: " + ", ".join(f"{name} {count}" for name, count in result["stages"].items())
    text += "".join(f"\n  {sentence}" for sentence in result["notes"])
    if "epsilon_by_classic_rdp" in result:
        text += (
            f"\n  {epsilon_text(result['epsilon_by_classic_rdp'])} by the looser conversion from RDP of papers before "
            "2020: compare published figures with this one"
        )
    expected = expectation(config.num_examples, result["epsilon"])
    return f"{text}\n{expected.text()}", result


if __name__ == "__main__":
    example = "plan_privacy.py --num_examples=60000 --batch_size=250 --epochs=15 --noise_multiplier=1.3"
    sys.exit(command_line.run(main, PlanConfig, example))
