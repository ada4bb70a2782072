# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""One image file: is it grey, and what are its pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from tfdpgan.data.pixels import fit_square

SUFFIXES = (".png", ".jpg", ".jpeg")
_FORMATS = ("PNG", "JPEG")
_MAX_PIXELS = 2**26  # 8192 x 8192: a small file may claim more, to fill the memory of whoever decodes it
_GREY_MODES = ("1", "L", "LA")


class BadImageError(Exception):
    """A file that holds no readable image, and why."""


def is_grey(path: Path) -> bool:
    """True when the file stores grey values (its header says so; the pixels are not decoded)."""
    with _opened(path) as image:
        if image.mode == "P":
            palette = np.array(image.getpalette("RGB") or [0, 0, 0]).reshape(-1, 3)
            return bool((palette == palette[:, :1]).all())
        return image.mode in _GREY_MODES or image.mode.startswith("I")


def read_image(path: Path, image_size: int, num_channels: int) -> np.ndarray:
    """Decodes a PNG or JPEG file upright, crops its centre to a square and resizes that.

    Transparent parts become white. 16-bit grey values keep their upper byte. EXIF orientation is applied.

    Args:
        path: the file.
        image_size: side length of the result in pixels.
        num_channels: 1 or 3.

    Returns:
        [image_size, image_size, num_channels] uint8.

    Raises:
        BadImageError: when the file is damaged, cut short, no PNG or JPEG, or has more than 2^26 pixels.
    """
    with _opened(path) as image:
        try:
            # JPEG decodes straight to a half, a quarter or an eighth; twice the size is left for the filter.
            image.draft(None, (2 * image_size, 2 * image_size))
            image.load()
            upright = ImageOps.exif_transpose(image)
            fitted = fit_square(opaque(upright).convert("L" if num_channels == 1 else "RGB"), image_size)
        except Exception as error:  # damaged files make Pillow raise nearly anything
            raise BadImageError(str(error) or type(error).__name__) from error
    return np.asarray(fitted).reshape(image_size, image_size, num_channels)


def _opened(path: Path) -> Image.Image:
    try:
        image = Image.open(path, formats=_FORMATS)
    except UnidentifiedImageError as error:
        raise BadImageError("not a PNG or JPEG image") from error
    except Exception as error:  # unreadable files and malformed headers
        raise BadImageError(getattr(error, "strerror", None) or str(error) or type(error).__name__) from error
    if image.width * image.height > _MAX_PIXELS:
        image.close()
        raise BadImageError(f"{image.width}x{image.height} is more than {_MAX_PIXELS} pixels")
    return image


def opaque(image: Image.Image) -> Image.Image:
    """Any mode that PNG and JPEG know as L, RGB or CMYK, laid on white where it is transparent."""
    if image.mode.startswith("I"):  # 16-bit grey; Pillow's own conversion would clip at 255
        levels = np.asarray(image).astype(np.uint32) >> 8
        return Image.fromarray(np.minimum(levels, 255).astype(np.uint8))
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("RGB") if image.mode == "P" else image
