# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What a run looks like in a notebook: what it cost, what it draws, and its card, in one cell."""

from __future__ import annotations

import html

import numpy as np
from PIL import Image

from tfdpgan.data.pixels import to_data_url, to_pillow
from tfdpgan.evaluation.report import card_as_html
from tfdpgan.generation.grid import image_grid
from tfdpgan.generation.released import ReleasedGenerator
from tfdpgan.privacy.accounting.epsilon_text import epsilon_text
from tfdpgan.results import TrainResult
from tfdpgan.run import RunDirectory

_NUM_COLUMNS = 10
_MOST_CLASSES = 10
_SMALLEST_SIDE = 480  # pixels that a picture is enlarged to, in whole steps


def picture_of(images: np.ndarray, num_columns: int = _NUM_COLUMNS) -> Image.Image:
    """A grid of images `[n, h, w, 1 or 3]`, enlarged so that small ones are seen; a notebook shows it by itself."""
    picture = to_pillow(image_grid(images, num_columns))
    times = max(1, _SMALLEST_SIDE // picture.width)
    return picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)


def page_before(settings: dict[str, object]) -> str:
    """What is known before a run: the settings that were given."""
    given = ", ".join(f"{name}={value!r}" for name, value in settings.items()) or "none given"
    return (
        f"<p><b>DPGAN</b>, not trained yet. Settings: {html.escape(given)}.<br>"
        "<code>gan.plan(num_examples)</code> says what a training would cost; <code>gan.fit(images, labels)</code> "
        "trains.</p>"
    )


def page_of(result: TrainResult, generator: ReleasedGenerator, plan: str | None) -> str:
    """The plan, epsilon, samples (always of the same latents) and the card of a run."""
    num_rows = min(generator.shape.num_classes, _MOST_CLASSES)
    labels = np.repeat(np.arange(num_rows), _NUM_COLUMNS).astype(np.int32)
    images, _ = generator.draw(len(labels), labels, seed=0)
    card = card_as_html(RunDirectory(result.model_dir))
    parts = [
        f"<p><b>DPGAN</b>: epsilon = {epsilon_text(result.epsilon)} at delta = {result.delta:g}, in "
        f"<code>{html.escape(result.model_dir)}</code></p>",
        f'<img alt="Synthetic images" style="image-rendering: pixelated; min-width: 300px" '
        f'src="{to_data_url(image_grid(images, _NUM_COLUMNS))}">',
    ]
    if plan:
        parts.append(f"<details><summary>Plan</summary><pre>{html.escape(plan)}</pre></details>")
    if card:
        parts.append(f"<details><summary>Privacy card</summary>{card}</details>")
    return "\n".join(parts)
