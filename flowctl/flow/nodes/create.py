"""`create`: a new record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.flow.kinds import MapOf, Name, Value, key
from flowctl.flow.node import Node, node_type, port, refer

if TYPE_CHECKING:
    from flowctl.expr import Operand
    from flowctl.flow.program import Make


@node_type("create")
@dataclass(frozen=True, slots=True, kw_only=True)
class Create(Node):
    """Create a record of any object, with the values that it begins with.

    Values are written as for ``set`` and read from the record that is being
    routed. With ``as`` the new record gets a name, under which later nodes read
    it. A simulation records what would be created.

    Example::

        new_account:
          type: create
          object: Account
          as: account
          values:
            Name: Company
            Type: "'Prospect - CE User'"
          then: tell_research
    """

    object: str = refer("objects")
    as_: str | None = key(Name(), None)
    values: Mapping[str, Operand] = key(MapOf(Value()))
    then: str = port()

    def title(self) -> str:
        return self.label or f"create {self.object}"

    def binds(self) -> tuple[str, str] | None:
        return (self.as_, self.object) if self.as_ else None

    def lower(self) -> Make:
        from flowctl.flow.program import Make

        return Make(self.id, self.object, self.as_, tuple(self.values.items()), self.way("then"))
