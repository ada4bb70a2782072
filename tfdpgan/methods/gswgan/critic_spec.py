# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What the networks of a shard are: layers, weights and memory. Planning reads this, so it needs no TensorFlow."""

from __future__ import annotations

import dataclasses
import math

from tfdpgan.models.shapes import ImageShape

KINDS = ("conv", "patch")
_PATCH = 4  # pixels of a side
_BYTES = 4
_COPIES = 3  # the weights and Adam's two averages


@dataclasses.dataclass(frozen=True)
class CriticSpec:
    """The layout that all networks of a bank share.

    `conv` is the published one: three 5x5 convolutions of w, 2w and 4w channels that halve the side, and a linear layer
    on what is left. `patch` is for many small critics on few cores: one convolution of w channels on 4x4 patches that
    do not overlap, and a dense layer of 4w units on all of them. Its layers are products of matrices, which many
    critics share in one call; convolutions with a kernel for each critic cannot be shared so (measured: slower than one
    critic after the other).

    Attributes:
        shape: of the images, in [-1, 1].
        kind: "conv" or "patch".
        width: w, the published one is 64.
        spectral_norm: divide each kernel by its largest singular value (Miyato et al. 2018).
        num_outputs: 1 for a critic, with an inner product of the features and the label's embedding (Miyato and Koyama
            2018) added where there are classes; otherwise that many scores and no embedding: DPAC's classifier.
        gradient_penalty: weight of (||grad|| - 1)^2.
        drift_penalty: weight of the squared scores of real images (Karras et al. 2018, appendix A.1).

    Raises:
        ValueError: a value is out of its range, or the side does not fit.
    """

    shape: ImageShape
    kind: str = "conv"
    width: int = 64
    spectral_norm: bool = True
    num_outputs: int = 1
    gradient_penalty: float = 10.0
    drift_penalty: float = 1e-3

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind is {self.kind!r}; it must be one of {', '.join(KINDS)}.")
        for name in ("width", "num_outputs"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be a whole number, 1 or more.")
        if self.kind == "patch" and (self.shape.height % _PATCH or self.shape.width % _PATCH):
            raise ValueError(
                f"Critics of kind 'patch' need sides that are multiples of {_PATCH}. Received: {self.shape.height}x"
                f"{self.shape.width}. Try --image_size=28, or kind 'conv'."
            )

    @property
    def has_embedding(self) -> bool:
        """Whether the label has an embedding."""
        return self.num_outputs == 1 and self.shape.num_classes > 1

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Name -> shape of one network's weights, in the order of the layers. Kernels end on their outputs."""
        height, width, channels = self.shape[:3]
        if self.kind == "conv":
            kernels: list[tuple[int, ...]] = []
            for factor in (1, 2, 4):
                kernels.append((5, 5, channels, factor * self.width))
                height, width, channels = -(-height // 2), -(-width // 2), factor * self.width
            features = height * width * channels
        else:
            patches = (height // _PATCH) * (width // _PATCH)
            features = 4 * self.width
            kernels = [(_PATCH * _PATCH * channels, self.width), (patches * self.width, features)]
        shapes: dict[str, tuple[int, ...]] = {}
        for index, kernel in enumerate([*kernels, (features, self.num_outputs)]):
            shapes |= {f"kernel_{index}": kernel, f"bias_{index}": kernel[-1:]}
        if self.has_embedding:
            shapes["embedding"] = (features, self.shape.num_classes)
        return shapes

    def num_weights(self) -> int:
        """Of one network, spectral normalisation's vectors not counted."""
        return sum(math.prod(shape) for shape in self.weight_shapes().values())


def bank_memory(num_critics: int, spec: CriticSpec) -> int:
    """Bytes that a bank of K critics with their optimizer's state takes: 12 K for each weight (13 GB as published)."""
    return num_critics * _COPIES * _BYTES * spec.num_weights()


def memory_sentence(num_critics: int, spec: CriticSpec) -> str:
    """One line to show before the memory is taken."""
    return (
        f"{num_critics} critics of {spec.num_weights():,} weights with their optimizer's state take "
        f"{bank_memory(num_critics, spec) / 1e9:.2f} GB."
    )
