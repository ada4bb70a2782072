# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a row of ARCHITECTURES says: where the networks are, and what they can do."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping
from types import ModuleType

from tfdpgan.models.shapes import ImageShape


@dataclasses.dataclass(frozen=True)
class Architecture:
    """A pair of a generator and a discriminator. The row itself loads no TensorFlow.

    Attributes:
        module: dotted name of the module with `Generator`, `Discriminator` and `require_shape`.
        settings: "module:Class" of settings of its own, a subclass of `tfdpgan.config.Settings` in a module that loads
            no TensorFlow; None for none.
        example_shape: images that it makes; the contract tests build it for these.
        prunable: whether its generator takes `channels` and declares `channel_axes`; otherwise slimming refuses it.
        exportable: whether its generator becomes a TFLite file in every type of number; otherwise export refuses it.
        psnr_db: for types of number whose file is further from an untrained generator than export allows by default:
            how close it comes at least, in dB; --min_psnr then lets it through.
        learned_ranges: whether a generator whose layers learned the ranges of their inputs becomes a file of integers;
            otherwise slimming to fewer than 32 bits is refused.
        private_discriminator: whether its discriminator, with a norm that mixes nothing, may be trained by DP-SGD;
            otherwise a private training refuses it.
    """

    module: str
    settings: str | None = None
    example_shape: ImageShape = ImageShape(28, 28, 1, 10)
    prunable: bool = True
    exportable: bool = True
    psnr_db: Mapping[str, float] = dataclasses.field(default_factory=dict)
    learned_ranges: bool = True
    private_discriminator: bool = True

    def load(self) -> ModuleType:
        """The module of the networks; with TensorFlow: seconds."""
        return importlib.import_module(self.module)

    def load_settings(self) -> type | None:
        """The class of its own settings, or None."""
        if self.settings is None:
            return None
        module, _, name = self.settings.partition(":")
        return getattr(importlib.import_module(module), name)
