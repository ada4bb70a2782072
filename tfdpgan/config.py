# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of a run, as plain data.

Every setting is one field of a frozen dataclass. The absl flags of the tools (`config_flags.py`), `config.json` and
`--help` are made from these fields, so a setting has one name, one default and one sentence everywhere. Ranges are in
`config_checks.py`.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

from tfdpgan.config_checks import ConfigError, check_budget, check_ranges, check_training

T = TypeVar("T")


def setting(default: Any, help_text: str, choices: tuple[str, ...] | None = None) -> Any:
    """Declares one field: its default, the sentence that `--help` shows, and the values that it allows."""
    return dataclasses.field(default=default, metadata={"help": help_text, "choices": choices})


@dataclasses.dataclass(frozen=True)
class DataConfig:
    """Which images, and whether they are private."""

    dataset: str = setting("digits", "Data set: digits, mnist, fashion_mnist, cifar10, celeb_a, folder or npz.")
    data_dir: str | None = setting(
        None, "Where the data is: a TFDS directory, a .npz in Keras' layout, or a folder of images."
    )
    image_size: int | None = setting(None, "Side in pixels that images are resized to (default: the data's own; 32).")
    color_mode: str = setting("auto", "Channels of the images.", ("auto", "grayscale", "rgb"))
    conditional: bool | None = setting(None, "Generate by class (default: when the data has labels).")
    public_data: bool = setting(False, "Declare the data public: training on it costs no privacy.")
    skip_bad_images: bool = setting(False, "Leave out images that cannot be read, instead of stopping.")
    holdout: int = setting(0, "Training images to set aside, balanced over the classes, for evaluation.")
    label_attribute: str | None = setting(None, "Attribute that is the label of celeb_a (default: Male).")
    cache_dir: str | None = setting(
        None, "Folder for decoded images, for data larger than memory. It will hold the images in the clear."
    )


@dataclasses.dataclass(frozen=True)
class PrivacyConfig:
    """The mechanism and what it may cost. Names are TF Privacy's."""

    noise_multiplier: float | None = setting(
        None, "Standard deviation of the noise over the clip. Give this or --target_epsilon."
    )
    target_epsilon: float | None = setting(
        None, "Budget: the noise is chosen so that the whole run stays within it. Give this or --noise_multiplier."
    )
    delta: float = setting(1e-5, "Delta of the guarantee; should be below 1 / number of images.")
    l2_norm_clip: float = setting(1.0, "Largest l2 norm of one image's gradient.")
    per_layer_clipping: bool = setting(
        False, "Bound the gradient of each layer on its own, the clip shared out evenly, in place of the whole."
    )
    automatic_clipping: bool = setting(
        False, "Normalise each gradient to the clip's length in place of clipping it (automatic clipping)."
    )
    microbatches: int | None = setting(
        None, "Number of microbatches in a batch (default: one for each image). Fewer of them double the sensitivity."
    )
    accountant: str = setting("pld", "Accountant of the stated epsilon.", ("pld", "rdp"))
    clipping_method: str = setting(
        "auto", "How clipped sums are computed.", ("auto", "book_keeping", "vectorized_map")
    )
    non_private: bool = setting(False, "Train without any privacy. The card will say so in its first line.")
    secure_noise: bool = setting(
        False, "Noise from a cryptographic generator, safe from attacks on floating-point samples; a little slower."
    )
    noise_seed: int | None = setting(
        None, "Fixed seed of noise and sampling, FOR TESTS ONLY: a run that uses it is not private."
    )
    tuning_runs: str | None = setting(
        None, "How the settings were chosen (for the card), for example 'on public Fashion-MNIST'."
    )


@dataclasses.dataclass(frozen=True)
class WarmStartConfig:
    """The noised release of random-feature means that the generator learns from first (DP-MERF)."""

    warm_start_steps: int | None = setting(
        None, "Generator steps on the noised mean embedding (default: 600; 0 turns the warm start off)."
    )
    warm_start_noise_multiplier: float | None = setting(
        None, "Noise multiplier of the mean embedding's one release (default: that of the discriminator)."
    )
    num_frequencies: int = setting(2000, "Random frequencies of the mean embedding, for each kind of features.")
    length_scales: str = setting(
        "30", "Squared length scales of the Gaussian kernels, comma-separated, for 784 pixels in [0, 1]."
    )
    scattering_length_scales: str | None = setting(
        None, "The same on scattering coefficients, beside the pixels (default: pixels alone); 2.6 is a usual choice."
    )
    classifier_length_scales: str | None = setting(
        None, "The same on hidden layers of the --classifier_steps classifier (default: none); 0.5 is a usual choice."
    )
    warm_start_batch_size: int = setting(500, "Generated images in each step of the warm start.")
    warm_start_learning_rate: float = setting(1e-3, "Adam learning rate of the generator in the warm start.")


