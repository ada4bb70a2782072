# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Grids: where each image goes, and what the file says of itself."""

import json

import numpy as np
import pytest
from PIL import Image

from tfdpgan import __version__
from tfdpgan.generation.grid import image_grid, save_grid
from tfdpgan.generation.output import OutputError


@pytest.mark.parametrize(("num", "columns", "rows"), [(1, None, 1), (5, None, 2), (9, None, 3), (7, 7, 1), (7, 2, 4)])
@pytest.mark.parametrize(("channels", "padding"), [(1, 2), (3, 0)])
def test_every_image_is_in_its_cell(num, columns, rows, channels, padding):
    images = np.random.default_rng(0).integers(0, 255, (num, 4, 6, channels), np.uint8)
    grid = image_grid(images, columns, padding)
    columns = columns or int(np.ceil(np.sqrt(num)))
    assert grid.shape == (rows * (4 + padding) + padding, columns * (6 + padding) + padding, channels)
    for index, image in enumerate(images):
        top = padding + index // columns * (4 + padding)
        left = padding + index % columns * (6 + padding)
        np.testing.assert_array_equal(grid[top : top + 4, left : left + 6], image)
    assert (grid == 255).sum() == grid.size - images.size


def test_floats_use_the_whole_range():
    grid = image_grid(np.array([-1.0, 0.0, 1.0], np.float32).reshape(3, 1, 1, 1), 3, padding=0)
    np.testing.assert_array_equal(grid[0, :, 0], [0, 128, 255])


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (np.zeros((4, 8, 8)), {}, "must have the shape"),
        (np.zeros((0, 8, 8, 1)), {}, "N at least 1"),
        (np.zeros((4, 8, 8, 2)), {}, "must have the shape"),
        (np.zeros((4, 8, 8, 1), np.int32), {}, "uint8 or floats"),
        (np.full((4, 8, 8, 1), np.nan), {}, "training diverged"),
        (np.full((4, 8, 8, 1), 200.0), {}, r"must lie in \[-1, 1\]"),
        (np.zeros((4, 8, 8, 1)), {"num_columns": 0}, "1 column or more"),
        (np.zeros((4, 8, 8, 1)), {"padding": -1}, "padding 0 or more"),
        (np.zeros((40, 500, 500, 1), np.uint8), {"num_columns": 1}, "at most 16384"),
    ],
)
def test_what_is_no_grid(images, options, message):
    with pytest.raises(OutputError, match=message):
        image_grid(images, **options)


def test_the_file_says_that_it_is_synthetic(tmp_path):
    images = np.zeros((4, 8, 8, 3), np.float32)
    path = save_grid(tmp_path / "new" / "grid.png", images, 2, provenance={"epsilon": 9.5, "name": "é"})
    with Image.open(path) as picture:
        assert picture.size == (22, 22) and picture.mode == "RGB"
        assert picture.text["Synthetic"] == "true" and picture.text["Software"] == f"tfdpgan {__version__}"
        assert json.loads(picture.text["Provenance"]) == {"epsilon": 9.5, "name": "é"}
    assert [entry.name for entry in path.parent.iterdir()] == ["grid.png"]


def test_labels_and_caption_surround_the_same_grid(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (6, 20, 20, 1), np.uint8)
    path = save_grid(tmp_path / "g.png", images, 2, row_labels=["zero", "one", "two"], caption="epsilon 10")
    page = np.asarray(Image.open(path))
    plain = image_grid(images, 2)[..., 0]
    left = page.shape[1] - plain.shape[1]
    assert left > 0 and page.shape[0] > plain.shape[0]
    np.testing.assert_array_equal(page[: plain.shape[0], left:], plain)
    for row in range(3):  # ink beside every row
        assert page[row * 22 : row * 22 + 24, :left].min() < 100
    assert page[plain.shape[0] :].min() < 100


def test_a_grid_replaces_an_older_one_and_refuses_a_folder(tmp_path):
    images = np.zeros((1, 8, 8, 1), np.uint8)
    (tmp_path / "g.png").write_text("old")
    save_grid(tmp_path / "g.png", images)
    Image.open(tmp_path / "g.png").verify()
    with pytest.raises(OutputError, match="is a folder"):
        save_grid(tmp_path, images)
    with pytest.raises(OutputError, match="plain JSON"):
        save_grid(tmp_path / "g.png", images, provenance={"x": object()})
