"""`merge`: two records become one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.flow.kinds import Choice, MapOf, Name, key
from flowctl.flow.node import Node, node_type, port

if TYPE_CHECKING:
    from flowctl.flow.program import Join

RULES = ("oldest", "newest", "filled")


@node_type("merge")
@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(Node):
    """Merge the record with a duplicate that an earlier ``match`` has found.

    ``keep`` says whose value each field keeps: that of the ``oldest`` record by
    ``CreatedDate``, of the ``newest``, or the record's own unless it is blank
    (``filled``). ``fields`` says it for single fields. Where the chosen side is
    blank, the other side's value stays. A simulation records the merge.

    Example::

        merge_twin:
          type: merge
          with: twin
          keep: newest
          fields: {Initial_Source__c: oldest, Phone: filled}
          then: done
    """

    with_: str = key(Name())
    keep: str = key(Choice(RULES), "filled")
    fields: Mapping[str, str] = key(MapOf(Choice(RULES)), {})
    then: str = port()

    def title(self) -> str:
        return self.label or f"merge with {self.with_}"

    def lower(self) -> Join:
        from flowctl.flow.program import Join

        return Join(self.id, self.with_, self.keep, dict(self.fields), self.way("then"))
