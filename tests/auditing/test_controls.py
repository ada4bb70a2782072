# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Each planted fault is caught at a claimed epsilon of 1, by the layer that should; what is right is left alone.

The noise of these tests is the operating system's. What a correct build must pass fails it less than once in a million.
"""

import functools

import numpy as np
import pytest

from tfdpgan.auditing import controls, probes, white_box
from tfdpgan.auditing.faults import FAULTS
from tfdpgan.auditing.finding import BLACK_BOX, PROBES, WHITE_BOX, Finding
from tfdpgan.auditing.instrument import Instrument
from tfdpgan.auditing.subject import Scores
from tfdpgan.privacy.mechanisms import DPSGD, GaussianRelease, GradientSanitizer
from tfdpgan.privacy.mechanisms.noise import GaussianNoise

DELTA = 1e-5
HOSTS = {
    DPSGD: controls.Host("dp_sgd", DPSGD(1.0, 0.5, 300, 1797), 60),
    GaussianRelease: controls.Host("mean_embedding", GaussianRelease(1.0, "sums"), 1),
    GradientSanitizer: controls.Host("rounds", GradientSanitizer(1.0, 0.5, 30, 32, 1797), 6, (12, 12, 1)),
}
CASES = [(fault, kind) for fault in FAULTS for kind in fault.parts]


@functools.cache
def host_at_claim(kind):
    """With the noise of epsilon 1."""
    host = HOSTS[kind]
    mechanism = controls.with_epsilon(host.mechanism, host.num_accesses, controls.CLAIM, DELTA)
    return controls.Host(host.name, mechanism, host.num_accesses, host.image_shape)


@pytest.mark.parametrize(("fault", "kind"), CASES, ids=lambda one: getattr(one, "name", getattr(one, "__name__", "")))
def test_a_planted_fault_is_caught(fault, kind):
    with Instrument() as instrument:
        control = controls._control(fault, host_at_claim(kind), DELTA, instrument, 6000)
    assert PROBES in control.caught_by
    if fault.name in ("noise off", "clip x 10", "reused noise"):
        assert WHITE_BOX in control.caught_by and control.white_box > 4
    assert control.best.margin > 1.2


@pytest.mark.parametrize("kind", HOSTS, ids=lambda kind: kind.__name__)
def test_a_correct_mechanism_passes_and_its_bound_is_near_the_claim(kind):
    with Instrument() as instrument:
        control = controls._control(None, host_at_claim(kind), DELTA, instrument, 6000)
    assert control.caught_by == () and control.best is None
    assert 0.1 < control.white_box <= 1


@pytest.mark.parametrize("kind", HOSTS, ids=lambda kind: kind.__name__)
def test_a_part_too_little_noise_is_found_by_canaries_too(kind):
    """A third less, with enough canaries; the probes see it as well."""

    class TwoThirds(GaussianNoise):
        def add(self, tensors, stddev):
            return super().add(tensors, stddev * (2 / 3))

    host, fault = host_at_claim(kind), FAULTS[0]
    parts = type(fault.parts[kind])(make_noise=TwoThirds)
    with Instrument() as instrument:
        subject = host.subject(instrument, parts)
        seen = white_box.attack(subject, controls.CLAIM, DELTA, "pld", 1e-4, 60_000 if kind is DPSGD else 20_000)
        broken = [finding.name for finding in probes.run(subject, thorough=False) if not finding.holds]
    assert broken == ["noise standard deviation"]
    assert seen.finding.found > 1.05 and not seen.finding.holds


@pytest.mark.slow
@pytest.mark.parametrize(
    "mechanism",
    [
        DPSGD(1.0, 0.5, 60, 600, num_microbatches=12),
        DPSGD(1.0, 0.5, 60, 600, per_layer_clipping=True),
        DPSGD(1.0, 0.5, 60, 600, automatic_clipping=True),
        DPSGD(1.0, 3.0, 60, 60),
        GradientSanitizer(1.0, 0.5, 30, 32, 1797, frequencies=4),
        GradientSanitizer(1.0, 0.5, 1, 8, 60, draw="shared"),
    ],
    ids=lambda mechanism: type(mechanism).__name__,
)
def test_other_kinds_of_clipping_and_drawing_pass(mechanism):
    host = controls.with_epsilon(mechanism, 5, controls.CLAIM, DELTA)
    with Instrument() as instrument:
        control = controls._control(None, controls.Host("stage", host, 5), DELTA, instrument, 3000)
    assert control.caught_by == (), [finding.name for finding in control.shown_by]
    assert 0 <= control.white_box <= 1


def test_every_fault_has_a_host_or_a_reason():
    for fault in FAULTS:
        assert set(fault.parts) == set(HOSTS) or fault.why_not


@pytest.mark.slow
def test_a_fault_that_no_stage_can_have_is_planted_in_a_reference():
    with Instrument() as instrument:
        lines = []
        found, not_tried = controls.run([HOSTS[GaussianRelease]], DELTA, instrument, 1000, lines.append)
    by_name = {control.fault: control for control in found}
    assert by_name["batch normalisation in D"].host == "a reference network"
    assert all(control.caught_by for control in found if control.fault != "null")
    assert not by_name["null"].caught_by
    assert {each.what for each in not_tried} == {
        "batch normalisation in D, in mean_embedding",
        "shuffled batches booked as Poisson, in mean_embedding",
    }
    assert lines[0] == "control: null in mean_embedding"


def test_shuffled_labels_of_canaries_find_nothing_and_true_ones_do():
    rng = np.random.default_rng(0)
    was_in = rng.random((2, 500)) < 0.5
    scores = was_in + rng.normal(size=was_in.shape)
    assert white_box.mu_of(Scores(scores, was_in), 0.05) > 0.7
    assert white_box.mu_of(Scores(scores, rng.permuted(was_in, axis=1)), 1e-6) == 0


@pytest.mark.parametrize(("fault", "trials"), [(None, 1), (FAULTS[1], 3)], ids=["correct", "noise x 0.5"])
def test_a_bound_above_the_claim_is_taken_again_before_it_counts(fault, trials):
    """The claim is wider than the truth, so that a correct build stands below it at once."""
    with Instrument() as instrument:
        parts = None if fault is None else fault.parts[GaussianRelease]
        subject = host_at_claim(GaussianRelease).subject(instrument, parts)
        seen = white_box.attack(subject, 1.2, DELTA, "pld", 2e-4, 6000).finding
    assert seen.holds == (fault is None)
    assert seen.trials == pytest.approx(6000 * trials, rel=0.05)


def test_the_instrument_counts_silences_and_lets_go():
    original = GaussianNoise._noise
    with Instrument() as instrument:
        noise = GaussianNoise()
        with instrument.silence(), instrument.counting() as drawn:
            (silent,) = noise.add([np.zeros(3, np.float32)], 2.0)
        assert not np.any(silent) and (drawn[0].count, drawn[0].stddev) == (3, 2.0)
        assert np.any(noise.add([np.zeros(3, np.float32)], 2.0)[0])
    assert GaussianNoise._noise is original


def test_a_margin_is_how_far_beyond_the_limit():
    finding = Finding(BLACK_BOX, "stage", "epsilon", 1.0, 3.0, 1.5, False, 1, 0.95)
    assert finding.margin == 2.0
