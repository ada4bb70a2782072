# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Choosing among a generator's images by the logits of its discriminator, for wanted labels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tfdpgan.generation.released_discriminator import ReleasedDiscriminator
from tfdpgan.generation.sampler_config import AcceptanceConfig, LatentConfig
from tfdpgan.generation.samplers import acceptance
from tfdpgan.generation.samplers.drawn import Drawn
from tfdpgan.generation.samplers.latent_draws import draw_prior, latents_and_labels
from tfdpgan.generation.samplers.source import Source

Make = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]  # latents, labels to values, logits

_AT_ONCE = 256
_WAY_OUT = "give a smaller --rejection_percentile."


def draw_chosen(source: Source, kind: str, num_images: int, labels: np.ndarray | None, seed: int | None) -> Drawn:
    """Images whose latents `kind` accepts; on lines, those of the ends. Needs a released discriminator."""
    judge, generator = source.discriminator(), source.generator
    total = 0

    def latents_with_logits(z: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return z, logits_of(judge, generator.images_of(z, wanted), wanted)

    def choose(wanted: np.ndarray) -> np.ndarray:
        nonlocal total
        z, total = choose_images(source, kind, wanted, seed, latents_with_logits)
        return z

    z, labels = latents_and_labels(source, num_images, labels, seed, choose)
    settings = source.settings
    mark = {"latents": settings.of(LatentConfig), "acceptance": settings.of(AcceptanceConfig), "proposed": total}
    return Drawn(generator.images_of(z, labels), generator.shown(labels), mark=mark)


def choose_images(
    source: Source, kind: str, labels: np.ndarray, seed: int | None, make: Make
) -> tuple[np.ndarray, int]:
    """One accepted value for each label.

    Args:
        source: its settings are used, and its prior.
        kind: "rejection" or "metropolis".
        labels: `[n]` int32.
        seed: of latents and decisions.
        make: from latents and labels to values `[m, ...]` and their logits `[m]`.

    Returns:
        The values `[n, ...]`, and the number of proposals.

    Raises:
        ConfigError: too few were accepted.
    """
    settings = source.settings
    random = np.random.default_rng(None if seed is None else [seed, 1])
    kept: list[np.ndarray | None] = [None] * len(labels)
    proposals: np.ndarray

    def propose(slots: np.ndarray) -> np.ndarray:
        nonlocal proposals
        z = draw_prior(source, len(slots), int(random.integers(2**31)))
        proposals, logits = make(z, labels[slots])
        return logits

    def keep(slots: np.ndarray, rows: np.ndarray) -> None:
        for slot, row in zip(slots, rows, strict=True):
            kept[slot] = proposals[row]

    if kind == "metropolis":
        count = acceptance.metropolis(len(labels), settings.metropolis_steps, propose, keep, random)
    else:
        burn_in = propose(np.arange(settings.rejection_burn_in) % len(labels))
        rejection = acceptance.Rejection(burn_in, settings.rejection_percentile, random)
        count = len(burn_in) + acceptance.fill(
            len(labels), propose, keep, lambda slots, logits: rejection.accepts(logits), _WAY_OUT
        )
    return np.stack(kept), count


def logits_of(judge: ReleasedDiscriminator, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Logits `[n]` float32 of images `[n, h, w, c]` float32 in [-1, 1]."""
    parts = [
        judge.model((tf.constant(images[at : at + _AT_ONCE]), tf.constant(labels[at : at + _AT_ONCE])), training=False)
        for at in range(0, len(images), _AT_ONCE)
    ]
    return tf.concat(parts, axis=0).numpy()
