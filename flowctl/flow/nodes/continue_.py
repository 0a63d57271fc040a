"""`continue`: carries on in another flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.flow.kinds import Name, key
from flowctl.flow.node import Node, node_type, refer

if TYPE_CHECKING:
    from flowctl.flow.program import Jump


@node_type("continue")
@dataclass(frozen=True, slots=True, kw_only=True)
class Continue(Node):
    """Carry on in another flow, with this record or a related one. There is no way back.

    A related record takes along what hangs on both of them under one name, such
    as the campaign. With ``as`` the record that is left behind hangs on it, too.

    Example::

        into_lead_flow:
          type: continue
          flow: lead
          with: lead
          as: campaign_member
    """

    flow: str = refer("flows")
    with_: str | None = key(Name(), None)
    as_: str | None = key(Name(), None)

    def title(self) -> str:
        return self.label or f"continue in {self.flow}"

    def lower(self) -> Jump:
        from flowctl.flow.program import Jump

        return Jump(self.id, self.flow, self.with_, self.as_)
