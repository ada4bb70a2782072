# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The real images that are closest to generated ones: does a generator repeat what it was trained on?

OUTSIDE THE GUARANTEE: both the distances and the picture are computed from real images without noise, and the picture
shows them. Nothing here belongs into a report that leaves the house of the data's owner. A close neighbour is no proof
of copying, and distant ones are no proof of privacy: that is what epsilon is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tfdpgan.data.pixels import to_uint8
from tfdpgan.evaluation.measures.measure import Measure
from tfdpgan.evaluation.result import Result

if TYPE_CHECKING:
    from tfdpgan.evaluation.context import Evaluation

_WHITE = 255
_NUM_QUERIES = 1000
_NUM_SHOWN = 5
_NUM_ROWS = 20


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest references of each query, the nearest first.

    Attributes:
        indices: `[n, k]` int64, rows of the reference.
        distances: `[n, k]` float64, Euclidean, in units of the features (of pixels: grey levels, 0 to 255).
    """

    indices: np.ndarray
    distances: np.ndarray


def nearest_neighbours(queries: np.ndarray, reference: np.ndarray, num_neighbours: int = 5) -> Neighbours:
    """Finds the nearest reference rows of each query by exhaustive search.

    Args:
        queries: `[n, ...]` generated images (pixel space: uint8, or float32 in [-1, 1]), or their features `[n, d]`.
        reference: `[m, ...]` real images, or their features by the same extractor.
        num_neighbours: from 1 to m.

    Returns:
        Indices and distances.

    Raises:
        ValueError: for arrays that do not fit, or more neighbours than references.
    """
    from sklearn.neighbors import NearestNeighbors  # takes a second to import

    if queries.shape[1:] != reference.shape[1:] or not len(queries):
        raise ValueError(f"Queries of shape {queries.shape} and references of {reference.shape} cannot be compared.")
    if not 1 <= num_neighbours <= len(reference):
        raise ValueError(
            f"The number of neighbours must be from 1 to {len(reference)}, the number of references. Received: "
            f"{num_neighbours}."
        )
    query_rows, reference_rows = _rows(queries), _rows(reference)
    search = NearestNeighbors(n_neighbors=num_neighbours, algorithm="brute").fit(reference_rows)
    indices = search.kneighbors(query_rows, return_distance=False)
    # The search multiplies matrices, which cancels for close pairs: a copy must have the distance 0.
    distances = np.stack(
        [
            np.linalg.norm(reference_rows[found].astype(np.float64) - query, axis=1)
            for query, found in zip(query_rows, indices, strict=True)
        ]
    )
    order = np.argsort(distances, axis=1, kind="stable")
    return Neighbours(np.take_along_axis(indices, order, axis=1), np.take_along_axis(distances, order, axis=1))


def neighbour_grid(
    generated: np.ndarray, reference: np.ndarray, indices: np.ndarray, padding: int = 2, gap: int = 10
) -> np.ndarray:
    """One row for each generated image: the image at the left, a gap, its nearest real images.

    Args:
        generated: `[n, h, w, c]` uint8 or float32 in [-1, 1].
        reference: `[m, h, w, c]`.
        indices: `[n, k]` rows of `reference`, from `nearest_neighbours`.
        padding: white pixels between rows and columns.
        gap: white pixels between the generated image and the real ones.

    Returns:
        `[n (h + padding) + padding, (k + 1) (w + padding) + padding + gap, c]` uint8. It shows real images.
    """
    num_rows, height, width, channels = generated.shape
    step_down, step_right = height + padding, width + padding
    shape = (num_rows * step_down + padding, (indices.shape[1] + 1) * step_right + padding + gap, channels)
    grid = np.full(shape, _WHITE, np.uint8)
    for row in range(num_rows):
        top = padding + row * step_down
        shown = [to_uint8(generated[row]), *to_uint8(reference[indices[row]])]
        for column, image in enumerate(shown):
            left = padding + column * step_right + (gap if column else 0)
            grid[top : top + height, left : left + width] = image
    return grid


def _rows(array: np.ndarray) -> np.ndarray:
    """`[n, d]` float32; images as grey levels."""
    if array.ndim > 2:
        array = to_uint8(array)
    return np.asarray(array).reshape(len(array), -1).astype(np.float32)


def _compute(evaluation: Evaluation) -> list[Result]:
    train, generated = evaluation.references.train, evaluation.evaluated.images[:_NUM_QUERIES]
    found = nearest_neighbours(generated, train.images, _NUM_SHOWN)
    evaluation.pictures["nearest_neighbours"] = neighbour_grid(
        generated[:_NUM_ROWS], train.images, found.indices[:_NUM_ROWS]
    )
    details = {}
    if evaluation.references.compared is not train:  # what unseen real images have
        unseen = evaluation.references.compared.sample(_NUM_QUERIES).images
        own = nearest_neighbours(unseen, train.images, 1)
        details = {"median_of_test_images": float(np.median(own.distances))}
    return [
        Result(
            "nearest_neighbours",
            "Median distance to the nearest training image (pixels)",
            float(np.median(found.distances[:, 0])),
            MEASURE.paper,
            reference=train.name,
            num_generated=len(generated),
            num_reference=len(train),
            reads_private_training_images=train.is_private,
            details=details,
        )
    ]


MEASURE = Measure(
    "Nearest training images", "of this package", _compute, needs_train_images=True, shows_real_images=True
)
