# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Files and folders that a block fills: whole, or as before, whatever ends the block."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from tfdpgan.files import complete
from tfdpgan.files.complete import complete_file, complete_folder

ENDINGS = [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("bad")]


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_file_takes_its_name_when_it_is_whole(tmp_path):
    target = tmp_path / "new" / "x.txt"
    with complete_file(target) as partial:
        partial.write_text("half")
        assert not target.exists() and partial.parent == target.parent and partial.name.startswith(".")
    assert contents(tmp_path) == {"new/x.txt": "half"}
    with complete_file(target) as partial:
        partial.write_text("other")
        assert target.read_text() == "half"
    assert contents(tmp_path) == {"new/x.txt": "other"}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("make", [complete_file, complete_folder, lambda path: complete_folder(path, replace=True)])
def test_what_ends_early_leaves_nothing(tmp_path, make, ending):
    with pytest.raises(type(ending)), make(tmp_path / "x") as partial:
        (partial / "a" if partial.is_dir() else partial).write_text("half")
        raise ending
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_ends_early_leaves_the_older_one(tmp_path, ending):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a").write_text("old")
    (tmp_path / "y").write_text("old")
    with pytest.raises(type(ending)), complete_folder(tmp_path / "x", replace=True) as partial:
        (partial / "a").write_text("new")
        raise ending
    with pytest.raises(type(ending)), complete_file(tmp_path / "y") as partial:
        partial.write_text("new")
        raise ending
    assert contents(tmp_path) == {"x/a": "old", "y": "old"}


def test_a_folder_that_holds_something_is_replaced_only_when_asked(tmp_path):
    target = tmp_path / "x"
    for text in ("old", "new"):
        with complete_folder(target, replace=True) as partial:
            (partial / text).write_text(text)
    assert contents(tmp_path) == {"x/new": "new"}
    with pytest.raises(OSError), complete_folder(target) as partial:
        (partial / "other").write_text("other")
    assert contents(tmp_path) == {"x/new": "new"} and len(list(tmp_path.iterdir())) == 1
    (tmp_path / "empty").mkdir()
    with complete_folder(tmp_path / "empty") as partial:
        (partial / "a").write_text("a")
    assert contents(tmp_path / "empty") == {"a": "a"}


def test_a_folder_that_cannot_take_the_name_gives_it_back(tmp_path, monkeypatch):
    target = tmp_path / "x"
    with complete_folder(target) as partial:
        (partial / "a").write_text("old")
    real_replace = os.replace

    def refusing(source, destination):
        if str(source).endswith(".partial"):
            raise OSError(5, "Input/output error")
        real_replace(source, destination)

    monkeypatch.setattr(complete.os, "replace", refusing)
    with pytest.raises(OSError, match="Input/output"), complete_folder(target, replace=True) as partial:
        (partial / "a").write_text("new")
    assert contents(tmp_path) == {"x/a": "old"} and len(list(tmp_path.iterdir())) == 1


def test_a_file_does_not_replace_a_folder(tmp_path):
    (tmp_path / "x").mkdir()
    with pytest.raises(IsADirectoryError), complete_file(tmp_path / "x") as partial:
        partial.write_text("a")
    assert (tmp_path / "x").is_dir() and len(list(tmp_path.iterdir())) == 1


def test_a_folder_has_the_permissions_that_were_asked_for(tmp_path):
    before = os.umask(0o022)
    try:
        with complete_folder(tmp_path / "open"), complete_folder(tmp_path / "closed", mode=0o700):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "open").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "closed").stat().st_mode & 0o777 == 0o700


def test_a_killed_process_leaves_the_older_one(tmp_path):
    with complete_folder(tmp_path / "x") as partial:
        (partial / "a").write_text("old")
    program = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from tfdpgan.files.complete import complete_folder
        with complete_folder(Path(sys.argv[1]), replace=True) as partial:
            (partial / "a").write_text("new")
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path / "x")])
    assert killed.returncode == -signal.SIGKILL
    assert contents(tmp_path / "x") == {"a": "old"}
    with complete_folder(tmp_path / "x", replace=True) as partial:
        (partial / "a").write_text("new")
    assert contents(tmp_path / "x") == {"a": "new"}
