# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The absl flags of the tools, made from the fields of a dataclass of settings."""

from __future__ import annotations

from typing import Any, TypeVar

from absl import flags

from tfdpgan.config.declaration import declared

flags.disclaim_key_flags()  # flags belong to the tool that asks for them

T = TypeVar("T")


def define_flags(cls: type[Any], flag_values: flags.FlagValues = flags.FLAGS) -> None:
    """Defines one absl flag for each field of the dataclass `cls`, as the caller's own.

    absl checks that a number is one; the class checks ranges and choices, with its own words.
    """
    define = {bool: flags.DEFINE_bool, int: flags.DEFINE_integer, float: flags.DEFINE_float, str: flags.DEFINE_string}
    for one in declared(cls):
        choices = one.declaration.choice_names
        help_text = one.declaration.help + (f" One of {', '.join(map(str, choices))}." if choices else "")
        define[one.kind](one.name, one.declaration.default, help_text, flag_values=flag_values)


def from_flags(cls: type[T], flag_values: Any) -> T:
    """The config that the parsed flags (`absl.flags.FLAGS`) say."""
    return cls(**{one.name: getattr(flag_values, one.name) for one in declared(cls)})
