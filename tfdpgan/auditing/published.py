# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Audits of DP-SGD that were published, to stand beside ours, and what differs."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class PublishedAudit:
    """One figure of a paper.

    Attributes:
        claim: epsilon that was claimed.
        found: lower bound on epsilon, or in words.
        setting: of the attack.
        differs: from what is done here.
        source: paper.
    """

    claim: str
    found: str
    setting: str
    differs: str
    source: str


_BLACK_BOX = (
    "Annamalai and De Cristofaro 2024, Nearly Tight Black-Box Auditing of Differentially Private Machine Learning"
)

PUBLISHED = (
    PublishedAudit(
        "10",
        "7.21 and 6.95",
        "black box, MNIST and CIFAR-10 classifiers, worst-case initial weights, full batch, 200 models, 1000 records",
        "a classifier's loss is seen, not a GAN's release; its initial weights are chosen by the attacker",
        _BLACK_BOX,
    ),
    PublishedAudit(
        "10",
        "6.48 and 4.96",
        "the same on the whole data sets",
        "as above",
        _BLACK_BOX,
    ),
    PublishedAudit(
        "10",
        "4.91",
        "the final model alone, no intermediate one",
        "as above",
        "arXiv 2412.01756",
    ),
    PublishedAudit(
        "several",
        "near the claim",
        "white box: every update is seen, canaries are gradients, two trainings",
        "our white-box layer does the same on the mechanism without a training, from more canaries",
        "Nasr et al. 2023, Tight Auditing of Differentially Private Machine Learning",
    ),
    PublishedAudit(
        "any",
        "far below the claim",
        "black box on synthetic data, average-case records",
        "our black-box layer takes a worst-case data set, and is loose all the same",
        "arXiv 2405.10994",
    ),
)
