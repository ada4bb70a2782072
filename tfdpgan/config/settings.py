# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of a run, as plain data.

Every setting is one field of a frozen dataclass. The absl flags of the tools (`flags.py`), `config.json`, `--help`
(`help.py`) and the checks are made from these fields, so a setting has one name, one default, one sentence and one rule
everywhere. The first line of a class is the heading of its settings in `--help`.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

from tfdpgan.config.checks import ConfigError, Settings
from tfdpgan.config.declaration import setting
from tfdpgan.config.tables import choices_from
from tfdpgan.privacy.arguments import SMALLEST_CLIP

T = TypeVar("T")

ACCOUNTANTS = choices_from("tfdpgan.privacy.accounting.accountants:ACCOUNTANTS")
CLIP_HINT = "Norms that are smaller are lost in float32; 1.0 is a usual choice."
SCHEDULES = ("constant", "linear", "cosine", "exponential")
NOISE_HINT = "For training without noise say --non_private."
BUDGET_HINT = "Usual budgets are 1 to 10; 0 would allow nothing to be learned."


@dataclasses.dataclass(frozen=True)
class DataConfig(Settings):
    """Which images, and whether they are private."""

    dataset: str = setting(
        "digits",
        "Data set.",
        choices=choices_from("tfdpgan.data:DATASETS", is_closed=False),  # arrays in memory have names of their own
    )
    data_dir: str | None = setting(
        None,
        "Where the data is: a TFDS directory, a .npz in Keras' layout, or a folder of images.",
        may_change=True,
    )
    image_size: int | None = setting(
        None, "Side in pixels that images are resized to (default: the data's own; 32).", above=0
    )
    color_mode: str = setting(
        "auto", "Channels of the images.", choices=choices_from("tfdpgan.data.pixels:COLOR_MODES")
    )
    conditional: bool | None = setting(None, "Generate by class (default: when the data has labels).")
    public_data: bool = setting(False, "Declare the data public: training on it costs no privacy.")
    skip_bad_images: bool = setting(
        False, "Leave out images that cannot be read, instead of stopping.", may_change=True
    )
    holdout: float = setting(
        0.0,
        "Share of the training images, such as 0.1, to set aside for evaluation (about so many).",
        at_least=0,
        below=1,
        hint="A number of images is divided by that of all images first.",
    )
    value_range: str | None = setting(
        None,
        "Black and white in a .npz of floating-point images; integers lie in 0 to 255.",
        choices=("0,1", "-1,1", "0,255"),
    )
    label_attribute: str | None = setting(None, "Attribute that is the label of celeb_a (default: Male).")
    cache_dir: str | None = setting(
        None,
        "Folder for decoded images, for data larger than memory. It will hold the images in the clear.",
        may_change=True,
    )


@dataclasses.dataclass(frozen=True)
class PrivacyConfig(Settings):
    """The mechanism and what it may cost. Names are TF Privacy's."""

    noise_multiplier: float | None = setting(
        None,
        "Standard deviation of the noise over the clip. Give this or --target_epsilon.",
        above=0,
        hint=NOISE_HINT,
    )
    target_epsilon: float | None = setting(
        None,
        "Budget: the noise is chosen so that the whole run stays within it. Give this or --noise_multiplier.",
        above=0,
        hint=BUDGET_HINT,
    )
    delta: float = setting(1e-5, "Delta of the guarantee; should be below 1 / number of images.", above=0, below=1)
    l2_norm_clip: float = setting(
        1.0, "Largest l2 norm of one image's gradient.", at_least=SMALLEST_CLIP, hint=CLIP_HINT
    )
    per_layer_clipping: bool = setting(
        False, "Bound the gradient of each layer on its own, the clip shared out evenly, in place of the whole."
    )
    automatic_clipping: bool = setting(
        False, "Normalise each gradient to the clip's length in place of clipping it (automatic clipping)."
    )
    microbatches: int | None = setting(
        None,
        "Number of microbatches in a batch (default: one for each image). Fewer of them double the sensitivity.",
        above=0,
    )
    accountant: str = setting("pld", "Accountant of the stated epsilon.", choices=ACCOUNTANTS)
    clipping_method: str = setting(
        "auto",
        "How clipped sums are computed.",
        choices=choices_from("tfdpgan.privacy.clipping.per_example:METHODS"),
        may_change=True,
    )
    non_private: bool = setting(False, "Train without any privacy. The card will say so in its first line.")
    secure_noise: bool = setting(
        False, "Kept for older commands: all noise comes from a cryptographic generator, with or without this flag."
    )
    noise_seed: int | None = setting(
        None, "Fixed seed of noise and sampling, FOR TESTS ONLY: a run that uses it is not private."
    )
    tuning_runs: str | None = setting(
        None, "How the settings were chosen (for the card), for example 'on public Fashion-MNIST'.", may_change=True
    )


@dataclasses.dataclass(frozen=True)
class RunConfig(Settings):
    """Where a run lives and how it reports."""

    model_dir: str | None = setting(
        None, "The run directory (default: runs/DATASET). An unfinished run goes on.", may_change=True
    )
    steps_per_block: int | None = setting(
        None,
        "Steps booked at once, with a checkpoint after them: what a crash can lose (default: about 5 seconds).",
        above=0,
        may_change=True,
    )
    distribution: str = setting(
        "one",
        "Devices that compute the clipped sums of private steps: one, or all GPUs of this machine (mirrored).",
        choices=("one", "mirrored"),
        may_change=True,
    )
    tensorboard: bool = setting(
        False, "Write TensorBoard summaries too, into the run's private/tensorboard.", may_change=True
    )


def compose(name: str, doc: str, *parts: type) -> Any:
    """A class of settings that has those of all parts; the first of two that declare the same name decides."""
    return dataclasses.dataclass(frozen=True)(type(name, parts, {"__doc__": doc}))


def from_dict(cls: type[T], values: dict[str, Any]) -> T:
    """A config from the object in config.json. Unknown names are refused."""
    known = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - known)
    if unknown:
        raise ConfigError(f"Unknown settings: {', '.join(unknown)}. They come from another version of tfdpgan.")
    return cls(**values)
