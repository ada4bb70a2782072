# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Small real files for rows of DATASETS: a module `NAME.py` with `write(folder, images, labels) -> Path`.

It writes some of the images `[n, 28, 28]` uint8 with their labels `[n]`, 0 to 9, in the format that the row reads,
into an empty folder, and returns what --data_dir is then. A row that needs no files has no such module, and is read
without --data_dir.
"""

import importlib
import importlib.util
from pathlib import Path

import numpy as np


def write(name: str, folder: Path, images: np.ndarray, labels: np.ndarray) -> Path | None:
    """What --data_dir of the row `name` is; None where the row has no module here."""
    module = f"{__name__}.{name}"
    if importlib.util.find_spec(module) is None:
        return None
    return importlib.import_module(module).write(folder, images, labels)
