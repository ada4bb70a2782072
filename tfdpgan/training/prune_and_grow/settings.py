# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of sparse training. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import Settings, setting


@dataclasses.dataclass(frozen=True)
class PruneAndGrowConfig(Settings):
    """Prune and regrow while training (Re-GAN, 2023), or lottery tickets. Costs no privacy."""

    prune_and_grow: str = setting(
        "none",
        "Whose smallest weights are zero by turns. The paper's is generator; pruning the discriminator hurt there.",
        choices=("none", "generator", "discriminator", "both"),
    )
    prune_sparsity: float = setting(0.3, "Share of each tensor that is zero while sparse.", above=0, below=1)
    prune_warm_up_steps: int | None = setting(
        None, "Dense steps before the first pruning (default: a quarter of --steps).", at_least=0
    )
    prune_interval: int | None = setting(
        None, "Steps of each sparse and each dense phase (default: an eighth of --steps).", above=0
    )
    prune_end: str = setting("dense", "How the run ends; both generators are kept.", choices=("dense", "sparse"))
    prune_dense_learning_rate: float = setting(
        0.1, "What the pruned network's learning rate is multiplied with in dense phases after the warm-up.", above=0
    )
    prune_regrowth: str = setting(
        "zero", "What regrown weights start from; random: as wide as the tensor's others.", choices=("zero", "random")
    )
    prune_tensors: str = setting(
        "kernels",
        "What is pruned; all: biases, scales and offsets too, as in the published code.",
        choices=("kernels", "all"),
    )
    prune_mask_every: int | None = setting(
        None,
        "Steps between two masks in one sparse phase, as in the published code (default: one mask, as in the paper).",
        above=0,
    )
    lottery_rounds: int | None = setting(
        None,
        "Lottery tickets in place of --prune_and_grow: times that the smallest weights of the generator are taken away "
        "and the rest is rewound.",
        above=0,
    )
    lottery_share: float = setting(0.2, "Share of what is left that each round of it takes away.", above=0, below=1)
    lottery_rewind_step: int = setting(0, "Step to which networks and optimizers are rewound.", at_least=0)
