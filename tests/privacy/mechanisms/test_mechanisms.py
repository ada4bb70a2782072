# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Event, noise, sampling and sentence of a stage come from one value, whichever way it was made."""

import dataclasses
import math

import dp_accounting
import numpy as np
import pytest
import tf_keras as keras
from hypothesis import given, settings
from hypothesis import strategies as st

from tfdpgan.methods.classifier.plan import make_classifier_plan
from tfdpgan.methods.classifier.settings import ClassifierConfig
from tfdpgan.methods.planning import make_plan
from tfdpgan.methods.train_config import TrainConfig
from tfdpgan.privacy import accounting
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.privacy.mechanisms import DPSGD, REVIEWED, GaussianRelease, GradientSanitizer, Mechanism
from tfdpgan.privacy.mechanisms.noise import GaussianNoise
from tfdpgan.training.plan import PrivateStage, dp_sgd_stage

NOISE = st.floats(0.05, 50)


@st.composite
def dp_sgd(draw) -> DPSGD:
    num_microbatches = draw(st.integers(1, 40))
    microbatch_size = draw(st.sampled_from([1, 1, 2, 5]))
    batch_size = num_microbatches * microbatch_size
    return DPSGD(
        noise_multiplier=draw(NOISE),
        clip=draw(st.floats(1e-6, 1e3)),
        batch_size=batch_size,
        num_examples=draw(st.integers(batch_size, 10**5)),
        num_microbatches=draw(st.sampled_from([None, num_microbatches])),
        per_layer_clipping=draw(st.booleans()),
        automatic_clipping=draw(st.booleans()),
        steps_of=draw(st.sampled_from(["discriminator steps", "classifier steps"])),
    )


SANITIZERS = st.builds(
    GradientSanitizer,
    noise_multiplier=NOISE,
    clip=st.floats(1e-6, 1e3),
    num_shards=st.integers(1, 50),
    images_per_round=st.integers(1, 40),
    num_examples=st.integers(50, 200),
    draw=st.sampled_from(["per_image", "shared"]),
    carried_over=st.booleans(),
    shard_seed=st.integers(0, 3),
)
RELEASES = st.builds(GaussianRelease, noise_multiplier=NOISE, of=st.just("sums"), l2_bound=st.floats(1e-3, 1e3))


def require_agreement(mechanism: Mechanism) -> None:
    """Everything that a mechanism says of itself, held against everything else."""
    event, parameters = mechanism.event, mechanism.parameters
    if isinstance(mechanism, DPSGD):
        sensitivity = mechanism.clip * (2 if mechanism.microbatch_size > 1 else 1)
        sampler = mechanism.sampler(7)
        inner = getattr(sampler, "_sampler", sampler)
        assert isinstance(event, dp_accounting.PoissonSampledDpEvent)
        assert event.sampling_probability == parameters["sampling_probability"] == inner.sampling_probability
        assert inner.is_private and inner.num_examples == parameters["num_examples"]
        optimizer = mechanism.optimizer(keras.optimizers.SGD, GaussianNoise())
        assert optimizer.noise_multiplier * optimizer.l2_norm_clip == mechanism.noise_stddev
        assert optimizer.expected_batch_size == mechanism.expected_batch_size == parameters["expected_batch_size"]
        assert optimizer.microbatch_size == mechanism.microbatch_size == parameters["microbatch_size"]
        rule = optimizer.clipping_rule
        assert (rule.per_layer, rule.automatic) == (mechanism.per_layer_clipping, mechanism.automatic_clipping)
        assert ("normalised" in mechanism.sentence) == mechanism.automatic_clipping
        assert ("random groups of" in mechanism.sentence) == (mechanism.microbatch_size > 1)
        assert "Poisson" in mechanism.sentence and "Poisson" in mechanism.sampling_assumed
        gaussian = event.event
    elif isinstance(mechanism, GradientSanitizer):
        is_shared = mechanism.draw == "shared"
        releases = 1 if is_shared else mechanism.images_per_round
        assert len(mechanism.draw_shards()) == mechanism.num_draws == releases
        release = event if is_shared else event.event
        assert is_shared or event.count == releases
        assert release.source_dataset_size == (1 if mechanism.carried_over else mechanism.num_shards)
        assert accounting.neighboring_relation(event) == mechanism.adjacency and "replaced" in mechanism.unit
        shards = mechanism.shards()
        assert {name: value for name, value in parameters.items() if name in shards.parameters()} == shards.parameters()
        moved = mechanism.images_per_round if is_shared else 1  # images whose gradients one shard moves at once
        sensitivity, gaussian = 2 * mechanism.l2_norm_clip * math.sqrt(moved), release.event
        assert f"norm {mechanism.clip:g} " in mechanism.sentence and "secret" in mechanism.sentence
        assert f"deviation {mechanism.noise_stddev:g} " in mechanism.sentence
    else:
        sensitivity, gaussian = mechanism.l2_norm_clip, event
        assert f"at most {mechanism.l2_norm_clip:g}" in mechanism.sentence
    assert isinstance(gaussian, dp_accounting.GaussianDpEvent)
    assert gaussian.noise_multiplier == pytest.approx(mechanism.noise_stddev / sensitivity, rel=1e-12)
    for name in ("noise_multiplier", "l2_norm_clip"):
        assert parameters[name] == mechanism.card_row[name] == getattr(mechanism, name)


