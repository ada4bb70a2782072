# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The bank as a part of a phase's checkpoint: its files are written with it, and the checkpoint names them."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf

from tfdpgan.methods.gswgan.bank import CriticBank
from tfdpgan.methods.gswgan.bank_files import BankFiles


class BankState(tf.train.experimental.PythonState):
    """Saves the critics that changed when a checkpoint is written, and loads them when it is restored.

    The checkpoint holds the number of a save. The save before it stays until the next one, since the checkpoint that
    names it is the newest until this one is whole.

    Args:
        bank: of the run.
        folder: for the files, in the run's private folder.
    """

    def __init__(self, bank: CriticBank, folder: Path) -> None:
        super().__init__()
        self._bank, self._files = bank, BankFiles(folder)
        self._step = 0
        self._saved: int | None = None

    def reach(self, step: int) -> None:
        """Says how many steps of the phase the bank has behind it."""
        self._step = step

    def serialize(self) -> str:
        """Called when a checkpoint is written."""
        if self._saved != self._step:
            self._files.save(self._bank, self._step)
            self._files.forget_others(*{self._step, self._saved} - {None})
            self._saved = self._step
        return str(self._step)

    def deserialize(self, string_value: str | bytes) -> None:
        """Called when a checkpoint is restored."""
        text = string_value.decode() if isinstance(string_value, bytes) else string_value
        self._step = self._saved = int(text)
        self._files.load(self._bank, self._step)