@dataclasses.dataclass(frozen=True)
class AuxiliaryConfig:
    """The private classifier that tells the generator whether an image shows its class (AC-GAN)."""

    classifier_steps: int = setting(
        0, "DP-SGD steps of a classifier that is trained first and then guides the generator (default: none)."
    )
    classifier_batch_size: int | None = setting(
        None, "Expected size of the classifier's Poisson batch (default: a sixth of the images, at most 1024)."
    )
    classifier_noise_multiplier: float | None = setting(
        None, "Noise multiplier of the classifier's steps (default: that of the discriminator)."
    )
    classifier_learning_rate: float = setting(2.5, "Initial learning rate of the classifier (SGD with momentum).")
    warm_start_classifier_weight: float = setting(0.02, "Weight of the classifier's loss in the warm start.")
    classifier_weight: float = setting(0.1, "Weight of the classifier's loss in the generator's steps of the GAN.")


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """Architecture and loss."""

    architecture: str = setting(
        "dcgan", "Networks: dcgan (28 and 32 pixels), dcgan64, dcgan2020 (no classes) or fully_connected."
    )
    latent_dim: int = setting(64, "Dimension of the generator's normal input.")
    generator_width: int = setting(64, "Channels of the generator's last hidden layer.")
    discriminator_width: int = setting(32, "Channels of the discriminator's first layer.")
    generator_norm: str | None = setting(
        None, "Normalisation in the generator (default: group in dcgan64, which may have batch; batch in the others).",
        ("group", "batch"),
    )
    discriminator_norm: str = setting(
        "group", "Normalisation in the discriminator; batch mixes images and is refused under privacy.",
        ("none", "group", "layer", "batch"),
    )
    loss: str = setting(
        "hinge", "GAN loss: hinge, bce (with the non-saturating generator loss) or wgan_gp (slower)."
    )


@dataclasses.dataclass(frozen=True)
class OptimizationConfig:
    """Steps, batches and learning rates."""

    method: str = setting("dpgan", "Training method: dpgan or mean_embedding.")
    batch_size: int | None = setting(
        None, "Expected size of the Poisson batch (default: a sixth of the images, at most 2048)."
    )
    physical_batch_size: int = setting(256, "Images in memory at once: bounds memory, changes nothing else.")
    clip_generated: bool = setting(True, "Clip the gradients of generated images too (they never get noise).")
    num_generated: int | None = setting(
        None, "Generated images in each discriminator step (default: a quarter of the batch, 64 to 512)."
    )
    epochs: float | None = setting(None, "Passes over the data in expectation. Give this or --steps.")
    steps: int | None = setting(None, "Discriminator steps (default: 60 up to 5000 images, then 600).")
    optimizer: str = setting("adam", "Optimizer of both networks.", ("adam", "sgd"))
    learning_rate: float = setting(5e-4, "Learning rate of the discriminator.")
    generator_learning_rate: float = setting(1e-4, "Learning rate of the generator.")
    beta_1: float = setting(0.0, "Adam's decay of the mean, both networks.")
    beta_2: float = setting(0.99, "Adam's decay of the square, both networks.")
    learning_rate_schedule: str = setting(
        "constant", "How both learning rates change over the run.", ("constant", "linear", "cosine", "exponential")
    )
    final_learning_rate_fraction: float = setting(0.1, "Where the schedule ends, as a fraction of its start.")
    discriminator_steps: int = setting(3, "Discriminator steps for one generator step (n_D); where adaptive starts.")
    adaptive_discriminator_steps: bool = setting(
        False, "Raise n_D when the discriminator's accuracy on generated images falls (Bie et al. 2023)."
    )
    generator_batch_size: int = setting(256, "Generated images in a generator step.")
    reuse_generated: bool = setting(True, "Reuse the generated images between two generator steps.")
    ema_decay: float = setting(0.97, "Decay of the average of the generator's weights, for one generator step.")
    samples_every: int = setting(100, "Steps between two grids of samples.")
    snapshots_every: int | None = setting(None, "Steps between two generators kept in generators/ (default: none).")
    seed: int = setting(0, "Seed of weights and latents. Noise and sampling never depend on it.")


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """Where a run lives and how it reports."""

    model_dir: str | None = setting(None, "The run directory (default: runs/DATASET). An unfinished run goes on.")
    steps_per_block: int | None = setting(
        None, "Steps booked at once, with a checkpoint after them: what a crash can lose (default: about 5 seconds)."
    )
    tensorboard: bool = setting(False, "Write TensorBoard summaries too.")


@dataclasses.dataclass(frozen=True)
class TrainConfig(
    DataConfig, PrivacyConfig, AuxiliaryConfig, WarmStartConfig, ModelConfig, OptimizationConfig, RunConfig
):
    """Everything that train_dpgan.py can be told."""

    def __post_init__(self) -> None:
        check_ranges(self)
        check_training(self)


@dataclasses.dataclass(frozen=True)
class PlanConfig:
    """Everything that plan_privacy.py can be told."""

    num_examples: int | None = setting(None, "Number of private images.")
    batch_size: int | None = setting(None, "Expected size of the Poisson batch.")
    epochs: float | None = setting(None, "Passes over the data in expectation. Give this or --steps.")
    steps: int | None = setting(None, "Steps. Give this or --epochs.")
    noise_multiplier: float | None = setting(None, "Noise over clip. Give this or --target_epsilon.")
    target_epsilon: float | None = setting(None, "Budget: finds the noise. Give this or --noise_multiplier.")
    delta: float = setting(1e-5, "Delta of the guarantee.")
    accountant: str = setting("pld", "Accountant.", ("pld", "rdp"))
    warm_start_noise_multiplier: float | None = setting(
        None, "Noise multiplier of one release of the whole data before the steps (default: no release)."
    )

    def __post_init__(self) -> None:
        check_ranges(self)
        missing = [name for name in ("num_examples", "batch_size") if getattr(self, name) is None]
        if missing:
            raise ConfigError(f"--{missing[0]} is needed, for example --num_examples=60000 --batch_size=250.")
        if (self.epochs is None) == (self.steps is None):
            raise ConfigError("Give exactly one of --epochs and --steps.")
        check_budget(self.noise_multiplier, self.target_epsilon)


def from_dict(cls: type[T], values: dict[str, Any]) -> T:
    """A config from the object in config.json. Unknown names are refused."""
    known = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - known)
    if unknown:
        raise ConfigError(f"Unknown settings: {', '.join(unknown)}. They come from another version of tfdpgan.")
    return cls(**values)
