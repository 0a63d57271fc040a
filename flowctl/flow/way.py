"""What nodes and the steps of the core both hold: ways out, and how a related record is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowctl.data import dataclass

if TYPE_CHECKING:
    from flowctl.expr import Expr, FieldPath


@dataclass(frozen=True, slots=True)
class Way:
    """A way out of a node: its name there, and the node that it leads to."""

    port: str
    to: str


@dataclass(frozen=True, slots=True)
class Method:
    """How a candidate is recognised.

    `field` is the record's field that an `id` method reads; `least` the score that names must reach, from 0 to 100,
    or None where they must be the same.
    """

    name: str
    field: FieldPath | None = None
    least: int | None = None

    def __str__(self) -> str:
        if self.field is None and self.least is None:
            return self.name
        return f"{self.name} ({'.'.join(self.field) if self.field else self.least})"


@dataclass(frozen=True, slots=True)
class Preference:
    """What makes one candidate better than another: a condition, the order of their creation, or their likeness."""

    order: str  # `newest`, `oldest`, `closest` or `when`
    when: Expr | None = None
