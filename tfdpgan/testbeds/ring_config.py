# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of ring_of_gaussians.py. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import Settings, setting


@dataclasses.dataclass(frozen=True)
class RingConfig(Settings):
    """The ring of imbalanced Gaussians; other defaults are those of the paper's code."""

    seeds: int = setting(3, "Runs, with the seeds --seed, --seed + 1, ...", at_least=1)
    seed: int = setting(0, "Seed of the first run.", at_least=0)
    training_steps: int = setting(
        1500, "Steps of the GAN before its generator is frozen; the paper's code samples at 1000 to 9000.", above=0
    )
    shaping_steps: int = setting(
        1000,
        "Steps of the discriminator alone afterwards, on refined points for collaborative sampling and on plain ones "
        "for the baselines; 20 001 in the paper's code.",
        at_least=0,
    )
    shaping_batch_size: int = setting(250, "Points in a batch of these steps; 1000 in the paper's code.", at_least=8)
    batch_size: int = setting(1000, "Points in a batch of the GAN.", at_least=8)
    refine_steps: int = setting(25, "Most refinement steps of a point; 50 in the paper's code.", at_least=0)
    refine_rate: float = setting(0.2, "Step size of the refinement; 0.1 in the paper's code.", above=0)
    refine_until: float = setting(
        0.99, "Eta: a point is left alone once D is that large; the paper's code brakes instead.", above=0, below=1
    )
    rejection_percentile: float = setting(
        95.0,
        "Gamma of rejection sampling; the paper's code takes 100 with the largest logit of real points.",
        at_least=0,
        at_most=100,
    )
    metropolis_steps: int = setting(20, "Proposals for each point of Metropolis-Hastings.", at_least=1)
    num_points: int = setting(2000, "Points that each sampler is judged by.", at_least=100)
    output_dir: str = setting("ring", "Where ring.json and ring.png go.")
