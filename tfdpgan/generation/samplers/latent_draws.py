# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Latents for images: independent ones of a prior, and those on lines between pairs."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tfdpgan.generation.sampler_config import LatentConfig
from tfdpgan.generation.samplers.source import Source

Choose = Callable[[np.ndarray], np.ndarray]


def latents_and_labels(
    source: Source, num_images: int, labels: np.ndarray | None, seed: int | None, choose: Choose | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Latents `[num_images, latent_dim]` float32 and labels `[num_images]` int32, as the settings want them.

    Args:
        source: its settings say whether latents are independent or lie on lines.
        num_images: how many, 1 or more.
        labels: `[num_images]` int32; default: every class equally often, on lines one class a line, in turn.
        seed: of the prior.
        choose: from labels `[n]` to latents `[n, latent_dim]` that a sampler accepts for them; default: any of the
            prior. On lines it is asked for the ends alone.

    Raises:
        ConfigError: for a number or labels that cannot be.
    """
    generator, settings = source.generator, source.settings
    choose = choose or (lambda wanted: draw_prior(source, len(wanted), seed))
    if not settings.interpolate:
        labels = generator.labels_for(num_images, labels)
        return choose(labels), labels
    per_line = settings.interpolation_steps
    num_lines = -(-num_images // per_line)
    if labels is None:
        classes = np.arange(num_lines, dtype=np.int32) % generator.shape.num_classes
        labels = np.repeat(classes, per_line)[:num_images]
    labels = generator.labels_for(num_images, labels)
    of_lines = labels[::per_line]
    if settings.interpolation_pairs == "chained":
        ends = choose(np.append(of_lines, of_lines[-1:]))
        starts, ends = ends[:-1], ends[1:]
    else:
        starts, ends = np.split(choose(np.concatenate([of_lines, of_lines])), 2)
    paths = [path_between(start, end, settings) for start, end in zip(starts, ends, strict=True)]
    return np.concatenate(paths)[:num_images], labels


def draw_prior(source: Source, num_images: int, seed: int | None) -> np.ndarray:
    """Independent latents `[num_images, latent_dim]` float32 of --prior."""
    settings = source.settings
    if settings.prior == "truncated":
        return _truncated(source, num_images, seed)
    z = source.generator.latents_for(num_images, seed).numpy()
    if settings.prior == "sphere":
        return z * (math.sqrt(z.shape[1]) / np.linalg.norm(z, axis=1, keepdims=True)).astype(np.float32)
    if settings.prior == "uniform":  # the normal's distribution function, then unit variance
        cumulative = tf.math.erf(z / math.sqrt(2)).numpy()
        return (math.sqrt(3) * cumulative).astype(np.float32)
    return z


def _truncated(source: Source, num_images: int, seed: int | None) -> np.ndarray:
    """Normal components within --truncation (Brock, Donahue and Simonyan 2019), by the inverse distribution function.

    The same latents squeezed: what drawing anew gives, in distribution, however small the bound is.
    """
    z = source.generator.latents_for(num_images, seed).numpy().astype(np.float64)
    inside = math.erf(source.settings.truncation / math.sqrt(2))
    uniform = tf.math.erf(z / math.sqrt(2)).numpy() * inside
    squeezed = math.sqrt(2) * tf.math.erfinv(uniform).numpy()
    return np.clip(squeezed, -source.settings.truncation, source.settings.truncation).astype(np.float32)


def path_between(start: np.ndarray, end: np.ndarray, settings: LatentConfig) -> np.ndarray:
    """The latents of one line, `[interpolation_steps, latent_dim]` float32."""
    num_steps = settings.interpolation_steps
    fractions = np.linspace(0.0, 1.0, num_steps if settings.interpolation_endpoints else num_steps + 2)
    if not settings.interpolation_endpoints:
        fractions = fractions[1:-1]
    way = spherical_path if settings.interpolation_path == "spherical" else linear_path
    return way(start, end, fractions)


def linear_path(start: np.ndarray, end: np.ndarray, fractions: np.ndarray) -> np.ndarray:
    """z = (1 - a) start + a end (Radford, Metz and Chintala 2016) for each a of `fractions`: `[n, latent_dim]`."""
    a = fractions.astype(np.float32)[:, None]
    return (1.0 - a) * start + a * end


def spherical_path(start: np.ndarray, end: np.ndarray, fractions: np.ndarray) -> np.ndarray:
    """The great circle between the directions of two latents (White 2016), the norm changing evenly: `[n, latent_dim]`.

    The middle of a straight line between normal latents is shorter than latents are. Here it is as long. Latents of
    the same or of opposite direction have no circle; they are joined by the line.
    """
    norms = np.linalg.norm(start), np.linalg.norm(end)
    if min(norms) == 0:
        return linear_path(start, end, fractions)
    directions = start / norms[0], end / norms[1]
    angle = math.acos(float(np.clip(directions[0] @ directions[1], -1.0, 1.0)))
    if math.sin(angle) < 1e-4:
        return linear_path(start, end, fractions)
    a = fractions[:, None]
    on_circle = (np.sin((1 - a) * angle) * directions[0] + np.sin(a * angle) * directions[1]) / math.sin(angle)
    return (on_circle * ((1 - a) * norms[0] + a * norms[1])).astype(np.float32)
