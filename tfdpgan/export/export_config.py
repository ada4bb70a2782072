# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of export_tflite.py."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import ConfigError, Settings, setting
from tfdpgan.export.quantizations import QUANTIZATIONS


@dataclasses.dataclass(frozen=True)
class ExportConfig(Settings):
    """What is exported, and how."""

    model_dir: str | None = setting(None, "The run whose generator is exported. Give this or --show.")
    quantization: str = setting(
        "int8",
        "int8: integers throughout, smallest and fastest; int8_float_io: the same with floats in and out, for runtimes "
        "that take no signed bytes; int16x8: 8-bit weights, 16-bit activations; dynamic: 8-bit weights; float16; "
        "float32; or all of them, a file each.",
        choices=(*QUANTIZATIONS, "all"),
    )
    batch_size: int = setting(1, "Images that one call of the file makes; fixed in the file.", above=0)
    output_dir: str | None = setting(None, "Folder for the files (default: export/ in the run).")
    min_psnr: float | None = setting(
        None,
        "Refuse a file whose images are further from the run's generator than this many dB (default: 35 for "
        "int8, more for the others).",
    )
    web: bool = setting(
        False,
        "Write a page too that draws in a browser: the folder web/, with the privacy card beside the canvas. It runs "
        "the file of --quantization, int8_float_io where that is int8 or all.",
    )
    litert_dir: str | None = setting(None, "For --web: a node_modules with @litertjs/core (default: fetched by npm).")
    show: str | None = setting(None, "Print the cards inside this .tflite file instead of exporting.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.model_dir is None) == (self.show is None):
            raise ConfigError("Give exactly one of --model_dir=RUN and --show=FILE.tflite.")
        if self.web and self.quantization == "int16x8":
            raise ConfigError(
                "--web: browsers do not run an int16x8 file. Use --quantization=int8, dynamic, float16 or float32."
            )

    @property
    def quantizations(self) -> tuple[str, ...]:
        """The names of the files to make."""
        return tuple(QUANTIZATIONS) if self.quantization == "all" else (self.quantization,)
