"""`wait`: until something happens, or time is up."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.flow.duration import Duration, length_text
from flowctl.flow.kinds import Condition, key
from flowctl.flow.node import Node, node_type, port

if TYPE_CHECKING:
    from flowctl.expr import Expr
    from flowctl.flow.program import Pause


@node_type("wait")
@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Node):
    """Wait until a condition holds or time is up, whichever comes first.

    A record that meets the condition when it arrives leaves at once. A fixture
    tells what happens meanwhile under ``later``; without that nothing does, and
    the record leaves by ``expired``.

    Example::

        partner_acts:
          type: wait
          until: Partner_Prospect_Status__c != 'Qualifying'
          for: 5 DAYS
          met: with_partner
          expired: recall
    """

    until: Expr = key(Condition())
    for_: dt.timedelta = key(Duration())
    met: str = port()
    expired: str = port()

    def title(self) -> str:
        return self.label or f"wait for {length_text(self.for_).lower()}"

    def lower(self) -> Pause:
        from flowctl.flow.program import Pause

        return Pause(self.id, self.until, self.for_, self.way("met"), self.way("expired"))
