# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Pixel values: their ranges, their size and their colour."""

from __future__ import annotations

import base64
import io
import math

import numpy as np
from absl import logging
from PIL import Image

COLOR_MODES = ("auto", "grayscale", "rgb")
_MAX_IMAGE_SIZE = 4096
_PEAK = 2.0  # images lie in [-1, 1]


class DataError(ValueError):
    """Data that cannot be used, told in one line: what was wrong, what is allowed, what to try."""


def to_float(pixels: np.ndarray) -> np.ndarray:
    """uint8 in [0, 255] to float32 in [-1, 1]; float32 passes unchanged."""
    if pixels.dtype == np.float32:
        return pixels
    # Division, not multiplication with a rounded 1 / 127.5: 255 must land on 1 and not above it.
    scaled = pixels.astype(np.float32)
    scaled /= 127.5
    scaled -= 1.0
    return scaled


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Float in [-1, 1] to the nearest of 256 levels (values outside are clipped); uint8 passes unchanged."""
    if images.dtype == np.uint8:
        return images
    levels = (np.clip(images, -1.0, 1.0) + 1.0) * 127.5
    return np.rint(levels).astype(np.uint8)


def psnr(images: np.ndarray, reference: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB over all images (any shape, in [-1, 1]); inf where they are equal."""
    error = float(np.mean(np.square(images.astype(np.float64) - reference)))
    return math.inf if error == 0 else 10 * math.log10(_PEAK**2 / error)


def check_image_size(image_size: int | None) -> None:
    """Refuses a side length, in pixels, that no image can have here."""
    if image_size is not None and not 1 <= image_size <= _MAX_IMAGE_SIZE:
        raise DataError(
            f"--image_size={image_size} is not possible: give 1 to {_MAX_IMAGE_SIZE} pixels (28, 32 and 64 are usual)."
        )


def crop_box(width: int, height: int) -> tuple[int, int, int, int]:
    """The largest centred square of an image: (left, upper, right, lower)."""
    side = min(width, height)
    left, upper = (width - side) // 2, (height - side) // 2
    return left, upper, left + side, upper + side


def fit_square(image: Image.Image, image_size: int) -> Image.Image:
    """Centre-crops an image of mode L or RGB to a square and resizes that to `image_size`."""
    if image.size == (image_size, image_size):
        return image
    box = crop_box(*image.size)
    return image.resize((image_size, image_size), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def resize_images(pixels: np.ndarray, image_size: int | None) -> np.ndarray:
    """Centre-crops and resizes a whole array.

    Args:
        pixels: [num, height, width, 1 or 3] uint8, or float32 in [-1, 1] (which is then rounded to 256 levels).
        image_size: side length in pixels, or None to keep the images as they are.

    Returns:
        [num, image_size, image_size, channels] uint8, or `pixels` itself where nothing is to be done.
    """
    if image_size is None or pixels.shape[1:3] == (image_size, image_size):
        return pixels
    num_images, _, _, channels = pixels.shape
    resized = np.empty((num_images, image_size, image_size, channels), np.uint8)
    for source, target in zip(pixels, resized, strict=True):
        fitted = fit_square(to_pillow(to_uint8(source)), image_size)
        target[...] = np.asarray(fitted).reshape(target.shape)
    return resized


def to_pillow(image: np.ndarray) -> Image.Image:
    """One uint8 image [height, width, 1 or 3] as a Pillow image of mode L or RGB."""
    return Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)


def to_data_url(image: np.ndarray | bytes) -> str:
    """A picture for a self-contained page: one uint8 image [height, width, 1 or 3], or the bytes of a PNG."""
    if isinstance(image, np.ndarray):
        stream = io.BytesIO()
        to_pillow(image).save(stream, format="PNG", optimize=True)
        image = stream.getvalue()
    return f"data:image/png;base64,{base64.b64encode(image).decode()}"


def convert_color(name: str, pixels: np.ndarray, color_mode: str) -> np.ndarray:
    """Brings images to the channels that were asked for.

    Args:
        name: the data set, for messages.
        pixels: [num, height, width, 1 or 3], uint8 or float32.
        color_mode: "auto" keeps what is there; "grayscale" turns RGB into luma (ITU-R 601: .299 R + .587 G +
            .114 B); "rgb" refuses grey images, whose three equal channels would only waste the network.

    Raises:
        DataError: for grey images and "rgb", or an unknown mode.
    """
    check_color_mode(color_mode)
    channels = pixels.shape[-1]
    if color_mode == "rgb" and channels == 1:
        raise grey_for_rgb(name)
    if color_mode == "grayscale" and channels == 3:
        logging.warning("%s: colour images were converted to grey.", name)
        return rgb_to_grey(pixels)
    return pixels


def rgb_to_grey(pixels: np.ndarray) -> np.ndarray:
    """Luma of [..., 3] RGB values, as [..., 1] of the same dtype and range."""
    luma = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    luma = np.rint(luma) if pixels.dtype == np.uint8 else np.clip(luma, -1.0, 1.0)
    return luma.astype(pixels.dtype)[..., np.newaxis]


def check_color_mode(color_mode: str) -> None:
    """Refuses an unknown colour mode."""
    if color_mode not in COLOR_MODES:
        raise DataError(f"--color_mode={color_mode} is unknown: choose one of {', '.join(COLOR_MODES)}.")


def grey_for_rgb(name: str) -> DataError:
    """The error for grey images where colour was asked for."""
    return DataError(
        f"{name}: the images are grey and --color_mode=rgb asks for colour: use --color_mode=grayscale (or "
        "auto), or bring colour images."
    )
