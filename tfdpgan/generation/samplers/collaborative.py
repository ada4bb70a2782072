# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Collaborative sampling: the discriminator's gradient improves each image (Liu, Kothari and Alahi 2020).

Images that the discriminator takes for real already (D(x) >= eta) stay bit for bit what plain sampling draws; zero
steps are plain sampling. `tfdpgan.generation.samplers.refinement` has the algorithm. After it, images may be chosen
among by rejection or Metropolis-Hastings on the logits of the refined ones, as the paper's code does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tfdpgan.generation.sampler_config import AcceptanceConfig, LatentConfig, RefinementConfig
from tfdpgan.generation.samplers.choosing import choose_images
from tfdpgan.generation.samplers.drawn import Drawn
from tfdpgan.generation.samplers.generator_refiner import GeneratorRefiner
from tfdpgan.generation.samplers.latent_draws import latents_and_labels
from tfdpgan.generation.samplers.refinement import Refinement
from tfdpgan.generation.samplers.source import Source

_AT_ONCE = 256


def draw(source: Source, num_images: int, labels: np.ndarray | None = None, seed: int | None = None) -> Drawn:
    """Draws images; arguments and result as `tfdpgan.generation.samplers.draw`. Needs a released discriminator."""
    discriminator, generator, settings = source.discriminator(), source.generator, source.settings
    refinement = Refinement(
        settings.refine_steps, settings.refine_rate, settings.refine_optimizer, settings.refine_until
    )
    refiner = GeneratorRefiner(generator.model, discriminator.model, settings.refine_layer, refinement)
    counts = {"images": 0, "refined": 0, "at_eta": 0}

    def refined(z: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        images = np.array(generator.images_of(z, wanted))
        logits = []
        for start in range(0, len(wanted), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            found = refiner(tf.constant(z[part]), tf.constant(wanted[part]))
            moved = found.moved.numpy()
            images[part][moved] = found.outputs.numpy()[moved]
            logits.append(found.logits.numpy())
            counts["refined"] += int(moved.sum())
        counts["images"] += len(wanted)
        joined = np.concatenate(logits)
        counts["at_eta"] += int(np.sum(1 / (1 + np.exp(-joined.astype(np.float64))) >= settings.refine_until))
        return images, joined

    mark: dict[str, Any] = {
        "latents": settings.of(LatentConfig),
        "refinement": {**settings.of(RefinementConfig), "refine_layer": refiner.layer},
    }
    if settings.refine_then == "none":
        z, labels = latents_and_labels(source, num_images, labels, seed)
        images, _ = refined(z, labels)
    else:
        labels = generator.labels_for(num_images, labels)
        images, proposed = choose_images(source, settings.refine_then, labels, seed, refined)
        mark |= {"acceptance": settings.of(AcceptanceConfig), "proposed": proposed}
    shares = {name: counts[name] / counts["images"] for name in ("refined", "at_eta")}
    return Drawn(images, generator.shown(labels), mark={**mark, "share_of_images": shares})
