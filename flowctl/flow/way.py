"""What nodes and the steps of the core both hold: ways out, and how a related record is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowctl.expr import Expr, FieldPath


@dataclass(frozen=True, slots=True)
class Way:
    """A way out of a node: its name there, and the node that it leads to."""

    port: str
    to: str


@dataclass(frozen=True, slots=True)
class Method:
    """How a candidate is recognised; `field` is the record's field that an `id` method reads."""

    name: str
    field: FieldPath | None = None


@dataclass(frozen=True, slots=True)
class Preference:
    """What makes one candidate better than another: a condition, or the order of their creation."""

    order: str  # `newest`, `oldest` or `when`
    when: Expr | None = None
