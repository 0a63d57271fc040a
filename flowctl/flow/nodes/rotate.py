"""`rotate`: the next person of a roster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowctl.flow.node import Node, node_type, port, refer

if TYPE_CHECKING:
    from flowctl.flow.program import Pick


@node_type("rotate")
@dataclass(frozen=True, slots=True, kw_only=True)
class Rotate(Node):
    """Make the next available member of a roster the owner, in turn.

    People on leave and inactive people are passed over; when nobody is left
    the lead leaves by ``nobody``.

    Example::

        emea_turn:
          type: rotate
          roster: sdr-emea
          then: done
          nobody: queue_emea
    """

    roster: str = refer("rosters")
    then: str = port()
    nobody: str = port()

    def title(self) -> str:
        return self.label or f"next of {self.roster}"

    def lower(self) -> Pick:
        from flowctl.flow.program import Pick

        return Pick(self.id, self.roster, self.way("then"), self.way("nobody"))
