# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The finished run whose generator is slimmed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

import numpy as np

from tfdpgan import models
from tfdpgan.data.facts import DataFacts
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.privacy.accounting.ledger import Ledger
from tfdpgan.privacy.statement import card
from tfdpgan.run import RunDirectory, RunError
from tfdpgan.run_ledger import open_ledger
from tfdpgan.slimming.slim_config import SlimConfig, SlimRunConfig, resolve


@dataclasses.dataclass(frozen=True)
class Teacher:
    """A finished run.

    Attributes:
        run_dir: where it is.
        generator: what it released.
        ledger: what it cost.
        settings: of its config.json.
        data: what is public of its data.
        card: its privacy card (JSON data).
    """

    run_dir: RunDirectory
    generator: ReleasedGenerator
    ledger: Ledger
    settings: dict[str, Any]
    data: DataFacts
    card: dict[str, Any]

    @property
    def card_facts(self) -> dict[str, Any]:
        """What its privacy card was made from."""
        return self.card["facts"]

    @classmethod
    def load(cls, model_dir: str) -> Teacher:
        """Reads a run; ValueError where it is missing, unfinished, or has lost its ledger or card."""
        run_dir = RunDirectory(model_dir)
        stored = run_dir.read_config()
        generator = ReleasedGenerator.load(run_dir.generator)
        ledger = open_ledger(run_dir, stored["config"].get("accountant", "pld"))
        models.require_prunable(generator.config)
        if not generator.model.channel_axes():
            raise RunError(
                f"--architecture={generator.config.architecture} says that it can be slimmed and declares no channel "
                "axes: see models/channels.py, or put prunable=False into its row."
            )
        if generator.model.quantization is not None:
            raise RunError(f"{model_dir} is quantised already. Slim the run that it descends from instead.")
        content = json.loads(run_dir.card_json.read_text())
        if set(content["facts"]) != {field.name for field in dataclasses.fields(card.CardFacts)}:
            raise RunError(
                f"{run_dir.card_json} was written by another version of tfdpgan, and its facts cannot be carried "
                "over. Slim with that version, or train the teacher again with this one."
            )
        return cls(run_dir, generator, ledger, stored["config"], DataFacts.from_json(stored["data"]), content)

    def settings_of(self, config: SlimConfig) -> SlimRunConfig:
        """The settings of a slim run of this teacher."""
        return resolve(config, self.settings, self.generator.shape[:3], self.generator.is_conditional)

    def weights_checksum(self) -> str:
        """SHA-256 of its generator's weights, as hexadecimal digits."""
        digest = hashlib.sha256()
        for weight in self.generator.model.get_weights():
            digest.update(np.ascontiguousarray(weight).tobytes())
        return digest.hexdigest()
