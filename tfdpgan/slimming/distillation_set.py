# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a student learns from: images that the teacher drew, with their latents and labels, on disk.

Three arrays in NumPy's format that are mapped into memory, so their number is bounded by the disk alone. They are
synthetic: no private image is read, and under DP the guarantee of the teacher covers them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np

from tfdpgan.data.pixels import to_float, to_uint8
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.run import RunError

_IMAGES_PER_STEP = 256


class DistillationSet:
    """Images `[n, h, w, c]` uint8, latents `[n, latent_dim]` float32, labels `[n]` int32.

    Args:
        folder: where they are, or will be.
        num_images: n.
    """

    def __init__(self, folder: Path, num_images: int) -> None:
        self.folder = folder
        self.num_images = num_images
        self._arrays: dict[str, Any] | None = None

    def create(self, image_shape: tuple[int, ...], latent_dim: int) -> None:
        """Makes room on the disk for all images."""
        self.folder.mkdir(parents=True, exist_ok=True)
        contents = {"images": (np.uint8, image_shape), "latents": (np.float32, (latent_dim,)), "labels": (np.int32, ())}
        for name, (dtype, shape) in contents.items():
            np.lib.format.open_memmap(self._path(name), "w+", dtype, (self.num_images, *shape)).flush()

    def write(self, start: int, images: np.ndarray, latents: np.ndarray, labels: np.ndarray) -> None:
        """Puts images (uint8), latents and labels at `start` and after; they are on the disk when this returns."""
        arrays = self._open("r+")
        for name, values in (("images", images), ("latents", latents), ("labels", labels)):
            arrays[name][start : start + len(values)] = values
            arrays[name].flush()

    def batch(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Latents, labels, and images float32 in [-1, 1], at `indices`."""
        arrays = self._open("r")
        return arrays["latents"][indices], arrays["labels"][indices], to_float(arrays["images"][indices])

    def _open(self, mode: Literal["r", "r+"]) -> dict[str, Any]:
        if self._arrays is None or mode == "r+" and not self._arrays["images"].flags.writeable:
            try:
                self._arrays = {name: np.load(self._path(name), mode) for name in ("images", "latents", "labels")}
            except (OSError, ValueError) as error:
                raise RunError(
                    f"The distillation set in {self.folder} cannot be read ({error}). Give another --output_dir."
                ) from None
            if len(self._arrays["images"]) != self.num_images:
                raise RunError(
                    f"{self.folder} holds {len(self._arrays['images'])} images and not {self.num_images}: it is "
                    "another run's. Give another --output_dir."
                )
        return self._arrays

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.npy"


class DistillationSetPhase:
    """The teacher fills the set, some images a step; a step that is done again after a crash writes the same."""

    name = "distillation_set"
    stage = reads = sampled = None

    def __init__(self, teacher: ReleasedGenerator, distillation_set: DistillationSet, seed: int) -> None:
        self.num_steps = -(-distillation_set.num_images // _IMAGES_PER_STEP)
        self.trackables: dict[str, Any] = {}
        self._teacher = teacher
        self._set = distillation_set
        self._seed = seed

    def prepare(self, ledger: Ledger, step: int) -> None:
        """Makes room before the first image."""
        del ledger
        if step == 0:
            self._set.create(self._teacher.shape[:3], self._teacher.config.latent_dim)

    def step(self, step: int) -> dict[str, float]:
        """Draws and writes the next images."""
        start = step * _IMAGES_PER_STEP
        count = min(_IMAGES_PER_STEP, self._set.num_images - start)
        rng = np.random.default_rng([self._seed, step])
        latents = rng.standard_normal((count, self._teacher.config.latent_dim), np.float32)
        labels = (np.arange(start, start + count) % self._teacher.shape.num_classes).astype(np.int32)
        self._set.write(start, to_uint8(self._teacher.images_of(latents, labels)), latents, labels)
        return {}
