# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of generate.py. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import ConfigError, setting
from tfdpgan.generation.sampler_config import SamplerConfig, sampler_setting


@dataclasses.dataclass(frozen=True)
class GenerateConfig(SamplerConfig):
    """Which images are drawn, and where they go."""

    model_dir: str | None = setting(None, "The run directory of train_dpgan.py, or a .tflite file.")
    num_images: int = setting(100, "How many images.", at_least=1)
    output: str | None = setting(None, "Where to write: .npz, .tfrecord, .png, or a folder.")
    class_name: str | None = setting(None, "Draw this class alone (default: all, equally often).")
    sampler: str = sampler_setting()
    seed: int | None = setting(None, "Seed of the latents (default: different images at every call).")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("model_dir", "output"):
            if getattr(self, name) is None:
                raise ConfigError(f"--{name} is needed, for example --model_dir=my_run --output=synthetic.npz.")
