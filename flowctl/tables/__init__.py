"""Tables of values: the leads that people have in files, and the rows that a flow looks up.

As in `flowctl.flow`, a module is loaded when one of its names is asked for.
"""

from typing import TYPE_CHECKING

from flowctl.lazy import on_demand

if TYPE_CHECKING:
    from flowctl.tables.cells import CellError, KeyColumn
    from flowctl.tables.rows import Row, read_rows
    from flowctl.tables.snapshot import Line, Snapshot

__all__ = ["CellError", "KeyColumn", "Line", "Row", "Snapshot", "read_rows"]

_HOMES = {"cells": "CellError KeyColumn", "rows": "Row read_rows", "snapshot": "Line Snapshot"}

__getattr__ = on_demand(__name__, _HOMES)
