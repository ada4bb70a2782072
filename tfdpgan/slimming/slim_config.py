# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of slim_generator.py. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses
from typing import Any

from tfdpgan.config import (
    BUDGET_HINT,
    CLIP_HINT,
    NOISE_HINT,
    ConfigError,
    DataConfig,
    PrivacyConfig,
    Settings,
    check_budget,
    choices_from,
    redeclared,
    setting,
)
from tfdpgan.privacy.arguments import SMALLEST_CLIP


@dataclasses.dataclass(frozen=True)
class CompressionSettings(Settings):
    """How a generator is made smaller."""

    distillation_images: int = setting(
        20000, "Images that the teacher draws to learn from; the recipe has 200000.", above=0
    )
    pruning_steps: int = setting(2000, "Steps in which channels fade out (0: keep all).", at_least=0)
    recovery_steps: int = setting(5000, "Steps after that, of the small generator.", at_least=0)
    target_compute_ratio: float | None = setting(
        None,
        "Stop pruning when an image takes this many times fewer multiplications, and prune as far (default: what "
        "--scale_penalty gives).",
        at_least=1,
    )
    bits: int = setting(
        32,
        "Bits of weights and activations that the small generator learns to live with. A float one can be exported in "
        "fewer bits as well.",
        choices=choices_from("tfdpgan.models.quantized_layers:BIT_WIDTHS"),
    )
    quantizer: str = setting(
        "tfmot",
        "Ranges of the inputs of layers: learned, or [0, 4] as published (clamped).",
        choices=choices_from("tfdpgan.models.quantized_layers:METHODS"),
    )
    pixel_weight: float = setting(10.0, "Weight of the mean absolute difference of pixels.", at_least=0)
    perceptual_weight: float = setting(
        0.0, "Weight of the perceptual loss, which needs VGG16's weights; the recipe has 20.", at_least=0
    )
    style_weight: float = setting(1e5, "Weight of the Gram matrices within the perceptual loss.", at_least=0)
    gan_weight: float = setting(
        0.0,
        "Weight of the loss against a discriminator that sees the teacher's images only; the recipe has 1.",
        at_least=0,
    )
    vgg16_path: str | None = setting(
        None, "A .h5 file with VGG16's weights, no top (default: Keras' own, downloaded).", may_change=True
    )
    vgg16_preprocessing: str = setting("caffe", "Preprocessing that these weights expect.", choices=("caffe", "torch"))
    distillation_batch_size: int = setting(64, "Images in a step.", above=0)
    distillation_learning_rate: float = setting(
        2e-3,
        "Adam's initial learning rate, falling on a cosine; the recipe, with a GAN loss and many more steps, has 1e-5.",
        above=0,
    )
    weight_decay: float = setting(1e-3, "Weight decay.", at_least=0)
    scale_penalty: float = setting(0.01, "Weight of the scales' l1 norm: rho.", at_least=0)
    scale_learning_rate: float = setting(0.1, "Learning rate of the scales' own SGD.", above=0)
    scale_momentum: float = setting(0.5, "Momentum of it.", at_least=0, below=1)
    seed: int = setting(0, "Seed of latents and batches.")


@dataclasses.dataclass(frozen=True)
class FineTuningSettings(Settings):
    """Fine-tuning on the private images in the end. It costs privacy."""

    fine_tuning_steps: int = setting(
        0, "Discriminator steps of DP-SGD on the private images in the end (0: none). They cost privacy.", at_least=0
    )
    noise_multiplier: float | None = setting(
        None, "Noise over clip in the fine-tuning. Give this or --target_epsilon.", above=0, hint=NOISE_HINT
    )
    target_epsilon: float | None = setting(
        None,
        "Budget of the teacher and the fine-tuning together: finds the noise. Give this or --noise_multiplier.",
        above=0,
        hint=BUDGET_HINT,
    )
    l2_norm_clip: float = setting(
        1.0,
        "Largest l2 norm of one image's gradient in the fine-tuning.",
        at_least=SMALLEST_CLIP,
        hint=CLIP_HINT,
    )
    batch_size: int | None = setting(
        None,
        "Expected size of the fine-tuning's Poisson batch (default: a sixth of the images, at most 2048).",
        above=0,
    )
    learning_rate: float = setting(5e-4, "Learning rate of the fine-tuning's discriminator.", above=0)
    generator_learning_rate: float = setting(1e-5, "Learning rate of the generator in the fine-tuning.", above=0)
    discriminator_steps: int = setting(3, "Discriminator steps for one generator step in the fine-tuning.", above=0)


