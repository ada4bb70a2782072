# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import json
import math

import dp_accounting
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import fft, stats

from tfdpgan.privacy import accounting
from tfdpgan.privacy.mechanisms.noise import GaussianNoise
from tfdpgan.privacy.mechanisms.sanitized_gradients import sanitize, sanitized_generator_gradients
from tfdpgan.privacy.mechanisms.sanitizer import GradientSanitizer, published_claim


def sanitizer_of(images=4, noise=0.0, clip=1.0, **settings):
    return GradientSanitizer(noise, clip, settings.pop("num_shards", 100), images, 60_000, **settings)


def clipped_by_a_loop(gradients, clip):
    result = np.zeros_like(gradients)
    for place, gradient in enumerate(gradients):
        if np.all(np.isfinite(gradient)):
            norm = np.linalg.norm(gradient.astype(np.float64))
            result[place] = gradient * min(1.0, clip / norm) if norm > 0 else gradient
    return result


def test_each_image_is_clipped_on_its_own_and_short_ones_stay_short():
    gradients = np.random.default_rng(0).normal(size=(4, 5, 5, 2)).astype(np.float32)
    gradients *= np.array([1e-3, 1.0, 1e20, 0.0], np.float32)[:, None, None, None]
    found, norms = sanitize(tf.constant(gradients), sanitizer_of(), GaussianNoise())
    np.testing.assert_allclose(found, clipped_by_a_loop(gradients, 1.0), rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(norms, np.linalg.norm(gradients.reshape(4, -1).astype(float), axis=1), rtol=1e-5)
    np.testing.assert_array_equal(found[0], gradients[0])
    assert np.linalg.norm(found[2]) == pytest.approx(1, rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.floats(width=32) | st.floats(-1, 1, width=32), min_size=12, max_size=12),
    clip=st.sampled_from([1e-6, 0.5, 1.0, 100.0]),
)
def test_no_gradient_is_longer_than_the_clip_whatever_it_holds(values, clip):
    """NaN, infinities, the largest and the smallest numbers of float32."""
    gradients = np.array(values, np.float32).reshape(2, 2, 3, 1)
    found, _ = sanitize(tf.constant(gradients), sanitizer_of(2, clip=clip), GaussianNoise())
    assert np.all(np.linalg.norm(np.reshape(found, (2, -1)).astype(float), axis=1) <= clip * (1 + 1e-5))
    broken = ~np.isfinite(gradients.reshape(2, -1)).all(axis=1)
    assert not np.any(found.numpy()[broken])


def test_noise_has_its_standard_deviation_on_every_number():
    sanitizer = sanitizer_of(50, noise=1.07, clip=0.5)
    assert sanitizer.noise_stddev == pytest.approx(1.07 * 2 * 0.5)
    found, _ = sanitize(tf.zeros([50, 28, 28, 1]), sanitizer, GaussianNoise())
    for scale, expected in ((1.0, True), (4 / 3, False), (3 / 4, False)):
        accepted = stats.kstest(np.ravel(found), stats.norm(0, sanitizer.noise_stddev * scale).cdf).pvalue > 1e-4
        assert accepted == expected
    again, _ = sanitize(tf.zeros([50, 28, 28, 1]), sanitizer, GaussianNoise())
    assert np.all(found.numpy() != again.numpy())


def smooth(number, side=6):
    """Orthonormal cosines `[number, side]`, one frequency after the other, by SciPy."""
    return fft.idct(np.eye(side)[:number], norm="ortho")


def test_low_frequencies_alone_are_clipped_and_the_rest_is_gone():
    gradients = 3 * np.random.default_rng(2).normal(size=(4, 6, 5, 2)).astype(np.float32)
    rows, columns = smooth(3, 6), smooth(3, 5)
    coefficients = np.einsum("bhwc,fh,gw->bfgc", gradients, rows, columns)
    expected = np.einsum("bfgc,fh,gw->bhwc", clipped_by_a_loop(coefficients, 1.0), rows, columns)
    found, norms = sanitize(tf.constant(gradients), sanitizer_of(frequencies=3), GaussianNoise())
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(norms, np.linalg.norm(coefficients.reshape(4, -1), axis=1), rtol=1e-5)
    checkers = np.indices((6, 6)).sum(0)[None, :, :, None] % 2 * 2.0 - 1
    found, _ = sanitize(tf.constant(checkers, tf.float32), sanitizer_of(1, frequencies=3), GaussianNoise())
    assert np.abs(found).max() < 0.5  # what is left of the finest pattern that there is


