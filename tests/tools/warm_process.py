# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""A script in a process of its own that begins where TensorFlow has been imported: half the seconds of a short run."""

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

_SERVER = multiprocessing.get_context("forkserver")  # forks before TensorFlow has made anything but its modules
_SERVER.set_forkserver_preload(["tensorflow", "tf_keras", "tfdpgan.api"])


def run_warm(script: Path, flags: list[str], cwd: str | os.PathLike | None = None) -> subprocess.CompletedProcess:
    """Runs `script` as `python script flags` would; returns what it printed, and its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("stdout", "stderr")]
        child = _SERVER.Process(target=_main, args=(os.fspath(script), flags, cwd or os.getcwd(), *files))
        child.start()
        child.join()
        return subprocess.CompletedProcess([script, *flags], child.exitcode, *(path.read_text() for path in files))


def _main(script: str, flags: list[str], cwd: str | os.PathLike, stdout: Path, stderr: Path) -> None:
    for number, path in ((1, stdout), (2, stderr)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.chdir(cwd)
    sys.argv, sys.path[0] = [script, *flags], os.path.dirname(script)
    runpy.run_path(script, run_name="__main__")
