"""`end`: the end of the path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.flow.kinds import Text, key
from flowctl.flow.node import Node, node_type

if TYPE_CHECKING:
    from flowctl.flow.program import Stop


@node_type("end")
@dataclass(frozen=True, slots=True, kw_only=True)
class End(Node):
    """Stop here, with a named result.

    Example::

        routed:
          type: end
          result: routed to Sales Development
    """

    result: str = key(Text())

    def title(self) -> str:
        return self.label or self.result

    def lower(self) -> Stop:
        from flowctl.flow.program import Stop

        return Stop(self.id, self.result)
