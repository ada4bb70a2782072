# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""How a setting is declared: one line in a dataclass holds its default, sentence, rule and whether it may change.

Flags, `--help`, the checks, and what a resumed run compares are read from that line.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import os
import types
import typing
from collections.abc import Hashable
from typing import Any, cast

import numpy as np

from tfdpgan.config.tables import Table

_KINDS = {bool: "True or False", int: "a whole number", float: "a number", str: "text"}
_LONGEST_SHOWN = 60  # characters of a value in an error


@dataclasses.dataclass(frozen=True)
class Declaration:
    """What `setting` was told of one field, and the rule that follows from it.

    Raises:
        ValueError: for a declaration that contradicts itself.
    """

    default: Any
    help: str
    choices: tuple[Any, ...] | Table | None = None
    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None
    may_change: bool = False
    hint: str = ""

    def __post_init__(self) -> None:
        contradiction = self._contradiction()
        if contradiction:
            raise ValueError(f"The setting {self.help!r} contradicts itself: {contradiction}.")

    def field(self) -> Any:
        """The dataclass field, which carries the declaration in its metadata."""
        return dataclasses.field(default=self.default, metadata=vars(self))

    @property
    def choice_names(self) -> tuple[Any, ...]:
        """The choices; none where any value in the range will do."""
        return self.choices.names if isinstance(self.choices, Table) else self.choices or ()

    @property
    def range_words(self) -> list[str]:
        """The bounds, such as ["greater than 0", "below 1"]."""
        return [words for _, words in self._bounds(0.0)]

    def problem(self, value: Any, kind: type, is_optional: bool) -> str | None:
        """Why `value` cannot be used, as the rest of a sentence that begins with the setting's name; None if it can.

        Args:
            value: any object.
            kind: bool, int, float or str.
            is_optional: None will do.
        """
        if value is None and is_optional:
            return None
        if not _is_of(value, kind):
            return f"must be {self._allowed(kind)}. Received: {_shown(value)}."
        is_closed = not isinstance(self.choices, Table) or self.choices.is_closed
        if self.choices and is_closed and value not in self.choice_names:
            return f"must be one of {', '.join(map(str, self.choice_names))}. Received: {value}."
        if kind not in (int, float):
            return None
        if not math.isfinite(value):
            return f"must be a finite number. Received: {value}."
        for holds, words in self._bounds(value):
            if not holds:
                return f"must be {words}. Received: {value}.{self.hint and f' {self.hint}'}"
        return None

    def _allowed(self, kind: type) -> str:
        if self.choices:
            return f"one of {', '.join(map(str, self.choice_names))}"
        return _KINDS[kind] + (f", {' and '.join(self.range_words)}" if self.range_words else "")

    def _bounds(self, value: float) -> list[tuple[bool, str]]:
        """Each bound that was declared: whether `value` keeps it, and its words."""
        bounds = []
        if self.above is not None:
            bounds.append((value > self.above, f"greater than {self.above:g}"))
        if self.at_least is not None:
            bounds.append((value >= self.at_least, f"{self.at_least:g} or more"))
        if self.below is not None:
            bounds.append((value < self.below, f"below {self.below:g}"))
        if self.at_most is not None:
            bounds.append((value <= self.at_most, f"{self.at_most:g} or less"))
        return bounds

    def _contradiction(self) -> str | None:
        lower = [bound for bound in (self.above, self.at_least) if bound is not None]
        upper = [bound for bound in (self.below, self.at_most) if bound is not None]
        if len(lower) > 1 or len(upper) > 1:
            return "two bounds on one side"
        if lower and upper:
            is_open = self.above is not None or self.below is not None
            if lower[0] > upper[0] or (lower[0] == upper[0] and is_open):
                return f"nothing is {' and '.join(self.range_words)}"
        if self.choices is not None and (lower or upper):
            return "choices beside a range"
        if self.choices == ():
            return "no choice is left"
        if self.default is None:
            return None
        if isinstance(self.choices, tuple) and self.default not in self.choices:
            return f"its default {self.default!r} is not one of {', '.join(map(str, self.choices))}"
        if isinstance(self.default, float) and not math.isfinite(self.default):
            return f"its default is {self.default}"
        if not (lower or upper):
            return None
        if not _is_of(self.default, float):
            return f"a range, and the default {self.default!r}"
        broken = [words for holds, words in self._bounds(self.default) if not holds]
        return f"its default {self.default} is not {broken[0]}" if broken else None


def setting(
    default: Any,
    help: str,
    *,
    choices: tuple[Any, ...] | Table | None = None,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
    may_change: bool = False,
    hint: str = "",
) -> Any:
    """Declares one field of a class of settings.

    Args:
        default: the value where none is given. None, with an annotation that allows it, leaves the setting open.
        help: the sentence that `--help` shows. Choices, range and number default are added to it, never retyped.
        choices: the values that are allowed, or `choices_from` the table that lists them.
        above: the value must be greater.
        at_least: the value must be as great or greater.
        below: the value must be smaller.
        at_most: the value must be as small or smaller.
        may_change: a run can go on with another value: it changes neither the result nor what it costs.
        hint: a sentence that follows where a value is out of the range: the way out.

    Raises:
        ValueError: for a declaration that contradicts itself, such as a default outside its own range.
    """
    return Declaration(default, help, choices, above, at_least, below, at_most, may_change, hint).field()


def redeclared(field: dataclasses.Field[Any], **changes: Any) -> Any:
    """The field of another class with some of its declaration changed."""
    return dataclasses.replace(declaration_of(field), **changes).field()


def declaration_of(field: dataclasses.Field[Any]) -> Declaration:
    """What `setting` was told of a field."""
    return Declaration(**field.metadata)


@dataclasses.dataclass(frozen=True)
class Declared:
    """One setting of a class.

    Attributes:
        name: of the field and of the flag.
        kind: bool, int, float or str.
        is_optional: None will do.
        declaration: the rest.
    """

    name: str
    kind: type
    is_optional: bool
    declaration: Declaration


def declared(cls: type[Any]) -> tuple[Declared, ...]:
    """Every setting of the dataclass `cls`, in the order of its fields."""
    return _declared(cast(Hashable, cls))


@functools.cache
def _declared(cls: Any) -> tuple[Declared, ...]:
    hints = typing.get_type_hints(cls)
    return tuple(
        Declared(field.name, *_kind_of(field.name, hints[field.name]), declaration_of(field))
        for field in dataclasses.fields(cls)
    )


def changeable(cls: type[Any]) -> frozenset[str]:
    """The names of the settings that may differ between a run and the command that resumes it."""
    return frozenset(one.name for one in declared(cls) if one.declaration.may_change)


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: numbers of NumPy as Python's, a path as text; anything else as it is."""
    if isinstance(value, np.generic):
        return value.item()
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _kind_of(name: str, hint: Any) -> tuple[type, bool]:
    """(int, True) for `int | None`."""
    parts = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    kinds = [part for part in parts if part is not type(None)]
    if len(kinds) != 1 or kinds[0] not in _KINDS:
        raise TypeError(f"The setting {name} must be a bool, int, float or str, or None beside it. Received: {hint}.")
    return kinds[0], len(parts) > 1


def _is_of(value: Any, kind: type) -> bool:
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    return isinstance(value, (int, float) if kind is float else kind)


def _shown(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
