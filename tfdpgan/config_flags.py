# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The absl flags of the tools, made from the fields of a dataclass of settings."""

from __future__ import annotations

import dataclasses
import types
import typing
from typing import Any, TypeVar

from absl import flags

flags.disclaim_key_flags()  # flags belong to the tool that asks for them

T = TypeVar("T")


def define_flags(cls: type[Any], flag_values: flags.FlagValues = flags.FLAGS) -> None:
    """Defines one absl flag for each field of the dataclass `cls`; `--help` shows them as the caller's own."""
    for field, kind in _typed_fields(cls):
        help_text, choices = field.metadata["help"], field.metadata["choices"]
        if choices:
            flags.DEFINE_enum(field.name, field.default, list(choices), help_text, flag_values=flag_values)
        else:
            define = {bool: flags.DEFINE_bool, int: flags.DEFINE_integer, float: flags.DEFINE_float}
            define.get(kind, flags.DEFINE_string)(field.name, field.default, help_text, flag_values=flag_values)


def from_flags(cls: type[T], flag_values: Any) -> T:
    """The config that the parsed flags (`absl.flags.FLAGS`) say."""
    return cls(**{field.name: getattr(flag_values, field.name) for field, _ in _typed_fields(cls)})


def _typed_fields(cls: type[Any]) -> list[tuple[dataclasses.Field[Any], type]]:
    hints = typing.get_type_hints(cls)
    return [(field, _plain_type(hints[field.name])) for field in dataclasses.fields(cls)]


def _plain_type(hint: Any) -> type:
    """`int` for `int | None`."""
    if isinstance(hint, types.UnionType):
        return next(part for part in typing.get_args(hint) if part is not type(None))
    return hint
