# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of evaluate.py."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Collection
from pathlib import Path
from typing import Any

from tfdpgan.config import ConfigError, DataConfig, Settings, redeclared, setting
from tfdpgan.evaluation.extractors import EXTRACTORS
from tfdpgan.evaluation.measures import MEASURES
from tfdpgan.generation.sampler_config import SamplerConfig, sampler_setting

_OFF_BY_DEFAULT = ("nearest_neighbours",)  # they show real images
DEFAULT_MEASURES = tuple(name for name in MEASURES if name not in _OFF_BY_DEFAULT)
CLASSIFIERS = ("cnn", "mlp", "logistic")
_FEWEST_IMAGES = 20


def _data_overrides() -> type:
    """DataConfig's fields, each None unless it is given: then the run's own setting holds, or DataConfig's default."""
    hints = typing.get_type_hints(DataConfig)
    fields = [(field.name, hints[field.name] | None, _open(field)) for field in dataclasses.fields(DataConfig)]
    namespace = {"__doc__": DataConfig.__doc__}
    return dataclasses.make_dataclass("DataOverrides", fields, bases=(Settings,), namespace=namespace, frozen=True)


def _open(field: dataclasses.Field[Any]) -> Any:
    return redeclared(field, default=None, help=f"{field.metadata['help']} With a run: its own.")


@dataclasses.dataclass(frozen=True)
class EvaluatedConfig(Settings):
    """What is evaluated, and where the result goes."""

    model_dir: str | None = setting(None, "The run to evaluate. Give this or --images.")
    images: str | None = setting(
        None, "Images to evaluate instead: FILE.npz, a folder, or FILE.tflite to draw from. Needs --dataset."
    )
    num_images: int = setting(
        10000, "Images to draw from the run, classes balanced; the most to read of --images.", at_least=_FEWEST_IMAGES
    )
    seed: int = setting(0, "Seed of the drawn images.")
    sampler: str = sampler_setting()
    output_dir: str | None = setting(None, "Where evaluation.json and report.html go (default: the run, or here).")


@dataclasses.dataclass(frozen=True)
class MeasureConfig(Settings):
    """Measures, and the networks that they look through."""

    measures: str = setting(
        ",".join(DEFAULT_MEASURES),
        f"Measures, comma-separated: {', '.join(MEASURES)} ({', '.join(_OFF_BY_DEFAULT)} shows real images).",
    )
    extractors: str | None = setting(
        None,
        f"Networks whose features are compared, comma-separated: {', '.join(EXTRACTORS)} (default: classifier; "
        "pixels for data without labels).",
    )
    classifiers: str = setting(",".join(CLASSIFIERS), "Classifiers of gen2real and real2gen, comma-separated.")
    seeds: int = setting(
        1, "How many times each classifier is trained, with another seed each: mean and spread.", at_least=1
    )
    inception_path: str | None = setting(None, "Folder of TF-GAN's Inception (default: downloaded from TF-Hub).")
    vgg16_path: str | None = setting(None, "A .h5 file with VGG16's weights, no top (default: Keras' own, downloaded).")
    vgg16_preprocessing: str = setting("caffe", "Preprocessing that these weights expect.", choices=("caffe", "torch"))
    vgg16_size: int = setting(
        64, "Side in pixels of the images that VGG16 sees; 224 is its own, and slow.", at_least=32
    )
    backend: str = setting(
        "tfdpgan", "Whose code computes Frechet distance and Inception score.", choices=("tfdpgan", "tfgan")
    )


@dataclasses.dataclass(frozen=True)
class ReferenceConfig(Settings):
    """The real images that are compared with."""

    reference: str = setting(
        "auto",
        "Real images to compare with; auto is test, or train where there is no test split.",
        choices=("auto", "test", "train"),
    )
    allow_private_reference: bool = setting(
        False, "Compute measures that read private training images too. They are outside the guarantee, and marked."
    )
    statistics_dir: str | None = setting(None, "Keeps statistics of real images (default: the user's cache).")


@dataclasses.dataclass(frozen=True)
class EvaluateConfig(
    EvaluatedConfig,
    MeasureConfig,
    ReferenceConfig,
    SamplerConfig,
    _data_overrides(),  # type: ignore[misc]
):
    """Everything that evaluate.py can be told."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.model_dir is None) == (self.images is None):
            raise ConfigError("Give exactly one of --model_dir=RUN and --images=FILE.npz (or .tflite, or a folder).")
        if self.images is not None and self.dataset is None:
            raise ConfigError("--images needs the real data to compare with, for example --dataset=mnist.")
        for name, known in (
            ("measures", tuple(MEASURES)),
            ("extractors", tuple(EXTRACTORS)),
            ("classifiers", CLASSIFIERS),
        ):
            _names(name, getattr(self, name), known)

    @property
    def measure_list(self) -> list[str]:
        """The names in `measures`, in the order of the table."""
        chosen = _names("measures", self.measures, MEASURES)
        return [name for name in MEASURES if name in chosen]

    @property
    def extractor_list(self) -> list[str] | None:
        """The names in `extractors`; None where the data decide."""
        return None if self.extractors is None else _names("extractors", self.extractors, EXTRACTORS)

    @property
    def classifier_list(self) -> list[str]:
        """The names in `classifiers`."""
        return _names("classifiers", self.classifiers, CLASSIFIERS)

    def data_config(self, run_settings: dict[str, Any] | None = None) -> DataConfig:
        """Which data: what was given, else what the run was trained with, else the defaults.

        Raises:
            ConfigError: for held-out images that the run was trained on, or private ones that became public.
        """
        names = [field.name for field in dataclasses.fields(DataConfig)]
        trained_on = {name: run_settings[name] for name in names if name in (run_settings or {})}
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        config = DataConfig(**{**trained_on, **given})
        if config.dataset == trained_on.get("dataset") and _same_path(config.data_dir, trained_on["data_dir"]):
            _check_unchanged(trained_on["holdout"], trained_on["public_data"], config)
        return config


def _check_unchanged(holdout: int, was_public: bool, config: DataConfig) -> None:
    if config.holdout != holdout:
        raise ConfigError(
            f"The run was trained with --holdout={holdout}: what it was trained on cannot be held out afterwards. "
            f"Leave --holdout={config.holdout} out."
        )
    if config.public_data and not was_public:
        raise ConfigError(
            "The run was trained on private data, and its card says so: --public_data cannot be declared afterwards. "
            "Use --allow_private_reference, which marks the figures."
        )


def _same_path(first: str | None, second: str | None) -> bool:
    return first == second or bool(first and second and Path(first).resolve() == Path(second).resolve())


def _names(flag: str, text: str | None, known: Collection[str]) -> list[str]:
    if text is None:
        return []
    names = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise ConfigError(f"--{flag} takes {', '.join(known)}, comma-separated. Received: {text!r}.")
    return names
