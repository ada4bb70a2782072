# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A private GAN for arrays, in four calls.

from tfdpgan import DPGAN

gan = DPGAN(target_epsilon=10)
gan.fit(images, labels)
images, labels = gan.sample(100)
gan.save("my_run")
"""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tfdpgan import api, data
from tfdpgan.config import ConfigError
from tfdpgan.config.suggestions import did_you_mean
from tfdpgan.files.complete import complete_folder
from tfdpgan.generation import samplers
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.generation.sampler_config import sampler_config_of
from tfdpgan.generation.samplers import Drawn, Source
from tfdpgan.methods.train_config import TrainConfig
from tfdpgan.run import PRIVATE, RunDirectory, RunError
from tfdpgan.run_ledger import open_ledger


class DPGAN:
    """A differentially private GAN for images in arrays.

    Args:
        model_dir: the run directory; default: a temporary one, which `save` copies.
        show_progress: draw progress bars on stderr.
        **settings: any field of `tfdpgan.methods.train_config.TrainConfig`, such as `target_epsilon=10`,
            `noise_multiplier=1.3`, `delta=1e-5`, `steps=600`.
    """

    def __init__(self, model_dir: str | None = None, show_progress: bool = True, **settings: Any) -> None:
        known = {field.name for field in dataclasses.fields(TrainConfig)}
        unknown = sorted(set(settings) - known)
        if unknown:
            meant = " or ".join(did_you_mean(unknown[0], known))
            suggestion = f"Did you mean {meant} by {unknown[0]}? " if meant else ""
            raise ConfigError(f"Unknown settings: {', '.join(unknown)}. {suggestion}TrainConfig lists all of them.")
        self._temporary = None if model_dir else tempfile.TemporaryDirectory(prefix="tfdpgan-")
        folder = model_dir or str(Path(self._temporary.name) / "run")
        self._config = TrainConfig(dataset="arrays", model_dir=folder, **settings)
        self._show_progress = show_progress
        self._result: api.TrainResult | None = None
        self._generator: ReleasedGenerator | None = None

    def fit(
        self,
        images: np.ndarray,
        labels: np.ndarray | None = None,
        class_names: tuple[str, ...] = (),
        value_range: tuple[float, float] | None = None,
    ) -> DPGAN:
        """Trains on private images.

        Args:
            images: `[n, h, w]` or `[n, h, w, c]`, uint8 in [0, 255], or floats with their `value_range`.
            labels: `[n]` integers from 0, or None for an unconditional generator.
            class_names: one name for each label; default: the labels as text.
            value_range: (0, 1), (-1, 1) or (0, 255): black and white of floating-point images. It is not read off the
                values, since one image could then rescale all others; each image is clipped to it on its own.

        Returns:
            This object.
        """
        if self._config is None:
            raise ConfigError("A generator that was slimmed is not trained on: make a new DPGAN, or slim again.")
        dataset = data.dataset_from_arrays(
            images, labels, class_names or None, is_public=self._config.public_data, value_range=value_range
        )
        self._result = api.train(api.plan(self._config, dataset.num_examples), dataset, self._show_progress)
        self._generator = api.load_generator(self._result.model_dir)
        return self

    def sample(
        self,
        num_images: int,
        labels: np.ndarray | None = None,
        seed: int | None = None,
        sampler: str = "plain",
        **settings: Any,
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Synthetic images `[n, h, w, c]` uint8 and their labels `[n]` int32 (None: no classes). Costs nothing.

        `draw` takes the same, and returns soft labels and how the images were drawn too.
        """
        drawn = self.draw(num_images, labels, seed, sampler, **settings)
        return np.round((drawn.images + 1.0) * 127.5).astype(np.uint8), drawn.labels

    def draw(
        self,
        num_images: int,
        labels: np.ndarray | None = None,
        seed: int | None = None,
        sampler: str = "plain",
        **settings: Any,
    ) -> Drawn:
        """Synthetic images by a sampler. Costs nothing.

        Args:
            num_images: how many.
            labels: `[num_images]` integers; default: every class equally often.
            seed: default: others at every call.
            sampler: a key of `tfdpgan.generation.samplers.SAMPLERS`, such as "collaborative".
            **settings: of the sampler: fields of `tfdpgan.generation.sampler_config.SamplerConfig`.

        Returns:
            Images `[n, h, w, c]` float32 in [-1, 1], labels, soft labels where there are any, and the mark.
        """
        if self._generator is None:
            raise ConfigError("There is no generator yet: call fit, or DPGAN.load.")
        source = Source(self._generator, RunDirectory(self._result.model_dir), sampler_config_of(settings))
        return samplers.draw(sampler, source, num_images, labels, seed)

    @property
    def epsilon(self) -> float:
        """Epsilon that the training cost, at the run's delta."""
        self._require_run()
        return self._result.epsilon

    @property
    def privacy_card(self) -> str:
        """The privacy card, in markdown."""
        self._require_run()
        return RunDirectory(self._result.model_dir).card.read_text()

    def save(self, path: str) -> None:
        """Copies the run, card and ledger included, to a new folder; what lies in its `private/` stays behind."""
        self._require_run()
        if Path(path).exists():
            raise RunError(f"{path} exists already. Give the path of a new folder.")
        with complete_folder(Path(path).absolute()) as partial:
            # Without what only the trainer may see, and without the times at which files were written.
            shutil.copytree(
                self._result.model_dir,
                partial,
                ignore=shutil.ignore_patterns(PRIVATE),
                copy_function=shutil.copyfile,
                dirs_exist_ok=True,
            )

    @classmethod
    def load(cls, path: str) -> DPGAN:
        """The DPGAN of a run directory: of `save`, of train_dpgan.py, or of slim_generator.py (not to be fitted)."""
        generator = api.load_generator(path)
        stored = RunDirectory(path).read_config()
        gan = cls.__new__(cls)
        gan._temporary, gan._show_progress = None, True
        settings, known = stored["config"], {field.name for field in dataclasses.fields(TrainConfig)}
        gan._config = TrainConfig(**{**settings, "model_dir": path}) if set(settings) <= known else None
        gan._generator = generator
        ledger, delta = open_ledger(RunDirectory(path), settings["accountant"]), settings["delta"]
        steps = settings.get("steps", settings.get("fine_tuning_steps", 0))  # a slim run has no others that cost
        gan._result = api.TrainResult(path, ledger.epsilon(delta), delta, steps)
        return gan

    def _require_run(self) -> None:
        if self._result is None:
            raise ConfigError("There is no run yet: call fit, or DPGAN.load.")
