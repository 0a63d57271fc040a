"""`convert`: a lead becomes a contact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.flow.kinds import MapOf, Name, Value, key
from flowctl.flow.node import Node, node_type, port

if TYPE_CHECKING:
    from flowctl.expr import Operand
    from flowctl.flow.program import Make

CONTACT = "Contact"


@node_type("convert")
@dataclass(frozen=True, slots=True, kw_only=True)
class Convert(Node):
    """Convert the lead to a contact of an account that an earlier node has found.

    ``account`` is the name that a ``match`` or ``create`` gave to the account.
    With ``as`` the contact gets a name of its own. A simulation records what
    would be converted.

    Example::

        to_contact:
          type: convert
          account: account
          as: contact
          values:
            Email: Email
          then: done
    """

    account: str = key(Name())
    as_: str | None = key(Name(), None)
    values: Mapping[str, Operand] = key(MapOf(Value()), {})
    then: str = port()

    def title(self) -> str:
        return self.label or f"convert to a contact of {self.account}"

    def binds(self) -> tuple[str, str] | None:
        return (self.as_, CONTACT) if self.as_ else None

    def lower(self) -> Make:
        from flowctl.flow.program import Make

        return Make(self.id, CONTACT, self.as_, tuple(self.values.items()), self.way("then"), self.account)
