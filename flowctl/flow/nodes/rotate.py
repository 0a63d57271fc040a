"""`rotate`: the next person of a roster."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from flowctl.data import dataclass
from flowctl.document import Document, Json, Tree
from flowctl.flow.kinds import MISSING, Condition, Missing, Name, a_scalar, key
from flowctl.flow.node import Node, node_type, port
from flowctl.flow.objects import PEOPLE

if TYPE_CHECKING:
    from flowctl.expr import Expr, FieldPath
    from flowctl.flow.program import Pick

RosterRef: TypeAlias = "str | FieldPath"


@dataclass(frozen=True, slots=True)
class RosterName(Name):
    """A roster by name, or a column of a bound row that names one: `territory.Roster`."""

    table: str = "rosters"

    def read(self, tree: Tree, document: Document) -> RosterRef | Missing:  # type: ignore[override]
        scalar = a_scalar(tree, document, "a roster, or a column of a row that names one")
        if scalar is None:
            return MISSING
        row, dot, column = scalar.text.partition(".")
        if dot and row.isidentifier() and column.isidentifier():
            return row, column
        return super(RosterName, self).read(tree, document)  # noqa: UP008 - slots make a new class of this one

    def plain(self, value: RosterRef, cosmetic: bool = True) -> Json:
        return value if isinstance(value, str) else ".".join(value)


@node_type("rotate")
@dataclass(frozen=True, slots=True, kw_only=True)
class Rotate(Node):
    """Make the next available member of a roster the owner, in turn.

    Members who are on leave, outside their working hours, at their cap or
    inactive are passed over; when nobody is left the lead leaves by ``nobody``.
    ``roster`` is a name, or a column of a row that an earlier ``lookup`` found.
    ``where`` keeps the members who meet a condition: under the name that ``as``
    gives, it reads what flows/directory.yaml knows of the member, and
    ``Skills``. Later nodes read the member who was chosen under that name.

    Example::

        emea_turn:
          type: rotate
          roster: sdr-emea
          then: done
          nobody: queue_emea
    """

    roster: RosterRef = key(RosterName())
    as_: str | None = key(Name(), None)
    where: Expr | None = key(Condition(), None)
    then: str = port()
    nobody: str = port()

    def title(self) -> str:
        return self.label or f"next of {RosterName().plain(self.roster)}"

    def binds(self) -> tuple[str, str] | None:
        return (self.as_, PEOPLE) if self.as_ else None

    def lower(self) -> Pick:
        from flowctl.flow.program import Pick

        return Pick(self.id, self.roster, self.as_, self.where, self.way("then"), self.way("nobody"))