def test_low_frequencies_have_the_noise_of_their_number_and_the_same_price():
    sanitizer = sanitizer_of(200, noise=1.07, clip=0.5, frequencies=4)
    assert sanitizer.event == sanitizer_of(200, noise=1.07, clip=0.5).event
    found, _ = sanitize(tf.zeros([200, 28, 28, 1]), sanitizer, GaussianNoise())
    basis = smooth(4, 28)
    noise = np.einsum("bhwc,fh,gw->bfgc", found, basis, basis)
    assert stats.kstest(np.ravel(noise), stats.norm(0, sanitizer.noise_stddev).cdf).pvalue > 1e-4
    assert np.linalg.norm(found) == pytest.approx(np.linalg.norm(noise), rel=1e-4), "noise elsewhere"
    assert "left with its 4 x 4 lowest frequencies, clipped to norm 0.5" in sanitizer.sentence


@pytest.mark.parametrize("frequencies", [1, 4, 100])
def test_the_worst_low_frequencies_are_within_the_sensitivity(frequencies):
    sanitizer = sanitizer_of(2, frequencies=frequencies)
    for worst in (np.ones((2, 6, 6, 1)), np.random.default_rng(0).normal(size=(2, 6, 6, 1))):
        ends = [sanitize(tf.constant(s * 1e30 * worst, tf.float32), sanitizer, GaussianNoise())[0] for s in (1, -1)]
        moved = np.linalg.norm(np.reshape(ends[0] - ends[1], (2, -1)).astype(float), axis=1)
        assert np.all(moved <= sanitizer.sensitivity * (1 + 1e-5))


