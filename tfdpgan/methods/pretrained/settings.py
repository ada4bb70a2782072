# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of a start from another run."""

from __future__ import annotations

import dataclasses

from tfdpgan.config import Settings, setting


@dataclasses.dataclass(frozen=True)
class PretrainedConfig(Settings):
    """The run on public images whose networks the training starts from."""

    pretrained: str | None = setting(
        None,
        "Run directory to start from: its generator, and its classifier where it kept one. With "
        "--pretrained_is_public that costs nothing; else what that run cost is added.",
    )
    pretrained_is_public: bool = setting(
        False,
        "State that all images which the run of --pretrained and those before it were trained on are public. The "
        "card repeats this as your statement. A run with --public_data has said so itself.",
    )
    pretrained_licence: str | None = setting(
        None, "Licence or source of those images (for the card), for example 'Fashion-MNIST, MIT'."
    )
