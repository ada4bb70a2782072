# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Training methods: one folder and one line in METHODS each.

To add one: a folder whose `__init__` holds a `METHOD` (`method.py` says what a row knows), with its settings, its
stages and its phases, and one line in METHODS. A method that comes after others says so in its row. Planning loads
no TensorFlow.
"""

from __future__ import annotations

import importlib
from typing import Any

from tfdpgan.config import ConfigError
from tfdpgan.methods.method import Method

METHODS = {
    "pretrained": "tfdpgan.methods.pretrained",
    "dpgan": "tfdpgan.methods.dpgan",
    "mean_embedding": "tfdpgan.methods.mean_embedding",
    "classifier": "tfdpgan.methods.classifier",
    "gswgan": "tfdpgan.methods.gswgan",
    "dpac": "tfdpgan.methods.dpac",
}


def rows() -> dict[str, Method]:
    """Every row, by name."""
    return {name: importlib.import_module(module).METHOD for name, module in METHODS.items()}


def generator_methods() -> tuple[str, ...]:
    """Names of the methods that a generator is trained by: what `--method` may be."""
    return tuple(name for name, row in rows().items() if row.releases == "generator")


def planned_methods() -> tuple[str, ...]:
    """Names of the methods that plan_privacy.py plans: those whose steps cost something."""
    return tuple(name for name, row in rows().items() if row.planned is not None)


def method_named(name: str) -> Method:
    """The row of that name; raises ConfigError where there is none that a generator is trained by."""
    if name not in generator_methods():
        raise ConfigError(f"--method must be one of {', '.join(generator_methods())}. Received: {name}.")
    return rows()[name]


def candidates_of(config: Any) -> tuple[Method, ...]:
    """The methods that settings may ask for, in the order in which they run; the last is `config.method`."""
    last, known = method_named(config.method), rows()
    return (*(known[name] for name in last.after), last)


def chain_of(config: Any) -> tuple[Method, ...]:
    """Those of `candidates_of` that resolved settings do ask for."""
    *first, last = candidates_of(config)
    return (*(method for method in first if method.is_asked(config)), last)


__all__ = [
    "METHODS",
    "Method",
    "candidates_of",
    "chain_of",
    "generator_methods",
    "method_named",
    "planned_methods",
    "rows",
]
