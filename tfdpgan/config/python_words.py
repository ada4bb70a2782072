# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Errors for somebody who calls from Python: they say `target_epsilon`, where the tools say `--target_epsilon`."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from tfdpgan.config.declaration import Declared, declared

_FLAG = re.compile(r"--(\w+)(?:=([^\s,;:)]*[^\s,;:).]))?")


def in_python(text: str, cls: type[Any]) -> str:
    """`text` with the flags of the settings `cls` turned into arguments; other flags stay."""
    known = {one.name: one for one in declared(cls)}

    def argument(found: re.Match[str]) -> str:
        name, value = found[1], found[2]
        if name.startswith("no") and name not in known and name[2:] in known:
            return f"{name[2:]}=False"
        if name not in known:
            return found[0]
        if value is None:
            return f"{name}=True" if known[name].kind is bool else name
        return f"{name}={_literal(value, known[name])}"

    return _FLAG.sub(argument, text)


def _literal(value: str, one: Declared) -> str:
    return f'"{value}"' if one.kind is str and value != "None" else value


@contextlib.contextmanager
def python_words(cls: type[Any]) -> Iterator[None]:
    """Raises a user's mistake (ValueError and its kinds) again as `in_python` says it."""
    try:
        yield
    except ValueError as error:
        text = str(error)
        told = in_python(text, cls)
        if told == text:
            raise
        try:
            again = type(error)(told)
        except TypeError:  # a kind that is not made of one sentence
            raise error from None
        raise again from None
