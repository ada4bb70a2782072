# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Where a generator, and every image of it, says that it comes from."""

from __future__ import annotations

import math
from typing import Any

from tfdpgan.data.dataset import Dataset
from tfdpgan.data.facts import DataFacts
from tfdpgan.files.atomic import json_number
from tfdpgan.privacy.accounting.ledger import Ledger


def provenance_of(dataset: Dataset | DataFacts, ledger: Ledger, config: Any) -> dict[str, Any]:
    """The data set, epsilon (a number or "infinite") and delta, and whether that is a guarantee at all."""
    epsilon = ledger.epsilon(config.delta)
    return {
        "generated_by": "tfdpgan",
        "synthetic": True,
        "dataset": dataset.name,
        "epsilon": json_number(epsilon),
        "delta": config.delta,
        "is_private": math.isfinite(epsilon) and not ledger.fixed_seeds() and not ledger.unreviewed(),
        "ledger": ledger.seal().to_json(),
    }
