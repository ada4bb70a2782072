# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A bank on the disk: each save writes only the critics that changed, and a crash leaves an earlier save whole.

A save is a segment (the changed rows) and an index that says for each critic in which segment its newest row is. Both
take their names in one step, the index last, so what has an index is complete. Saves are named by the step of the
run's checkpoint that they belong to; `forget_others`, told which saves a checkpoint may name, drops the indices of
other steps and the segments that no critic needs any more.

PRIVATE: the folder belongs into the run's `private/`.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np

from tfdpgan.files.atomic import write_bytes_atomically, write_json_atomically
from tfdpgan.methods.gswgan.bank import CriticBank

_MOST_SEGMENTS = 20


class BankFiles:
    """The saves of one bank.

    Args:
        folder: in the run's private folder; made at the first save.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._segments: list[str] = []  # for each critic the segment of its newest row

    def save(self, bank: CriticBank, step: int) -> int:
        """Writes the critics that changed since the last save; returns how many.

        Args:
            bank: whose `changed` this clears.
            step: of the run's checkpoint that this belongs to.

        Raises:
            OSError: the disk refused; the earlier saves are as they were.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_first_or_scattered = not self._segments or len(set(self._segments)) >= _MOST_SEGMENTS
        rows = np.arange(bank.num_critics) if is_first_or_scattered else np.flatnonzero(bank.changed)
        segments = list(self._segments or [""] * bank.num_critics)
        if len(rows):
            name = f"critics_{step:09d}.npz"
            arrays = {key: variable.numpy()[rows] for key, variable in bank.state.items()}
            content = io.BytesIO()
            np.savez(content, critics=rows, **arrays)
            write_bytes_atomically(self._folder / name, content.getvalue())
            for row in rows:
                segments[row] = name
        write_json_atomically(self._index(step), {"step": step, "segments": segments})
        self._segments = segments
        bank.changed[:] = False
        return len(rows)

    def load(self, bank: CriticBank, step: int) -> None:
        """Puts the bank as it was saved at `step`.

        Raises:
            ValueError: there is no such save, or it is damaged or of another bank.
        """
        try:
            segments = json.loads(self._index(step).read_text())["segments"]
            values = {key: variable.numpy() for key, variable in bank.state.items()}
            if len(segments) != bank.num_critics:
                raise ValueError(f"it is of {len(segments)} critics, the bank has {bank.num_critics}")
            for name in sorted(set(segments)):
                with np.load(self._folder / name) as arrays:
                    rows = arrays["critics"]
                    newest = np.array([segments[row] == name for row in rows])
                    for key, value in values.items():
                        value[rows[newest]] = arrays[key][newest]
        except (OSError, KeyError, ValueError) as error:
            raise ValueError(
                f"The critics of step {step} in {self._folder} cannot be read ({error}). Restore the folder from a "
                "copy, or train anew in an empty model_dir."
            ) from error
        for key, variable in bank.state.items():
            variable.assign(values[key])
        self._segments = segments
        bank.changed[:] = False

    def forget_others(self, *steps: int) -> None:
        """Deletes what only other saves than those of `steps` need."""
        needed = {self._index(step).name for step in steps}
        for step in steps:
            needed.update(json.loads(self._index(step).read_text())["segments"])
        for pattern in ("bank_*.json", "critics_*.npz"):
            for path in self._folder.glob(pattern):
                if path.name not in needed:
                    path.unlink(missing_ok=True)

    def _index(self, step: int) -> Path:
        return self._folder / f"bank_{step:09d}.json"
