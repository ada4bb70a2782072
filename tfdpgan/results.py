# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What the functions of `tfdpgan.api` hand back."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class TrainResult:
    """What a training left: the run directory, what it cost, and the discriminator steps that were taken."""

    model_dir: str
    epsilon: float
    delta: float
    steps: int


@dataclass(frozen=True)
class ClassifierResult:
    """What a classifier's training left. `accuracy` is that on the test images, in [0, 1]; None without any."""

    model_dir: str
    accuracy: float | None
    epsilon: float
    delta: float
    steps: int


@dataclass(frozen=True)
class Report:
    """What was found or made.

    Attributes:
        content: JSON data, all of it.
        table: the same for a terminal, several lines.
        paths: the files that were written.
    """

    content: Any
    table: str
    paths: list[str]

    def _repr_html_(self) -> str:
        """In a notebook: the table, and the page where one was written."""
        pages = [path for path in self.paths if path.endswith(".html")]
        shown = f"<pre>{html.escape(self.table)}</pre>"
        for path in pages:
            page = html.escape(Path(path).read_text("utf-8"))
            shown += f'<iframe srcdoc="{page}" style="width: 100%; height: 640px; border: 1px solid #ccc"></iframe>'
        return shown


@dataclass(frozen=True)
class Cards:
    """The cards inside a file: for a terminal, and as JSON data (`model_card`, `privacy_card`)."""

    text: str
    content: dict[str, Any]
