# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""What lies beside the weights of a released network: how to call it, where it comes from, and their checksum."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tfdpgan.config import ConfigError
from tfdpgan.files.checksum import file_checksum

SIGNATURE = "signature.json"


def read_signature(folder: Path, weights: str, missing: str) -> dict[str, Any]:
    """The content of a released network's signature, whose weights are those that were released.

    Args:
        folder: of the network.
        weights: name of the file of weights in it.
        missing: what to say where there is no signature.

    Raises:
        ConfigError: the signature is missing, or the weights were changed.
    """
    try:
        signature = json.loads((folder / SIGNATURE).read_text())
    except FileNotFoundError:
        raise ConfigError(missing) from None
    if signature["weights_sha256"] != file_checksum(folder / weights):
        raise ConfigError(f"{folder / weights} was changed after it was released: its checksum differs.")
    return signature