def test_the_generator_gets_the_gradient_of_a_loop_over_images():
    """Weights of a linear generator, by the chain rule written out with NumPy."""
    rng = np.random.default_rng(1)
    latents, judges = rng.normal(size=(4, 3)).astype(np.float32), 3 * rng.normal(size=(4, 2, 2, 1)).astype(np.float32)
    weights = tf.Variable(rng.normal(size=(3, 4)), dtype=tf.float32)
    result = sanitized_generator_gradients(
        lambda: tf.reshape(tf.constant(latents) @ weights, [4, 2, 2, 1]),
        lambda images: tf.reduce_sum(images**2 * judges, axis=[1, 2, 3]),
        [weights],
        sanitizer_of(clip=0.7),
        GaussianNoise(),
    )
    images = (latents @ weights.numpy()).reshape(4, 2, 2, 1)
    arriving = clipped_by_a_loop(2 * images * judges, 0.7)
    expected = sum(np.outer(latents[b], arriving[b].ravel()) for b in range(4)) / 4
    np.testing.assert_allclose(result.gradients[0], expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(result.losses, np.sum(images**2 * judges, axis=(1, 2, 3)), rtol=1e-4)


def test_another_number_of_images_than_was_booked_is_refused():
    with pytest.raises(ValueError, match="for 4 images a round"):
        sanitize(tf.zeros([1000, 2, 2, 1]), sanitizer_of(4), GaussianNoise())


def test_a_round_is_charged_as_it_is_drawn():
    per_image = sanitizer_of(32, noise=1.07, num_shards=1000)
    assert per_image.event == dp_accounting.SelfComposedDpEvent(accounting.shard_event(1.07, 1000), 32)
    shared = sanitizer_of(32, noise=1.07, num_shards=1000, draw="shared")
    assert shared.event == accounting.shard_event(1.07 / math.sqrt(32), 1000)
    assert (per_image.num_draws, shared.num_draws) == (32, 1)
    rounds = lambda each: dp_accounting.SelfComposedDpEvent(each.event, 20_000)  # noqa: E731
    assert accounting.epsilon(rounds(per_image), 1e-5, "rdp") == pytest.approx(9.24, abs=0.01)
    assert accounting.epsilon(rounds(shared), 1e-5) > 300
    assert published_claim(1.07, 1000, 32, 20_000, 1e-5) == pytest.approx(9.99, abs=0.01)


def test_a_classifier_that_is_carried_over_leaves_no_draw_to_hide_behind():
    carried = sanitizer_of(2, noise=3.0, num_shards=1000, carried_over=True)
    assert carried.event == dp_accounting.SelfComposedDpEvent(accounting.shard_event(3.0, 1), 2)
    exact = accounting.epsilon(accounting.gaussian_event(3.0 / math.sqrt(2)), 1e-5)
    assert accounting.epsilon(carried.event, 1e-5) == pytest.approx(exact, rel=2e-3)
    assert "carried over" in carried.sentence


@pytest.mark.parametrize("draw", ["per_image", "shared"])
def test_the_sensitivity_that_is_charged_is_that_of_the_worst_two_shards(draw):
    """Both shards' gradients as far apart as a clip lets them be."""
    sanitizer = sanitizer_of(8, clip=0.5, draw=draw)
    worst = tf.ones([8, 3, 3, 1]) * 1e30
    ends = [sanitize(sign * worst, sanitizer, GaussianNoise())[0].numpy() for sign in (1, -1)]
    distances = np.linalg.norm((ends[0] - ends[1]).reshape(8, -1), axis=1)
    np.testing.assert_allclose(distances, sanitizer.sensitivity, rtol=1e-5)
    noised = sanitizer_of(8, noise=2.0, clip=0.5, draw=draw)
    moved = distances[0] if draw == "per_image" else np.linalg.norm(distances)
    event = noised.event.event if draw == "per_image" else noised.event
    assert event.event.noise_multiplier == pytest.approx(noised.noise_stddev / moved, rel=1e-5)


def test_draws_are_uniform_secret_and_as_many_as_are_charged():
    sanitizer = sanitizer_of(5000, num_shards=10)
    drawn = sanitizer.draw_shards()
    assert stats.chisquare(np.bincount(drawn, minlength=10)).pvalue > 1e-5
    assert np.any(drawn != sanitizer.draw_shards())
    np.testing.assert_array_equal(sanitizer.draw_shards(seed=1, step=3), sanitizer.draw_shards(seed=1, step=3))
    assert np.any(sanitizer.draw_shards(seed=1, step=3) != sanitizer.draw_shards(seed=1, step=4))
    assert sanitizer_of(5000, draw="shared").draw_shards().shape == (1,)
    with pytest.raises(ValueError, match="needs the step's number"):
        sanitizer.draw_shards(seed=1)


def test_the_ledger_and_the_card_can_tell_it():
    sanitizer = sanitizer_of(32, noise=1.07, num_shards=1000)
    json.dumps(sanitizer.parameters, allow_nan=False)
    json.dumps(sanitizer_of(clip=math.inf).parameters, allow_nan=False)
    assert sanitizer.parameters["draw"] == "per_image"
    assert all(
        word in sanitizer.sentence for word in ("1000 disjoint shards", "norm 1 ", "deviation 2.14", "each of 32")
    )
    assert "for all 32" in sanitizer_of(32, draw="shared").sentence


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"noise": -1.0}, "noise_multiplier"),
        ({"noise": math.nan}, "noise_multiplier"),
        ({"clip": 0.0}, "l2_norm_clip"),
        ({"noise": 1.0, "clip": math.inf}, "l2_norm_clip"),
        ({"num_shards": 0}, "num_shards"),
        ({"images": 1.5}, "images_per_round"),
        ({"draw": "both"}, "per_image, shared. Received: draw='both'"),
    ],
)
def test_bad_arguments(settings, words):
    with pytest.raises(ValueError, match=words):
        sanitizer_of(**settings)


def test_planning_needs_no_tensorflow():
    import subprocess
    import sys

    code = "import sys; from tfdpgan.privacy.mechanisms import sanitizer; sys.exit('tensorflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
