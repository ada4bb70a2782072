# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Many images in one picture."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from tfdpgan import __version__
from tfdpgan.data.pixels import to_pillow, to_uint8
from tfdpgan.generation.output import OutputError, output_file

_MAX_SIDE = 16384  # pixels; beyond that few programs open the picture
_WHITE = 255
_MARGIN = 4


def check_images(images: np.ndarray) -> np.ndarray:
    """Checks a set of images and brings it to 256 levels.

    Args:
        images: [N, height, width, 1 or 3], uint8 or floats in [-1, 1] (rounding just outside is clipped).

    Returns:
        The same images as uint8.

    Raises:
        OutputError: for another shape, dtype or range, NaN, or no image at all.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or images.size == 0:
        raise OutputError(
            f"Images must have the shape [N, height, width, 1 or 3], N at least 1. Received {images.shape}."
        )
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind != "f":
        raise OutputError(f"Images must be uint8 or floats in [-1, 1]. Received {images.dtype}.")
    smallest, largest = float(images.min()), float(images.max())
    if not (smallest >= -1.001 and largest <= 1.001):  # also true for NaN
        raise OutputError(
            f"Floating-point images must lie in [-1, 1]. Received {smallest:g} to {largest:g}: a generator "
            "ends in tanh; NaN means that training diverged."
        )
    return to_uint8(images)


def image_grid(images: np.ndarray, num_columns: int | None = None, padding: int = 2) -> np.ndarray:
    """Lays images out in rows, from left to right, on white.

    Args:
        images: [N, height, width, 1 or 3], uint8 or floats in [-1, 1].
        num_columns: images in a row; by default the smallest square that holds all.
        padding: white pixels between the images and around them.

    Returns:
        [rows * (height + padding) + padding, columns * (width + padding) + padding, 1 or 3] uint8.

    Raises:
        OutputError: for images that are none, or a grid of more than 16384 pixels a side.
    """
    images = check_images(images)
    num_images, height, width, channels = images.shape
    columns = math.ceil(math.sqrt(num_images)) if num_columns is None else num_columns
    if columns < 1 or padding < 0:
        raise OutputError(f"A grid needs 1 column or more and padding 0 or more. Received {columns} and {padding}.")
    rows = math.ceil(num_images / columns)
    shape = (rows * (height + padding) + padding, columns * (width + padding) + padding, channels)
    if max(shape) > _MAX_SIDE:
        raise OutputError(
            f"A grid of {num_images} images would be {shape[1]}x{shape[0]} pixels: at most {_MAX_SIDE} a "
            "side; write fewer images, or a folder or .npz."
        )
    grid = np.full(shape, _WHITE, np.uint8)
    for index, image in enumerate(images):
        top = padding + (index // columns) * (height + padding)
        left = padding + (index % columns) * (width + padding)
        grid[top : top + height, left : left + width] = image
    return grid


def save_grid(
    path: str | Path,
    images: np.ndarray,
    num_columns: int | None = None,
    *,
    padding: int = 2,
    row_labels: Sequence[str] = (),
    caption: str = "",
    provenance: dict[str, Any] | None = None,
) -> Path:
    """Writes generated images as one PNG that says in its text chunks that they are synthetic.

    Args:
        path: the PNG file; an existing one is replaced.
        images: as in `image_grid`.
        num_columns: as in `image_grid`.
        padding: as in `image_grid`.
        row_labels: text to the left of each row, from the top.
        caption: text below the grid.
        provenance: what produced the images, as JSON values.

    Returns:
        The path.

    Raises:
        OutputError: for images that are none, or a place that cannot be written.
    """
    path = Path(path)
    picture = to_pillow(image_grid(images, num_columns, padding))
    if row_labels or caption:
        picture = _annotated(picture, images.shape[1] + padding, padding, row_labels, caption)
    text = synthetic_text(provenance)
    with output_file(path) as partial:
        picture.save(partial, format="PNG", pnginfo=text, optimize=True)
    return path


def synthetic_text(provenance: dict[str, Any] | None) -> PngImagePlugin.PngInfo:
    """PNG text chunks: Synthetic, Software and, where it is known, Provenance as JSON."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Synthetic", "true")
    text.add_text("Software", f"tfdpgan {__version__}")
    if provenance is not None:
        text.add_text("Provenance", provenance_json(provenance))
    return text


def provenance_json(provenance: dict[str, Any]) -> str:
    """The provenance as ASCII JSON with sorted keys; raises OutputError for what JSON does not know."""
    try:
        return json.dumps(provenance, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise OutputError(f"The provenance must be plain JSON values: {error}.") from error


def _annotated(
    grid: Image.Image, row_height: int, padding: int, row_labels: Sequence[str], caption: str
) -> Image.Image:
    font = ImageFont.load_default()
    rulers = [font.getbbox(line) for line in [*row_labels, caption]]
    line_height = round(max(box[3] for box in rulers))
    left = max((round(font.getlength(label)) + 2 * _MARGIN for label in row_labels), default=0)
    width = max(left + grid.width, round(font.getlength(caption)) + 2 * _MARGIN)
    below = line_height + 2 * _MARGIN if caption else 0
    page = Image.new(grid.mode, (width, grid.height + below), "white")
    page.paste(grid, (left, 0))
    draw = ImageDraw.Draw(page)
    for row, label in enumerate(row_labels):
        middle = padding + row * row_height + (row_height - padding - line_height) // 2
        draw.text((_MARGIN, middle), label, fill="black", font=font)
    if caption:
        draw.text((_MARGIN, grid.height + _MARGIN), caption, fill="black", font=font)
    return page
