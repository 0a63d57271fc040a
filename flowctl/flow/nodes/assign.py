"""`assign`: a named owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.flow.kinds import key
from flowctl.flow.node import Node, node_type, port
from flowctl.flow.owner import Owner, Target

if TYPE_CHECKING:
    from flowctl.flow.program import Own


@node_type("assign")
@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Node):
    """Make a user or a queue the owner.

    ``to`` is ``user/NAME``, ``queue/NAME`` or a field that holds one. When the
    field is blank, names nobody we know, or somebody who is inactive, the lead
    leaves by ``unavailable``.

    Example::

        to_bdr:
          type: assign
          to: account.BDR_Assigned__c
          then: done
          unavailable: by_country
    """

    to: Target = key(Owner())
    then: str = port()
    unavailable: str | None = port(None)

    def title(self) -> str:
        return self.label or f"assign to {Owner().plain(self.to)}"

    def lower(self) -> Own:
        from flowctl.flow.program import Own

        return Own(self.id, self.to, self.way("then"), self.way("unavailable") if self.unavailable else None)
