# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a sampler draws from."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import ConfigError
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.generation.released_classifier import ReleasedClassifier
from tfdpgan.generation.released_discriminator import ReleasedDiscriminator
from tfdpgan.generation.sampler_config import SamplerConfig
from tfdpgan.run import RunDirectory


@dataclasses.dataclass(frozen=True)
class Source:
    """A run's released networks, or the generator of a file, and the samplers' settings.

    Attributes:
        generator: what draws.
        run_dir: the run; None for a file, which has nothing beside its generator.
        settings: of the samplers.
    """

    generator: ReleasedGenerator
    run_dir: RunDirectory | None = None
    settings: SamplerConfig = dataclasses.field(default_factory=SamplerConfig)

    def discriminator(self) -> ReleasedDiscriminator:
        """The kept discriminator; raises ConfigError where the run keeps none."""
        run_dir = self._run("discriminator")
        if not run_dir.discriminator.is_dir():
            raise ConfigError(
                f"{run_dir.path} holds no released discriminator: {_why_without_discriminator(run_dir)}. Use "
                "--sampler=plain or interpolation, or a run of --method=dpgan."
            )
        return ReleasedDiscriminator.load(run_dir.discriminator)

    def classifier(self) -> ReleasedClassifier:
        """The kept classifier; raises ConfigError where the run keeps none."""
        run_dir = self._run("classifier")
        if not run_dir.auxiliary_classifier.is_dir():
            raise ConfigError(
                f"{run_dir.path} holds no released classifier: {_why_without_classifier(run_dir)}. Use "
                "--sampler=plain, or train with --classifier_steps."
            )
        return ReleasedClassifier.load(run_dir.auxiliary_classifier)

    def _run(self, what: str) -> RunDirectory:
        if self.run_dir is None:
            raise ConfigError(
                f"A .tflite file holds a generator alone and no {what}: give the run directory that it came from."
            )
        return self.run_dir


def _why_without(what: str, run_dir: RunDirectory, otherwise: str) -> str:
    return run_dir.read_config().get("withheld", {}).get(what, otherwise)


def _why_without_discriminator(run_dir: RunDirectory) -> str:
    settings = run_dir.read_config()["config"]
    if "teacher_dir" in settings:
        return f"a slim run has none (that of its teacher, {settings['teacher_dir']}, judges the teacher's images)"
    return _why_without("discriminator", run_dir, "its training has not ended, or its method may not keep one")


def _why_without_classifier(run_dir: RunDirectory) -> str:
    if run_dir.read_config()["config"].get("classifier_steps"):
        return "its training has not ended, or an earlier version of tfdpgan kept none"
    return _why_without("classifier", run_dir, "none was trained")
