# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Only images in which the run's classifier sees the class that they were drawn for.

An image is dropped, and another drawn in its place, when its class has less probability than --confidence. Every class
stays as frequent as it was asked for. Post-processing, as in `relabel`. What is left is easier to read and less varied.
"""

from __future__ import annotations

import numpy as np

from tfdpgan.generation.sampler_config import LatentConfig
from tfdpgan.generation.samplers import acceptance
from tfdpgan.generation.samplers.drawn import Drawn
from tfdpgan.generation.samplers.latent_draws import draw_prior, latents_and_labels
from tfdpgan.generation.samplers.source import Source

_WAY_OUT = "the classifier cannot read them. Give a smaller --confidence, or --sampler=plain."


def draw(source: Source, num_images: int, labels: np.ndarray | None = None, seed: int | None = None) -> Drawn:
    """Draws images; arguments and result as `tfdpgan.generation.samplers.draw`. Needs a released classifier.

    On lines between latents, the images at the ends are chosen so; those between are not.
    """
    classifier, generator, settings = source.classifier(), source.generator, source.settings
    random = np.random.default_rng(None if seed is None else [seed, 1])
    proposed = 0

    def choose(wanted: np.ndarray) -> np.ndarray:
        nonlocal proposed
        chosen = np.empty([len(wanted), generator.config.latent_dim], np.float32)
        proposals = chosen

        def propose(slots: np.ndarray) -> np.ndarray:
            nonlocal proposals
            proposals = draw_prior(source, len(slots), int(random.integers(2**31)))
            probabilities = classifier.probabilities(generator.images_of(proposals, wanted[slots]))
            return probabilities[np.arange(len(slots)), wanted[slots]]

        def keep(slots: np.ndarray, rows: np.ndarray) -> None:
            chosen[slots] = proposals[rows]

        proposed = acceptance.fill(
            len(wanted), propose, keep, lambda slots, found: found >= settings.confidence, _WAY_OUT
        )
        return chosen

    z, labels = latents_and_labels(source, num_images, labels, seed, choose)
    mark = {"latents": settings.of(LatentConfig), "confidence": settings.confidence, "proposed": proposed}
    return Drawn(generator.images_of(z, labels), generator.shown(labels), mark=mark)
