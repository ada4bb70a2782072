# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Would this audit have seen it? Each fault planted in the run's mechanism at a claim of 1, and looked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from tfdpgan.auditing import probes, white_box
from tfdpgan.auditing.dp_sgd_subject import DPSGDSubject, reference_learner
from tfdpgan.auditing.faults import FAULTS, Fault
from tfdpgan.auditing.finding import PROBES, WHITE_BOX, Finding, NotTried
from tfdpgan.auditing.instrument import Instrument
from tfdpgan.auditing.release_subject import ReleaseSubject
from tfdpgan.auditing.sanitizer_subject import SanitizerSubject
from tfdpgan.auditing.subject import Subject
from tfdpgan.files.atomic import json_number
from tfdpgan.privacy import accounting
from tfdpgan.privacy.mechanisms import DPSGD, GaussianRelease, GradientSanitizer, Mechanism

CLAIM = 1.0
_REFERENCE = DPSGD(1.0, 1.0, 60, 600, steps_of="steps of a reference")
_REFERENCE_STEPS = 50


@dataclasses.dataclass(frozen=True)
class Control:
    """What became of one planted fault, or of none ("null").

    Attributes:
        fault: its name.
        host: what it was planted in.
        caught_by: layers that saw it.
        shown_by: findings that did not hold.
        claim: the epsilon that was claimed.
        white_box: the lower bound on epsilon from canaries.
    """

    fault: str
    host: str
    caught_by: tuple[str, ...]
    shown_by: tuple[Finding, ...]
    claim: float
    white_box: float

    @property
    def best(self) -> Finding | None:
        """The clearest sign."""
        return max(self.shown_by, key=lambda finding: finding.margin, default=None)

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        best = self.best
        return {
            "fault": self.fault,
            "host": self.host,
            "caught_by": list(self.caught_by),
            "claim": self.claim,
            "white_box_epsilon": json_number(self.white_box),
            "shown_by": [finding.to_json() for finding in self.shown_by],
            "clearest": None if best is None else best.name,
            "margin": None if best is None else json_number(best.margin),
        }


def run(
    hosts: Sequence[Host], delta: float, instrument: Instrument, least: int, announce: Callable[[str], None]
) -> tuple[list[Control], list[NotTried]]:
    """Plants every fault in every host that can have it, and in a reference where none can; and looks for it.

    Args:
        hosts: the run's kinds of mechanisms.
        delta: of the claim.
        instrument: entered.
        least: canaries.
        announce: told what is tried.

    Returns:
        What became of each fault and of the null, and what could not be planted.
    """
    found, not_tried = [], []
    reference = Host("a reference network", _REFERENCE, _REFERENCE_STEPS)
    at_claim: dict[Host, Mechanism] = {}
    for fault in (None, *FAULTS):
        able = [host for host in hosts if fault is None or type(host.mechanism) in fault.parts]
        if fault is not None:
            not_tried += [
                NotTried(f"{fault.name}, in {host.name}", fault.why_not) for host in hosts if host not in able
            ]
        for host in able or [reference]:
            name = "null" if fault is None else fault.name
            announce(f"control: {name} in {host.name}")
            if host not in at_claim:
                at_claim[host] = with_epsilon(host.mechanism, host.num_accesses, CLAIM, delta)
            found.append(_control(fault, dataclasses.replace(host, mechanism=at_claim[host]), delta, instrument, least))
    return found, not_tried


@dataclasses.dataclass(frozen=True)
class Host:
    """What a fault can be planted in.

    Attributes:
        name: of the stage.
        mechanism: of it.
        num_accesses: booked.
        image_shape: (height, width, channels), of a sanitizer.
    """

    name: str
    mechanism: Any
    num_accesses: int
    image_shape: tuple[int, ...] = (8, 8, 1)

    def __hash__(self) -> int:
        return hash(self.name)

    def subject(self, instrument: Instrument, parts: Any = None) -> Subject:
        """The mechanism on small networks and features, with the parts of a fault."""
        one = (self.name, self.mechanism, self.num_accesses)
        if isinstance(self.mechanism, DPSGD):
            return DPSGDSubject(*one, reference_learner(), instrument, parts)
        if isinstance(self.mechanism, GaussianRelease):
            return ReleaseSubject(*one, _Pixels(), (8, 8, 1), 2, instrument, parts)
        if isinstance(self.mechanism, GradientSanitizer):
            return SanitizerSubject(*one, self.image_shape, instrument, parts)
        raise TypeError(f"There is no subject for {type(self.mechanism).__name__}.")


class _Pixels:
    """Cosines and sines of fixed sums of pixels: norm 1 whatever an image holds."""

    dimension = 2000

    def __call__(self, images: Any) -> Any:
        import tensorflow as tf

        angles = tf.reshape(images, [-1, 64]) @ tf.random.stateless_normal([64, 1000], [1, 2])
        return tf.concat([tf.cos(angles), tf.sin(angles)], axis=1) / 1000**0.5


def with_epsilon(mechanism: Any, num_accesses: int, epsilon: float, delta: float) -> Any:
    """The mechanism with the noise at which so many accesses cost `epsilon`."""

    def event(noise: float) -> Any:
        from tfdpgan.auditing.subject import times

        return times(dataclasses.replace(mechanism, noise_multiplier=noise).event, num_accesses)

    noise = accounting.noise_multiplier_for_epsilon(event, epsilon, delta, tolerance=0.01)
    return dataclasses.replace(mechanism, noise_multiplier=noise)


def _control(fault: Fault | None, host: Host, delta: float, instrument: Instrument, least: int) -> Control:
    parts = None if fault is None else fault.parts[type(host.mechanism)]
    subject = host.subject(instrument, parts)
    findings = probes.run(subject, thorough=False)
    seen = white_box.attack(subject, CLAIM, delta, "pld", 1e-6, least)
    broken = [finding for finding in (*findings, seen.finding) if not finding.holds]
    if fault is None and seen.null > 0:
        broken.append(dataclasses.replace(seen.finding, name="distance of shuffled labels", found=seen.null, limit=0.0))
    layers = [layer for layer in (PROBES, WHITE_BOX) if any(finding.layer == layer for finding in broken)]
    name = "null" if fault is None else fault.name
    return Control(name, host.name, tuple(layers), tuple(broken), CLAIM, seen.finding.found)
