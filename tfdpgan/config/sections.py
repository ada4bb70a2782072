# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""The settings of a tool by what they are about, and whom they are for."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

from tfdpgan.config.declaration import Declared, declared

MARKERS = {"method": "for_method", "architecture": "for_architecture"}


@dataclasses.dataclass(frozen=True)
class Section:
    """The settings that one class brings.

    Attributes:
        heading: the first line of its docstring.
        settings: in declared order.
        only_for: by the setting that decides ("method", "architecture"), its values that these settings belong to.
    """

    heading: str
    settings: tuple[Declared, ...]
    only_for: dict[str, tuple[str, ...]]


def sections(cls: type[Any]) -> list[Section]:
    """The settings of `cls` by the class that declares them: its own first, then those of its bases in their order.

    A class says by the attributes `for_method` and `for_architecture`, tuples of names, whom its settings are for. They
    speak of the class that they stand in, and are not inherited.
    """
    by_name = {one.name: one for one in declared(cls)}
    found = []
    for part in cls.__mro__:
        own = [by_name.pop(name) for name in inspect.get_annotations(part) if name in by_name]
        if own:
            only_for = {name: vars(part)[marker] for name, marker in MARKERS.items() if marker in vars(part)}
            found.append(Section((part.__doc__ or part.__name__).splitlines()[0], tuple(own), only_for))
    return found
