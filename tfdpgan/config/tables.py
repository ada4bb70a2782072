# Copyright 2026 The tfdpgan Authors.
# SPDX-License-Identifier: Apache-2.0
"""Tables of rows: what a row names, and the choices that a table of another room lists, without importing that room.

The rooms above own the tables (data sets, architectures, losses), and many of them import TensorFlow. A declaration
names a table as "module:TABLE". Once somebody has imported the module, the living table counts, rows added at run time
included. Before that nobody can have added a row, and the names are read from the module's source.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import importlib
import importlib.machinery
import importlib.util
import sys
from typing import Any, cast


@dataclasses.dataclass(frozen=True)
class Table:
    """The names of the rows of a table that stands elsewhere.

    Attributes:
        module: dotted name of the module.
        name: of the table in it: a dict by name, a tuple of names, or a function that returns either.
        is_closed: False where the table's owner checks a name, and knows some that are no rows.
    """

    module: str
    name: str
    is_closed: bool = True

    @property
    def names(self) -> tuple[Any, ...]:
        """The names of the rows, in the table's order.

        Raises:
            LookupError: where there is no such table.
        """
        living = getattr(sys.modules.get(self.module), self.name, None)
        if living is None:
            written = _written_names(self.module, self.name)
            if written is not None:
                return written
            living = getattr(importlib.import_module(self.module), self.name, None)
        if living is None:
            raise LookupError(f"{self.module} has no table {self.name}.")
        return tuple(living() if callable(living) else living)


@dataclasses.dataclass(frozen=True)
class Row:
    """What a row of a table stands for, in a module of its own, which is imported when the row is called.

    So a table takes one line for each row, and can be read where TensorFlow is not.

    Attributes:
        path: "module:name" of a class or a function.
    """

    path: str

    def load(self) -> Any:
        """The class or function; raises ImportError or AttributeError where there is none."""
        module, _, name = self.path.partition(":")
        return getattr(importlib.import_module(module), name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What it makes, or returns."""
        return self.load()(*args, **kwargs)


def choices_from(path: str, is_closed: bool = True) -> Table:
    """The choices that the table `path` lists, such as "tfdpgan.data:DATASETS"; see `Table`."""
    module, separator, name = path.partition(":")
    if not (module and separator and name.isidentifier()):
        raise ValueError(f'A table is named "module:TABLE". Received: {path!r}.')
    return Table(module, name, is_closed)


@functools.cache
def _written_names(module: str, table: str) -> tuple[Any, ...] | None:
    """The names of a table that is written out in the source; None for one that is computed, or not there."""
    for statement in ast.parse(_source(module)).body:
        if isinstance(statement, ast.Assign):
            targets: list[ast.expr] = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        if any(isinstance(target, ast.Name) and target.id == table for target in targets):
            rows = statement.value
            names = rows.keys if isinstance(rows, ast.Dict) else getattr(rows, "elts", [None])
            constants = [name.value for name in names if isinstance(name, ast.Constant)]
            return tuple(constants) if len(constants) == len(names) else None
    return None


def _source(module: str) -> str:
    """The text of a module. Its parents are looked up, not imported: a room's first file may import TensorFlow."""
    top, *rest = module.split(".")
    spec, name = importlib.util.find_spec(top), top
    for part in rest:
        name = f"{name}.{part}"
        spec = spec and importlib.machinery.PathFinder.find_spec(name, spec.submodule_search_locations)
    if spec is None or spec.loader is None:
        raise LookupError(f"There is no module {module}.")
    return cast(Any, spec.loader).get_source(module)
