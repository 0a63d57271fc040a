"""`lookup`: a row of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.flow.kinds import MapOf, Name, Value, key
from flowctl.flow.node import Node, node_type, port, refer

if TYPE_CHECKING:
    from flowctl.expr import Operand
    from flowctl.flow.program import Look


@node_type("lookup")
@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup(Node):
    """Find a row of a table by the record's values, and give it a name.

    ``by`` gives a value for every key column of the table. What fits a cell is
    said in the table's header: the same text, a prefix, a range, a wildcard.
    The row's columns are then read as ``NAME.Column``.

    Example::

        look_up_territory:
          type: lookup
          table: country-assignment
          as: territory
          by: {Country: Country}
          found: turn_of_territory
          missing: by_region
    """

    table: str = refer("tables")
    as_: str = key(Name())
    by: Mapping[str, Operand] = key(MapOf(Value(), named=True))
    found: str = port()
    missing: str = port()

    def title(self) -> str:
        return self.label or f"look up {self.table}"

    def binds(self) -> tuple[str, str]:
        return self.as_, f"table/{self.table}"

    def lower(self) -> Look:
        from flowctl.flow.program import Look

        by = tuple(self.by.items())
        return Look(self.id, self.table, self.as_, by, self.way("found"), self.way("missing"))
