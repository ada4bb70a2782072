# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The first layer: everything that can be seen of a stage's accesses without a training, in seconds."""

from __future__ import annotations

from tfdpgan.auditing.finding import Finding
from tfdpgan.auditing.noise_probes import count_finding, noise_findings
from tfdpgan.auditing.subject import Subject

_NUMBERS = 200_000  # of noise: resolve 0.2 % of the standard deviation (one standard error)


def run(subject: Subject, thorough: bool) -> list[Finding]:
    """Sensitivity, noise, independence and draws of one stage.

    Args:
        subject: the stage.
        thorough: five times the noise and ten times the draws.
    """
    findings = subject.moves()
    accesses = subject.noise(5 * _NUMBERS if thorough else _NUMBERS)
    findings += noise_findings(subject.name, accesses, subject.restarted_noise())
    findings.append(count_finding(subject.name, *subject.noise_drawn()))
    return findings + subject.draws(thorough)
