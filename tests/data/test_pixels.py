# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Values, sizes and colours of pixels."""

import math

import numpy as np
import pytest
from PIL import Image

from tfdpgan.data.pixels import DataError, convert_color, psnr, resize_images, rgb_to_grey, to_float, to_uint8


def test_all_256_levels_survive_the_round_trip():
    levels = np.arange(256, dtype=np.uint8)
    floats = to_float(levels)
    assert floats.dtype == np.float32 and floats[0] == -1.0 and floats[255] == 1.0
    np.testing.assert_array_equal(to_uint8(floats), levels)


def test_to_uint8_clips_and_rounds_to_nearest():
    np.testing.assert_array_equal(to_uint8(np.array([-3.0, 0.003, 0.005, 7.0])), [0, 128, 128, 255])


def test_resize_crops_the_centre():
    wide = np.zeros((1, 8, 16, 1), np.uint8)
    wide[:, :, 4:12] = np.arange(64).reshape(1, 8, 8, 1)
    np.testing.assert_array_equal(resize_images(wide, 8), wide[:, :, 4:12])
    wide[:, :, 4:12] = 200
    halved = resize_images(wide.transpose(0, 2, 1, 3), 4)
    assert halved.shape == (1, 4, 4, 1) and (halved > 180).all()


def test_resize_keeps_what_fits():
    pixels = np.zeros((2, 8, 8, 3), np.uint8)
    assert resize_images(pixels, 8) is pixels and resize_images(pixels, None) is pixels


def test_luma_agrees_with_pillow():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (1, 16, 16, 3), np.uint8)
    expected = np.asarray(Image.fromarray(pixels[0]).convert("L"), np.int32)
    assert np.abs(rgb_to_grey(pixels)[0, ..., 0].astype(np.int32) - expected).max() <= 1
    np.testing.assert_allclose(rgb_to_grey(to_float(pixels)), to_float(rgb_to_grey(pixels)), atol=0.005)


def test_grey_is_refused_as_colour_and_colour_becomes_grey():
    grey, colour = np.zeros((1, 4, 4, 1), np.uint8), np.zeros((1, 4, 4, 3), np.uint8)
    with pytest.raises(DataError, match="x: the images are grey and --color_mode=rgb"):
        convert_color("x", grey, "rgb")
    assert convert_color("x", colour, "grayscale").shape == (1, 4, 4, 1)
    assert convert_color("x", colour, "auto") is colour
    with pytest.raises(DataError, match="--color_mode=sepia is unknown"):
        convert_color("x", colour, "sepia")


def test_psnr():
    images = np.zeros([2, 3])
    assert psnr(images, images) == math.inf
    assert psnr(images + 0.02, images) == pytest.approx(40)
