# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a sampler draws from."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import ConfigError
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.generation.released_discriminator import ReleasedDiscriminator
from tfdpgan.run import RunDirectory


@dataclasses.dataclass(frozen=True)
class Source:
    """A run's released networks, or the generator of a file.

    Attributes:
        generator: what draws.
        run_dir: the run; None for a file, which has nothing beside its generator.
    """

    generator: ReleasedGenerator
    run_dir: RunDirectory | None = None

    def discriminator(self) -> ReleasedDiscriminator:
        """The kept discriminator; raises ConfigError where the run keeps none."""
        if self.run_dir is None:
            raise ConfigError("A .tflite file holds a generator alone: give the run directory that it came from.")
        return ReleasedDiscriminator.load(self.run_dir.discriminator)
