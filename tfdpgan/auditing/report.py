# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What audit_privacy.py shows and writes: a table, audit.json, audit.html, and a paragraph on the run's card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tfdpgan.auditing import membership
from tfdpgan.auditing.published import PUBLISHED
from tfdpgan.data.pixels import to_data_url
from tfdpgan.files import atomic
from tfdpgan.privacy.accounting.epsilon_text import epsilon_text
from tfdpgan.privacy.statement import card
from tfdpgan.privacy.statement.audited import with_audit
from tfdpgan.run import RunDirectory

AUDIT_JSON, AUDIT_HTML = "audit.json", "audit.html"


def number(value: float | str | None) -> str:
    """A figure as tables show it."""
    if value is None:
        return ""
    return "infinite" if isinstance(value, str) else f"{value:.4g}"


def render_table(content: dict[str, Any]) -> str:
    """The audit as text, some lines."""
    claim, findings = content["claim"], content["findings"]
    probes = [finding for finding in findings if finding["layer"] == "probes"]
    held = sum(finding["holds"] for finding in probes)
    lines = [
        f"Audit of {content['model_dir']} ({content['method']}): {content['verdict'].upper()}",
        f"  claimed: epsilon {epsilon_text(claim['epsilon'])} at delta {claim['delta']:g} ({claim['neighbours']})",
        f"  probes: {held} of {len(probes)} held",
    ]
    for finding in findings:
        if finding["layer"] != "probes":
            lines.append(
                f"  {finding['layer']}, {finding['stage']}: epsilon at least {number(finding['found'])} of "
                f"{number(finding['claimed'])} claimed ({finding['trials']} trials)"
            )
        elif not finding["holds"]:
            lines.append(
                f"  BROKEN: {finding['stage']}: {finding['name']}: {number(finding['found'])}, limit "
                f"{number(finding['limit'])}"
            )
    lines.append(f"  planted faults at a claim of 1: {_seen(content)}")
    for control in content["controls"]:
        if control["fault"] != "null":
            by = ", ".join(control["caught_by"]) or "NOBODY"
            margin = f"; {control['clearest']} x {number(control['margin'])}" if control["caught_by"] else ""
            lines.append(f"    {control['fault']} in {control['host']}: caught by {by}{margin}")
    lines += [f"  not tried: {each['what']}: {each['why']}" for each in content["not_tried"]]
    lines.append("  An audit can refute a claim, and never proves one.")
    return "\n".join(lines)


def sentence(content: dict[str, Any]) -> str:
    """The paragraph of the privacy card."""
    probes = [finding for finding in content["findings"] if finding["layer"] == "probes"]
    bounds = [f"{layer} {number(bound)}" for layer, bound in content["lower_bounds"].items()]
    trials = sum(finding["trials"] for finding in content["findings"] if finding["layer"] != "probes")
    held = sum(finding["holds"] for finding in probes)
    shown, delta = epsilon_text(content["claim"]["epsilon"]), content["claim"]["delta"]
    return (
        f"{content['verdict']}. {held} of {len(probes)} probes held. Lower bounds on epsilon at "
        f"{content['confidence']:.0%} confidence, from {trials} trials: {', '.join(bounds) or 'none'}; the claim is "
        f"{shown} at delta {delta:g}. At a claimed epsilon of 1 {_seen(content)}. Details in {AUDIT_HTML}. An audit "
        "can refute a claim, and never proves one."
    )


def write(content: dict[str, Any], run_dir: RunDirectory) -> list[str]:
    """Writes audit.json and audit.html, each whole or not at all, and lets the card say what was found.

    Raises:
        RunError: another process is training in the run, or auditing it.
    """
    page = render_page(content)
    json_path, page_path = run_dir.path / AUDIT_JSON, run_dir.path / AUDIT_HTML
    with run_dir.locked():
        atomic.write_text_atomically(page_path, page)
        atomic.write_json_atomically(json_path, content)
        if run_dir.card_json.exists():
            present = json.loads(run_dir.card_json.read_text())
            if present.get("ledger") == content["ledger"]:  # the card of what was audited, not of later steps
                audited = with_audit(present, sentence(content), content["verdict"] == "refuted")
                atomic.write_json_atomically(run_dir.card_json, audited)
                atomic.write_text_atomically(run_dir.card, card.render_markdown(audited))
    return [str(json_path), str(page_path)]


def write_membership(content: dict[str, Any], run_dir: RunDirectory) -> list[str]:
    """Writes what membership inference found into the run's private/, where nothing that leaves the run lies."""
    folder = run_dir.make_private()
    page = (
        _environment()
        .get_template("membership.html.j2")
        .render(content=content, model_dir=str(run_dir.path), picture=to_data_url(membership.picture(content)))
    )
    json_path, page_path = folder / "membership_inference.json", folder / "membership_inference.html"
    atomic.write_json_atomically(json_path, content)
    atomic.write_text_atomically(page_path, page)
    return [str(json_path), str(page_path)]


def render_page(content: dict[str, Any]) -> str:
    """The HTML page, which needs nothing beside it."""
    return (
        _environment()
        .get_template("audit.html.j2")
        .render(content=content, published=PUBLISHED, sentence=sentence(content))
    )


def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        autoescape=True,
    )
    environment.filters["number"] = number
    environment.filters["epsilon_text"] = epsilon_text
    return environment


def _seen(content: dict[str, Any]) -> str:
    planted = [control for control in content["controls"] if control["fault"] != "null"]
    caught = sum(bool(control["caught_by"]) for control in planted)
    nothing = all(not control["caught_by"] for control in content["controls"] if control["fault"] == "null")
    null = "the null found nothing" if nothing and content["null"]["holds"] else "THE NULL FOUND SOMETHING"
    return f"{caught} of {len(planted)} planted faults were seen, {null}"
