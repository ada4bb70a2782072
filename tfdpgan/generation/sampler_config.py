# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of the samplers."""

from __future__ import annotations

import dataclasses
from typing import Any

from tfdpgan.config import ConfigError, Settings, choices_from, setting
from tfdpgan.config.suggestions import refuse_unknown

PRIORS = ("normal", "truncated", "uniform", "sphere")


def sampler_setting() -> Any:
    """The field `sampler` of a tool that draws."""
    return setting(
        "plain",
        "How images are drawn; plain takes independent latents.",
        choices=choices_from("tfdpgan.generation.samplers:SAMPLERS"),
    )


@dataclasses.dataclass(frozen=True)
class LatentConfig(Settings):
    """Latents, for every sampler."""

    prior: str = setting(
        "normal",
        "Distribution of the latents: normal is what the generator was trained on; truncated draws components beyond "
        "--truncation anew (BigGAN); uniform and sphere have its variance and its norm.",
        choices=PRIORS,
    )
    truncation: float = setting(
        1.0, "Largest component of a latent, in standard deviations, for --prior=truncated.", above=0
    )
    interpolate: bool = setting(
        False,
        "Latents lie on lines between pairs. The sampler chooses the ends of the lines, or refines or relabels the "
        "images on them. Without another sampler the same as --sampler=interpolation.",
    )
    interpolation_steps: int = setting(10, "Images on a line.", at_least=2)
    interpolation_path: str = setting(
        "linear", "The way between two latents; spherical keeps their norm.", choices=("linear", "spherical")
    )
    interpolation_endpoints: bool = setting(True, "Both ends of a line are among its images.")
    interpolation_pairs: str = setting(
        "independent", "chained begins each line where the one before ended.", choices=("independent", "chained")
    )


@dataclasses.dataclass(frozen=True)
class RefinementConfig(Settings):
    """Refinement of activations by the discriminator (--sampler=collaborative)."""

    refine_layer: str | None = setting(
        None,
        "Layer of the generator whose output moves, by name or index in the order of its calls, -1 the last (default: "
        "the last hidden one). A wrong name is answered with all of them.",
    )
    refine_steps: int = setting(10, "Most steps for each image.", at_least=0)
    refine_rate: float = setting(0.02, "Step size.", above=0)
    refine_optimizer: str = setting(
        "adam", "Update of the activations: Adam, or steps along the gradient.", choices=("adam", "plain")
    )
    refine_until: float = setting(
        0.9, "Eta: an image is left alone once D(x), the sigmoid of the logit, is that large.", above=0, below=1
    )
    refine_then: str = setting(
        "none",
        "How refined images are chosen among; metropolis is what the paper's code does.",
        choices=("none", "rejection", "metropolis"),
    )


@dataclasses.dataclass(frozen=True)
class AcceptanceConfig(Settings):
    """Choosing among images by the discriminator (--sampler=rejection, metropolis)."""

    rejection_percentile: float = setting(
        80.0,
        "Gamma: the percentile of the scores that is accepted with probability one half; 100 is strict and slow.",
        at_least=0,
        at_most=100,
    )
    rejection_burn_in: int = setting(1000, "Images that the largest logit is first read off.", at_least=1)
    metropolis_steps: int = setting(20, "Proposals for each image.", at_least=1)


@dataclasses.dataclass(frozen=True)
class ClassifierJudgeConfig(Settings):
    """What a run's classifier says of the images (--sampler=relabel, confident)."""

    relabel_to: str = setting(
        "soft",
        "Labels by the classifier: hard ones, or hard ones and the probabilities of all classes beside them.",
        choices=("soft", "hard"),
    )
    confidence: float = setting(
        0.5, "An image is dropped when its class has less probability than this, for confident.", above=0, below=1
    )


@dataclasses.dataclass(frozen=True)
class SamplerConfig(LatentConfig, RefinementConfig, AcceptanceConfig, ClassifierJudgeConfig):
    """Everything that samplers can be told; each uses its part."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.interpolate and self.refine_then != "none":
            raise ConfigError(
                f"--refine_then={self.refine_then} chooses among single images, and --interpolate wants whole lines: "
                "leave one of them out."
            )

    def of(self, cls: type) -> dict[str, Any]:
        """The settings that one of the classes above declares, for the mark."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(cls)}


def sampler_config(config: Any) -> SamplerConfig:
    """The samplers' part of a tool's settings."""
    return SamplerConfig(**{field.name: getattr(config, field.name) for field in dataclasses.fields(SamplerConfig)})


def sampler_config_of(settings: dict[str, Any]) -> SamplerConfig:
    """The settings that a caller names; ConfigError for names that are none."""
    refuse_unknown(settings, SamplerConfig)
    return SamplerConfig(**settings)


def resolved_sampler(sampler: str, settings: SamplerConfig) -> str:
    """The sampler that is meant: plain latents on lines are interpolation."""
    return "interpolation" if sampler == "plain" and settings.interpolate else sampler
