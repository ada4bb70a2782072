# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A private GAN for images, in a few calls.

from tfdpgan import DPGAN

gan = DPGAN(target_epsilon=10)
gan.plan(60000)                       # what it will cost; no image is needed
gan.fit(images, labels)
images, labels = gan.sample(100)
gan.save("my_run")
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from absl import logging
from PIL import Image

from tfdpgan import api, notebook, user_data
from tfdpgan.config import ConfigError
from tfdpgan.config.python_words import python_words
from tfdpgan.config.suggestions import refuse_unknown
from tfdpgan.data.dataset import Dataset
from tfdpgan.evaluation.evaluation_config import EvaluateConfig
from tfdpgan.files.complete import complete_folder
from tfdpgan.generation import samplers
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.generation.sampler_config import sampler_config_of
from tfdpgan.generation.samplers import Drawn, Source
from tfdpgan.methods.train_config import TrainConfig
from tfdpgan.results import Report, TrainResult
from tfdpgan.run import PRIVATE, RunDirectory, RunError
from tfdpgan.run_ledger import open_ledger
from tfdpgan.training.plan import Plan


class DPGAN:
    """A differentially private GAN for images. In a notebook it shows its plan, epsilon, samples and card.

    Args:
        model_dir: the run directory; default: a temporary one, which `save` copies.
        show_progress: draw progress bars: a widget in a notebook, else on stderr.
        **settings: any field of `tfdpgan.methods.train_config.TrainConfig`, such as `target_epsilon=10`,
            `noise_multiplier=1.3`, `delta=1e-5`, `steps=600`, `image_size=32`, `holdout=0.1`.

    Raises:
        ConfigError: for a setting that is unknown or cannot be.
    """

    def __init__(
        self, model_dir: str | os.PathLike[str] | None = None, show_progress: bool = True, **settings: Any
    ) -> None:
        refuse_unknown(settings, TrainConfig)
        if model_dir is not None and not isinstance(model_dir, (str, os.PathLike)):
            raise ConfigError(
                f"model_dir must be the path of a folder. Received: {model_dir!r}. For a budget say "
                f"target_epsilon={model_dir!r}."
            )
        self._temporary = None if model_dir else tempfile.TemporaryDirectory(prefix="tfdpgan-")
        folder = os.fspath(model_dir) if model_dir else str(Path(self._temporary.name) / "run")
        self._given = settings
        with python_words(TrainConfig):
            self._config = TrainConfig(**{"dataset": user_data.IN_MEMORY, **settings, "model_dir": folder})
        self._show_progress = show_progress
        self._plan: Plan | None = None
        self._dataset: Dataset | None = None
        self._result: TrainResult | None = None
        self._generator: ReleasedGenerator | None = None

    def plan(self, num_examples: int) -> Plan:
        """What a training on that many private images would take and cost. Needs no image; the plan shows itself."""
        self._require_fittable()
        with python_words(TrainConfig):
            return api.plan(self._config, user_data.count_of("num_examples", num_examples))

    def fit(
        self,
        images: Any = None,
        labels: np.ndarray | None = None,
        class_names: tuple[str, ...] = (),
        value_range: tuple[float, float] | None = None,
        resume: bool = True,
    ) -> DPGAN:
        """Trains on private images, or goes on with an unfinished run on the same ones in the same `model_dir`.

        Args:
            images: an array `[n, h, w]` or `[n, h, w, c]`, uint8 in [0, 255], or floats with their `value_range`; a
                list of Pillow images; a `tf.data.Dataset` of images or of pairs (image, label); the path of a folder of
                images or of a .npz file; or None for the data set that the settings name (`dataset="digits"`).
            labels: `[n]` integers, or None for an unconditional generator.
            class_names: one name for each label; default: the labels as text.
            value_range: (0, 1), (-1, 1) or (0, 255): black and white of floating-point images. It is not read off the
                values, since one image could then rescale all others; each image is clipped to it on its own.
            resume: False refuses a `model_dir` that holds a run.

        Returns:
            This object.

        Raises:
            ValueError: for images or settings that cannot be used, or a run that began with other images.
        """
        self._require_fittable()
        with python_words(TrainConfig):
            config, dataset = user_data.to_fit(self._config, images, labels, class_names, value_range)
            plan = api.plan(config, dataset.num_examples)
            if not resume and RunDirectory(config.model_dir).exists:
                raise RunError(
                    f"{config.model_dir} holds a run. Give another model_dir, or resume=True to go on with it."
                )
            finished = api.finished_before(plan)
            self._result = api.train(plan, dataset, self._show_progress)
        if finished:
            logging.warning(
                "%s %s: nothing was trained, and nothing more was spent. A new DPGAN trains anew, and what both cost "
                "adds up.",
                config.model_dir,
                finished,
            )
        self._config, self._plan, self._dataset = config, plan, dataset
        self._generator = api.load_generator(self._result.model_dir)
        return self

    def sample(
        self,
        num_images: int,
        labels: np.ndarray | int | None = None,
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
        labels: np.ndarray | int | None = None,
        seed: int | None = None,
        sampler: str = "plain",
        *,
        classes: str | Sequence[str] | None = None,
        **settings: Any,
    ) -> Drawn:
        """Synthetic images by a sampler. Costs nothing.

        Args:
            num_images: how many, 1 or more.
            labels: the class of each image, counted from 0, as `class_names` lists them; or one for all.
            seed: of all that is random; default: other images at every call.
            sampler: a key of `tfdpgan.generation.samplers.SAMPLERS`, such as "collaborative".
            classes: names of classes instead, which are drawn equally often, in this order.
            **settings: of the sampler: fields of `tfdpgan.generation.sampler_config.SamplerConfig`.

        Returns:
            Images `[n, h, w, c]` float32 in [-1, 1], labels, soft labels where there are any, and the mark.
        """
        generator = self._require_generator()
        num_images = user_data.count_of("num_images", num_images)
        with python_words(TrainConfig):
            rows = user_data.labels_to_draw(generator, num_images, labels, classes)
        source = Source(generator, RunDirectory(self._result.model_dir), sampler_config_of(settings))
        return samplers.draw(sampler, source, num_images, rows, seed)

    def plot_samples(
        self,
        num_columns: int = 10,
        num_rows: int | None = None,
        classes: str | Sequence[str] | None = None,
        seed: int = 0,
    ) -> Image.Image:
        """A picture of synthetic images, one row for each class (ten rows at most): a notebook shows it.

        Args:
            num_columns: images in a row.
            num_rows: default: one for each class, or three without classes.
            classes: names of the classes that are shown.
            seed: of the latents.
        """
        generator = self._require_generator()
        if classes is None and generator.is_conditional:
            classes = generator.class_names[: num_rows or 10]
        rows = num_rows or (3 if classes is None else 1 if isinstance(classes, str) else len(classes))
        images, _ = self.sample(rows * num_columns, seed=seed, classes=classes)
        return notebook.picture_of(images, num_columns)

    def report(
        self,
        test_images: Any = None,
        test_labels: np.ndarray | None = None,
        num_images: int = 1000,
        value_range: tuple[float, float] | None = None,
        **settings: Any,
    ) -> Report:
        """Says how good the images are, beside real ones that were not trained on. They are taken to be public.

        Args:
            test_images: real images that the run has not seen, as for `fit`; default: those that `holdout=` set aside,
                or the data set's own.
            test_labels: their labels, as for `fit`.
            num_images: synthetic images that are drawn for it.
            value_range: as for `fit`.
            **settings: any field of `EvaluateConfig`, such as `measures="gen2real,frechet_distance"`.

        Returns:
            The report; a notebook shows its table and its page, which lie in the run directory too.
        """
        self._require_run()
        with python_words(EvaluateConfig):
            config = EvaluateConfig(model_dir=self._result.model_dir, num_images=num_images, **settings)
            dataset = self._dataset
            if test_images is not None:
                if config.allow_private_reference and dataset is None:
                    raise ConfigError(
                        "allow_private_reference needs the training images: use the object that was fitted."
                    )
                dataset = user_data.with_test_images(
                    dataset, self._require_generator(), test_images, test_labels, value_range
                )
            return api.evaluate(config, self._show_progress, dataset)

    @property
    def class_names(self) -> tuple[str, ...]:
        """What labels mean: the name of label 0, 1, ...; () without classes."""
        return self._require_generator().class_names

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
        gan._given, gan._plan, gan._dataset = {}, None, None
        gan._generator = generator
        ledger, delta = open_ledger(RunDirectory(path), settings["accountant"]), settings["delta"]
        steps = settings.get("steps", settings.get("fine_tuning_steps", 0))  # a slim run has no others that cost
        gan._result = TrainResult(path, ledger.epsilon(delta), delta, steps)
        return gan

    def _repr_html_(self) -> str:
        if self._result is None or self._generator is None:
            return notebook.page_before(self._given)
        return notebook.page_of(self._result, self._generator, None if self._plan is None else self._plan.summary())

    def _require_fittable(self) -> None:
        if self._config is None:
            raise ConfigError("A generator that was slimmed is not trained on: make a new DPGAN, or slim again.")

    def _require_run(self) -> None:
        if self._result is None:
            raise ConfigError("There is no run yet: call fit, or DPGAN.load.")

    def _require_generator(self) -> ReleasedGenerator:
        if self._generator is None:
            raise ConfigError("There is no generator yet: call fit, or DPGAN.load.")
        return self._generator
