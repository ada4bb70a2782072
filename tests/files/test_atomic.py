# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
import json
import os
import resource
import subprocess
import sys

import numpy as np
import pytest

from tfdpgan.files.atomic import (
    write_arrays_atomically,
    write_bytes_atomically,
    write_json_atomically,
    write_text_atomically,
)


def test_writes_what_was_given(tmp_path):
    path = tmp_path / "file"
    write_bytes_atomically(path, b"\x00\xff")
    assert path.read_bytes() == b"\x00\xff"
    write_text_atomically(path, "Größe\n")
    assert path.read_text("utf-8") == "Größe\n"
    write_json_atomically(path, {"b": 1, "a": [None, "é"]})
    assert json.loads(path.read_text("utf-8")) == {"b": 1, "a": [None, "é"]}
    assert os.listdir(tmp_path) == ["file"]


def test_keeps_permissions_and_links(tmp_path):
    real = tmp_path / "real"
    write_text_atomically(real, "1")
    ordinary = tmp_path / "ordinary"
    ordinary.write_text("")
    assert real.stat().st_mode == ordinary.stat().st_mode
    real.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to(real)
    write_text_atomically(link, "2")
    assert link.is_symlink() and real.read_text() == "2" and real.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("bad, error", [(float("nan"), ValueError), (object(), TypeError)])
def test_a_value_that_json_refuses_leaves_the_old_file(tmp_path, bad, error):
    path = tmp_path / "file"
    write_text_atomically(path, "old")
    with pytest.raises(error):
        write_json_atomically(path, {"x": bad})
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["file"]


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_text_atomically(tmp_path / "none" / "file", "x")


# The limit on file size makes the kernel refuse a write half-way, as a full disk does.
_WRITE_UNDER_A_LIMIT = """
import resource, signal, sys
from tfdpgan.files.atomic import write_bytes_atomically
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
try:
    write_bytes_atomically(sys.argv[1], b"n" * 100_000)
except OSError as error:
    print("refused", error.errno)
"""


def test_a_write_that_the_kernel_refuses_half_way_leaves_the_old_file(tmp_path):
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    path = tmp_path / "file"
    write_text_atomically(path, "old")
    result = subprocess.run(
        [sys.executable, "-c", _WRITE_UNDER_A_LIMIT, str(path)], capture_output=True, text=True, check=True
    )
    assert result.stdout.startswith("refused")
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["file"]


def test_a_full_disk_leaves_the_old_file(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        path = disk / "file"
        write_bytes_atomically(path, b"o" * 20_000)
        with pytest.raises(OSError, match="No space left"):
            write_bytes_atomically(path, b"n" * 60_000)
        assert path.read_bytes() == b"o" * 20_000 and os.listdir(disk) == ["file"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_arrays_come_back_as_they_were(tmp_path):
    numbers, flags = np.arange(6, dtype=np.float32).reshape(2, 3), np.array([True, False])
    write_arrays_atomically(tmp_path / "x.npz", numbers=numbers, flags=flags)
    with np.load(tmp_path / "x.npz", allow_pickle=False) as archive:
        assert set(archive.files) == {"numbers", "flags"} and archive["numbers"].dtype == np.float32
        np.testing.assert_array_equal(archive["numbers"], numbers)
        np.testing.assert_array_equal(archive["flags"], flags)
    assert len(list(tmp_path.iterdir())) == 1
