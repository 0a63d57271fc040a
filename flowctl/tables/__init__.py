"""Tables of values: the leads that people have in files, and the rows that a flow looks up.

As in `flowctl.flow`, a module is loaded when one of its names is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowctl.tables.cells import CellError, KeyColumn
    from flowctl.tables.rows import Row, read_rows
    from flowctl.tables.snapshot import Line, Snapshot

__all__ = ["CellError", "KeyColumn", "Line", "Row", "Snapshot", "read_rows"]

_HOMES = {"cells": "CellError KeyColumn", "rows": "Row read_rows", "snapshot": "Line Snapshot"}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module `{__name__}` has no `{name}`")
    found: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = found
    return found
