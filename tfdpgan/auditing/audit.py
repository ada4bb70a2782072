# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One audit of one run: every layer that applies, the controls, and the verdict."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dp_accounting

from tfdpgan.auditing import black_box, controls, crafted_training, one_run_attack, probes, white_box
from tfdpgan.auditing.audit_config import AuditConfig
from tfdpgan.auditing.audited_run import AuditedRun
from tfdpgan.auditing.finding import BLACK_BOX, LAYERS, ONE_RUN, WHITE_BOX, Finding, NotTried
from tfdpgan.auditing.instrument import Instrument
from tfdpgan.auditing.subject import Subject
from tfdpgan.auditing.white_box import WhiteBox
from tfdpgan.files.atomic import json_number
from tfdpgan.privacy import accounting
from tfdpgan.run import versions

REFUTED, NOT_REFUTED = "refuted", "not refuted"


def run(config: AuditConfig, audited: AuditedRun, announce: Callable[[str], None]) -> dict[str, Any]:
    """Tries everything, and says what came of it.

    Args:
        config: the audit.
        audited: the run.
        announce: shown what happens, a line at a time.

    Returns:
        The content of audit.json.
    """
    started = time.monotonic()
    alpha = 1 - config.confidence
    attacks = [WHITE_BOX]  # layers that bound epsilon share out what may go wrong
    reasons = {
        ONE_RUN: crafted_training.why_not(audited),
        BLACK_BOX: black_box.why_not(audited)
        or (None if config.num_trainings else f"no trainings are made for --depth={config.depth}"),
    }
    attacks += [layer for layer, why in reasons.items() if why is None]
    findings = audited.book_findings()
    not_tried = list(audited.not_tried)
    with tempfile.TemporaryDirectory() as folder, Instrument() as instrument:
        announce("building the run's mechanisms on crafted images")
        subjects = audited.subjects(instrument, Path(folder))
        bounds = []
        share = alpha / len(attacks) / len(subjects)
        for subject, stage in zip(subjects, audited.stages, strict=True):
            announce(f"probes: {subject.name}")
            findings += probes.run(subject, config.depth == "full")
            announce(f"canaries: {subject.name}")
            claim = audited.claim_of(stage)
            bounds.append(
                white_box.attack(subject, claim, audited.delta, audited.ledger.accountant, share, config.num_canaries)
            )
        findings += [bound.finding for bound in bounds]
        if len(bounds) > 1:
            findings.append(_all_stages(audited, subjects, bounds, 1 - alpha / len(attacks)))
        if ONE_RUN in attacks:
            announce("one run: a whole training with many canaries")
            where = Path(folder) / "one_run"
            findings += one_run_attack.attack(audited, instrument, where, alpha / len(attacks), config.seed)
        nulls = [bound.null for bound in bounds]
        found, unplanted = controls.run(
            audited.hosts(), audited.delta, instrument, min(config.num_canaries, 12_000), announce
        )
    not_tried += unplanted
    not_tried += [NotTried(layer, why) for layer, why in reasons.items() if why is not None]
    if BLACK_BOX in attacks:
        findings.append(
            black_box.attack(
                audited,
                audited.run_dir.path,
                config.num_trainings,
                config.processes,
                alpha / len(attacks),
                config.seed,
                announce,
            )
        )
    return {
        "model_dir": str(audited.run_dir.path),
        "method": audited.method,
        "verdict": REFUTED if any(not finding.holds for finding in findings) else NOT_REFUTED,
        "claim": {
            "epsilon": json_number(audited.claim),
            "delta": audited.delta,
            "accountant": audited.ledger.accountant,
            "neighbours": accounting.neighboring_relation(audited.ledger.event()),
        },
        "confidence": config.confidence,
        "depth": config.depth,
        "lower_bounds": _lower_bounds(findings),
        "findings": [finding.to_json() for finding in findings],
        "null": {"largest_mu": json_number(max(nulls, default=0.0)), "holds": not any(nulls)},
        "controls": [control.to_json() for control in found],
        "not_tried": [each.to_json() for each in not_tried],
        "reads_private_images": False,
        "ledger": audited.ledger.seal().to_json(),
        "seconds": round(time.monotonic() - started, 1),
        "versions": versions(),
    }


def _all_stages(audited: AuditedRun, subjects: list[Subject], bounds: list[WhiteBox], confidence: float) -> Finding:
    """What an attacker has who sees every stage: their bounds, composed."""
    events = [
        subject.event(1 / min(bound.mu, 20.0)) for subject, bound in zip(subjects, bounds, strict=True) if bound.mu > 0
    ]
    found = 0.0
    if events:
        found = accounting.epsilon(dp_accounting.ComposedDpEvent(events), audited.delta, audited.ledger.accountant)
    trials = sum(bound.finding.trials for bound in bounds)
    return Finding(
        WHITE_BOX, "all stages", "epsilon by canaries", audited.claim, found, audited.claim, found <= audited.claim,
        trials, confidence, "the stages' bounds composed",
    )  # fmt: skip


def _lower_bounds(findings: list[Finding]) -> dict[str, float | str | None]:
    """The largest lower bound on epsilon of each layer that has one."""
    bounds: dict[str, float | str | None] = {}
    for layer in LAYERS:
        found = [finding.found for finding in findings if finding.layer == layer and "epsilon" in finding.name]
        if found:
            bounds[layer] = json_number(max(found))
    return bounds
