# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Images with the labels that the run's classifier reads off them, in place of those that they were drawn for.

The classifier was trained by DP-SGD before the generator, and its cost is in the run's epsilon already: asking it is
post-processing. Hard labels are its most probable classes. Soft labels are all its probabilities beside them
(distillation, Hinton, Vinyals and Dean 2015): an image between two classes says so to whoever learns from it.
"""

from __future__ import annotations

import numpy as np

from tfdpgan.generation.samplers import plain
from tfdpgan.generation.samplers.drawn import Drawn
from tfdpgan.generation.samplers.source import Source


def draw(source: Source, num_images: int, labels: np.ndarray | None = None, seed: int | None = None) -> Drawn:
    """Draws images; arguments as `tfdpgan.generation.samplers.draw`. Needs a released classifier.

    Args:
        labels: what the images are drawn for; what they are returned with may differ.
    """
    classifier = source.classifier()
    drawn = plain.draw(source, num_images, labels, seed)
    probabilities = classifier.probabilities(drawn.images)
    read = probabilities.argmax(axis=1).astype(np.int32)
    mark = {
        **drawn.mark,
        "labels": f"{source.settings.relabel_to}, by the run's classifier",
        "share_of_images_with_another_label": float(np.mean(read != drawn.labels)),
    }
    return Drawn(drawn.images, read, probabilities if source.settings.relabel_to == "soft" else None, mark)
