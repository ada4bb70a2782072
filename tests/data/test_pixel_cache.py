# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Data larger than memory: decoded once, read row by row."""

import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tfdpgan.data import DataError, load_dataset
from tfdpgan.data import pixel_cache as cache_module


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(30):
        path = tmp_path / "images" / ("cat" if number % 3 else "dog") / f"{number:02d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (40, 40, 3), np.uint8)).save(path)
    return tmp_path / "images"


def test_the_file_holds_what_memory_would(folder, tmp_path):
    in_memory = load_dataset("folder", folder)
    in_file = load_dataset("folder", folder, cache_dir=tmp_path / "cache")
    assert isinstance(in_file.pixels, np.memmap) and not in_file.pixels.flags.writeable
    indices = np.random.default_rng(1).integers(0, 30, (4, 5))
    np.testing.assert_array_equal(in_file.batch(indices), in_memory.batch(indices))
    np.testing.assert_array_equal(in_file.label_batch(indices), in_memory.label_batch(indices))
    assert not isinstance(in_file.batch(indices), np.memmap)


def test_the_second_run_decodes_nothing_and_a_changed_file_is_noticed(folder, tmp_path, monkeypatch):
    first = load_dataset("folder", folder, cache_dir=tmp_path / "cache")
    with monkeypatch.context() as patch:
        patch.setattr("tfdpgan.data.image_folder.read_image", None)
        again = load_dataset("folder", folder, cache_dir=tmp_path / "cache")
    np.testing.assert_array_equal(first.pixels, again.pixels)
    Image.new("RGB", (40, 40), "red").save(folder / "cat/01.png")
    changed = load_dataset("folder", folder, cache_dir=tmp_path / "cache")
    assert (changed.pixels[0] == (255, 0, 0)).all() and not (first.pixels[0] == (255, 0, 0)).all()
    smaller = load_dataset("folder", folder, image_size=16, cache_dir=tmp_path / "cache")
    assert smaller.image_shape == (16, 16, 3)


def test_a_changed_file_of_the_same_size_and_time_is_noticed(folder, tmp_path):
    """Somebody puts the modification time back; the file system's own record of the change cannot be set."""
    path = folder / "cat/01.bmp.png"
    Image.new("RGB", (40, 40), "red").save(path, compress_level=0)
    before = load_dataset("folder", folder, cache_dir=tmp_path / "cache").pixels.copy()
    status = path.stat()
    Image.new("RGB", (40, 40), "blue").save(path, compress_level=0)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (status.st_size, status.st_mtime_ns)
    after = load_dataset("folder", folder, cache_dir=tmp_path / "cache").pixels
    assert (before == (255, 0, 0)).all(axis=(1, 2, 3)).any() and not (after == (255, 0, 0)).all(axis=(1, 2, 3)).any()


def test_left_out_files_leave_no_gap(folder, tmp_path):
    (folder / "cat/02.png").write_bytes(b"damaged")
    in_file = load_dataset("folder", folder, skip_bad_images=True, cache_dir=tmp_path / "cache")
    in_memory = load_dataset("folder", folder, skip_bad_images=True)
    assert in_file.num_examples == 29
    np.testing.assert_array_equal(in_file.pixels, in_memory.pixels)
    np.testing.assert_array_equal(in_file.labels, in_memory.labels)


def test_nothing_is_left_behind_when_decoding_fails(folder, tmp_path):
    (folder / "cat/02.png").write_bytes(b"damaged")
    with pytest.raises(DataError, match="1 of 30 images"):
        load_dataset("folder", folder, cache_dir=tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_the_folder_is_the_owners_alone(folder, tmp_path):
    load_dataset("folder", folder, cache_dir=tmp_path / "cache")
    (entry,) = (tmp_path / "cache").iterdir()
    assert entry.stat().st_mode & 0o077 == 0


def test_a_full_disk_is_told_before_decoding(folder, tmp_path, monkeypatch):
    def no_space(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache_module.os, "posix_fallocate", no_space, raising=False)
    with pytest.raises(DataError, match="No space left on device.*another --cache_dir"):
        load_dataset("folder", folder, cache_dir=tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_a_cache_among_the_images_would_be_taken_for_a_class(folder):
    with pytest.raises(DataError, match="lies inside --data_dir"):
        load_dataset("folder", folder, cache_dir=folder / "cache")
    assert not (folder / "cache").exists()


def test_a_place_that_is_no_folder(folder, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match="cannot be written"):
        load_dataset("folder", folder, cache_dir=tmp_path / "file")


def test_a_damaged_cache_is_told(folder, tmp_path):
    load_dataset("folder", folder, cache_dir=tmp_path / "cache")
    (path,) = (tmp_path / "cache").glob("*/pixels.npy")
    os.truncate(path, 1000)
    with pytest.raises(DataError, match="is damaged"):
        load_dataset("folder", folder, cache_dir=tmp_path / "cache")


_READ_ROWS = """
import resource, sys
import numpy as np
from tfdpgan.data.dataset import Dataset
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
dataset = Dataset("big", np.load(sys.argv[1], mmap_mode="r"))
for seed in range(3):
    rows = np.random.default_rng(seed).choice(dataset.num_examples, 64, replace=False)
    assert (dataset.batch(rows) == -1).all()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ru_maxrss is in kilobytes on Linux only")
def test_a_draw_reads_its_rows_and_not_the_file(tmp_path):
    path = tmp_path / "pixels.npy"
    shape = (40_000, 64, 64, 3)  # 490 MB, without taking them from the disk
    np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
    command = [sys.executable, "-c", _READ_ROWS, path]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 60_000  # kilobytes
