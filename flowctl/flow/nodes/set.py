"""`set`: sets fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.flow.kinds import MapOf, Value, key
from flowctl.flow.node import Node, node_type, port

if TYPE_CHECKING:
    from flowctl.expr import Operand
    from flowctl.flow.program import SetFields


@node_type("set")
@dataclass(frozen=True, slots=True, kw_only=True)
class Set(Node):
    """Set fields of the record.

    A value is written as in a condition: a text in single quotes, a number,
    a date, a field, ``TODAY + 30 DAYS``, or ``BLANK`` to empty the field.

    Example::

        share_with_partner:
          type: set
          values:
            Prospect_Share_Status__c: "'Sending to Partner'"
            Recall_On__c: TODAY + 30 DAYS
          then: partner_queue
    """

    values: Mapping[str, Operand] = key(MapOf(Value()))
    then: str = port()

    def title(self) -> str:
        return self.label or f"set {', '.join(self.values)}"

    def lower(self) -> SetFields:
        from flowctl.flow.program import SetFields

        return SetFields(self.id, tuple(self.values.items()), self.way("then"))