@settings(max_examples=60, deadline=None)
@given(st.one_of(dp_sgd(), RELEASES, SANITIZERS))
def test_event_noise_sampling_and_sentence_agree(mechanism):
    require_agreement(mechanism)
    require_agreement(dataclasses.replace(mechanism, noise_multiplier=2 * mechanism.noise_multiplier))
    for field in dataclasses.fields(mechanism):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(mechanism, field.name, getattr(mechanism, field.name))


@pytest.mark.parametrize("change", [{}, {"microbatches": 30}, {"per_layer_clipping": True, "automatic_clipping": True}])
def test_stages_of_plans_agree_too(change):
    config = TrainConfig(noise_multiplier=1.1, batch_size=60, classifier_steps=7, l2_norm_clip=0.3, **change)
    plans = [make_plan(config, 1797), make_classifier_plan(ClassifierConfig(noise_multiplier=2.0), 1797)]
    for stage in (stage for plan in plans for stage in plan.stages):
        require_agreement(stage.mechanism)
        assert stage.card_row == {**stage.mechanism.card_row, "planned_steps": stage.num_steps}
    stage = dp_sgd_stage("any", plans[0].config, 3.0, 1797, "steps")
    assert stage == PrivateStage("any", stage.mechanism, plans[0].config.steps)
    require_agreement(stage.mechanism)
    assert {field.name for field in dataclasses.fields(PrivateStage)} == {"name", "mechanism", "num_steps"}


@settings(max_examples=20, deadline=None)
@given(mechanism=st.one_of(dp_sgd(), RELEASES, SANITIZERS))
def test_the_ledger_books_what_the_mechanism_says(mechanism, tmp_path_factory):
    ledger = Ledger.start(tmp_path_factory.mktemp("run") / "ledger.json")
    ledger.declare("stage", mechanism)
    entry = ledger.to_json()["stages"]["stage"]
    assert accounting.event_from_json(entry["mechanism_of_one_step"]) == mechanism.event
    assert entry["parameters"] == mechanism.parameters and entry["description"] == mechanism.sentence
    assert ledger.unreviewed() == []


def test_a_mechanism_of_somebody_else_is_noted_as_not_reviewed(tmp_path):
    class Cheaper(GaussianRelease):
        """Books four times the noise that it adds."""

        @property
        def event(self):
            return accounting.gaussian_event(4 * self.noise_multiplier)

    assert Cheaper not in REVIEWED
    ledger = Ledger.start(tmp_path / "ledger.json")
    ledger.declare("release", Cheaper(1.0, "sums"))
    assert ledger.unreviewed() == ["mechanism Cheaper"]


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: DPSGD(0.0, 1.0, 10, 100), "noise_multiplier is 0.0; it must be a finite number above 0"),
        (lambda: DPSGD(math.nan, 1.0, 10, 100), "noise_multiplier"),
        (lambda: DPSGD(1.0, 1e-7, 10, 100), "l2_norm_clip"),
        (lambda: DPSGD(1.0, 1.0, 101, 100), "there are only 100 examples"),
        (lambda: DPSGD(1.0, 1.0, 10, 100, num_microbatches=3), "a divisor of the batch size"),
        (lambda: GaussianRelease(-1.0, "sums"), "noise_multiplier"),
        (lambda: GaussianRelease(1.0, "sums", l2_bound=0.0), "l2_bound"),
        (lambda: GaussianRelease(1.0, "sums", details={"noise_multiplier": 9.0}), "beside the noise and the bound"),
    ],
)
def test_what_cannot_be_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_a_release_adds_the_noise_that_it_books():
    mechanism = GaussianRelease(3.0, "sums", l2_bound=2.0)
    noise = mechanism.release(np.zeros([200_000]), GaussianNoise())
    assert np.std(noise) == pytest.approx(6.0, rel=0.02)