@dataclasses.dataclass(frozen=True)
class SlimReportSettings(Settings):
    """What is measured, kept and shown."""

    evaluation_images: int = setting(
        0,
        "Images that teacher and slim generator draw to be compared with the real test images, in the end (0: no "
        "real image is read).",
        at_least=0,
        may_change=True,
    )
    keep_distillation_set: bool = setting(False, "Keep the teacher's images in the run directory.", may_change=True)
    steps_per_block: int | None = setting(
        None,
        "Steps between two checkpoints: what a crash can lose (default: about 5 seconds).",
        above=0,
        may_change=True,
    )
    samples_every: int = setting(200, "Steps between two grids of samples.", above=0, may_change=True)
    tensorboard: bool = setting(False, "Write TensorBoard summaries too.", may_change=True)


@dataclasses.dataclass(frozen=True)
class SlimSettings(CompressionSettings, FineTuningSettings, SlimReportSettings):
    """What a slimming and its run directory both hold."""


@dataclasses.dataclass(frozen=True)
class SlimConfig(SlimSettings):
    """Which runs, and which data."""

    model_dir: str | None = setting(None, "The run whose generator is the teacher. It stays as it is.")
    output_dir: str | None = setting(
        None, "The new run (default: the teacher's name with _slim). An unfinished one goes on."
    )

    dataset: str | None = setting(
        None,
        "Data of the fine-tuning and of the evaluation (default: the teacher's own data).",
        choices=choices_from("tfdpgan.data:DATASETS", is_closed=False),
    )
    data_dir: str | None = setting(None, "Where it is.")

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_loss(self)
        if self.model_dir is None:
            raise ConfigError("Give the teacher's run: --model_dir=RUN, trained by train_dpgan.py.")
        if self.output_dir is not None and self.output_dir.rstrip("/") == self.model_dir.rstrip("/"):
            raise ConfigError(f"--output_dir={self.output_dir} is the teacher's own run. Give another folder.")
        if self.evaluation_images == 1:
            raise ConfigError("--evaluation_images must be 0, or 2 or more (usual: 10000). Received: 1.")
        if (self.dataset or self.data_dir) and not self.reads_data:
            raise ConfigError(
                "--dataset and --data_dir are for --fine_tuning_steps and --evaluation_images: nothing else reads "
                "real images."
            )

    @property
    def reads_data(self) -> bool:
        """Whether real images are read at all."""
        return bool(self.fine_tuning_steps or self.evaluation_images)


_PRIVACY = {field.name: field for field in dataclasses.fields(PrivacyConfig)}


@dataclasses.dataclass(frozen=True)
class SlimRunConfig(SlimSettings, DataConfig):
    """What config.json of a slim run holds: its settings, and those of its ancestors' data and privacy."""

    model_dir: str = setting("", "The slim run.", may_change=True)
    teacher_dir: str = setting("", "The teacher's run.", may_change=True)
    delta: float = redeclared(_PRIVACY["delta"])
    accountant: str = redeclared(_PRIVACY["accountant"])


def resolve(
    config: SlimConfig, teacher_settings: dict[str, Any], image_shape: tuple[int, int, int], is_conditional: bool
) -> SlimRunConfig:
    """The settings of the slim run; delta, accountant and, unless others are given, data are the teacher's."""
    own = {field.name: getattr(config, field.name) for field in dataclasses.fields(SlimSettings)}
    names = [field.name for field in dataclasses.fields(DataConfig)] + ["delta", "accountant"]
    inherited = {name: teacher_settings[name] for name in names if name in teacher_settings}
    if config.dataset is not None:
        inherited = {
            "dataset": config.dataset,
            "image_size": image_shape[0],
            "conditional": is_conditional,
            "color_mode": "grayscale" if image_shape[-1] == 1 else "rgb",
            **{name: inherited[name] for name in ("delta", "accountant") if name in inherited},
        }
    if config.data_dir is not None:
        inherited["data_dir"] = config.data_dir
    settings = SlimRunConfig(
        **own,
        **inherited,
        model_dir=config.output_dir or f"{config.model_dir.rstrip('/')}_slim",
        teacher_dir=config.model_dir,
    )
    _check_noise(settings)
    return settings


def _check_noise(settings: SlimRunConfig) -> None:
    if settings.fine_tuning_steps and not settings.public_data:
        check_budget(settings.noise_multiplier, settings.target_epsilon)
    elif settings.noise_multiplier is not None or settings.target_epsilon is not None:
        why = (
            "--fine_tuning_steps on public images needs"
            if settings.fine_tuning_steps
            else ("without --fine_tuning_steps there is")
        )
        raise ConfigError(f"Leave out --noise_multiplier and --target_epsilon: {why} no noise.")


def _check_loss(config: SlimSettings) -> None:
    if not (config.pixel_weight or config.perceptual_weight or config.gan_weight):
        raise ConfigError("Nothing is learned without --pixel_weight, --perceptual_weight or --gan_weight above 0.")
    if config.bits < 32 and not config.recovery_steps:
        raise ConfigError(f"--bits={config.bits} learns its ranges in --recovery_steps: give 1 or more, or --bits=32.")
    if config.target_compute_ratio and not config.pruning_steps:
        raise ConfigError("--target_compute_ratio needs --pruning_steps above 0.")
