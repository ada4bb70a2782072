# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The definitions of precision, recall, density and coverage, one pair of points at a time."""

import numpy as np


def all_pairs(real, generated, k):
    """All four by name: slow, and obviously right."""

    def radius(point, points):
        return sorted(np.linalg.norm(other - point) for other in points)[k]  # the first is the point itself

    real_radii = [radius(point, real) for point in real]
    generated_radii = [radius(point, generated) for point in generated]
    inside_real = np.array(
        [[np.linalg.norm(r - g) < rr for r, rr in zip(real, real_radii, strict=True)] for g in generated]
    )
    inside_generated = np.array(
        [[np.linalg.norm(r - g) < gr for g, gr in zip(generated, generated_radii, strict=True)] for r in real]
    )
    return {
        "precision": inside_real.any(axis=1).mean(),
        "recall": inside_generated.any(axis=1).mean(),
        "density": inside_real.sum(axis=1).mean() / k,
        "coverage": inside_real.any(axis=0).mean(),
    }


def sets(seed, num_real, num_generated, width=5):
    """Two clouds of points, of which one is moved and stretched."""
    rng = np.random.default_rng(seed)
    shift, scale = rng.uniform(0, 1), rng.uniform(0.3, 1.5)
    return rng.standard_normal((num_real, width)), rng.standard_normal((num_generated, width)) * scale + shift
