# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Where images go: files and folders that appear whole or not at all, and what is said when they cannot."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tfdpgan.files.complete import complete_file, complete_folder


class OutputError(ValueError):
    """Images that cannot be written, told in one line: what was wrong, what is allowed, what to try."""


@contextlib.contextmanager
def output_file(target: Path) -> Iterator[Path]:
    """As `complete_file`.

    Raises:
        OutputError: where the file cannot be written.
    """
    if target.is_dir():
        raise OutputError(
            f"{target} is a folder: give the name of a file, or a name without suffix for a folder of images."
        )
    with _in_words(target), complete_file(target) as partial:
        yield partial


@contextlib.contextmanager
def output_folder(target: Path) -> Iterator[Path]:
    """As `complete_folder`; refuses a target that already holds something.

    Raises:
        OutputError: where the folder cannot be written.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        what = "holds files already" if target.is_dir() else "is a file"
        raise OutputError(f"{target} {what}: give the name of a new or an empty folder.")
    with _in_words(target), complete_folder(target) as partial:
        yield partial


@contextlib.contextmanager
def _in_words(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{target} cannot be written ({error.strerror or error}): choose another place for the output."
        ) from error
