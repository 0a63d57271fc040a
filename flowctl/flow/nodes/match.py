"""`match`: finds a related record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flowctl.document import Document, Json, Mapping, Scalar, Tree
from flowctl.flow.kinds import MISSING, Choice, Condition, Kind, ListOf, Missing, Name, Path, a_scalar, key
from flowctl.flow.node import Node, node_type, port, refer
from flowctl.flow.way import Method, Preference

if TYPE_CHECKING:
    from flowctl.expr import Expr
    from flowctl.flow.program import Bind

METHODS = ("related", "email_domain", "website_domain", "company_name")
ORDERS = ("newest", "oldest")


class By(Kind):
    """A method's name, or `id: FIELD`."""

    def read(self, tree: Tree, document: Document) -> Method | Missing:
        if isinstance(tree, Mapping) and list(tree.entries) == ["id"]:
            field = Name().read(tree.entries["id"][1], document)
            return field if isinstance(field, Missing) else Method("id", tuple(field.split(".")))
        if isinstance(tree, Mapping):
            document.problem("FC005", "unknown way to match", tree, f"one of: {', '.join(METHODS)}, or `id: FIELD`")
            return MISSING
        name = Choice(METHODS).read(tree, document)
        return name if isinstance(name, Missing) else Method(name)

    def plain(self, value: Method, cosmetic: bool = True) -> Json:
        return {"id": ".".join(value.field)} if value.field else value.name

    def schema(self) -> dict[str, Json]:
        by_id = {
            "type": "object",
            "properties": {"id": {"type": "string"}},
            "required": ["id"],
            "additionalProperties": False,
        }
        return {"anyOf": [{"enum": list(METHODS)}, by_id]}


class Prefer(Kind):
    """`newest`, `oldest`, or a condition that the better candidate meets."""

    def read(self, tree: Tree, document: Document) -> Preference | Missing:
        scalar = a_scalar(tree, document, "`newest`, `oldest` or a condition")
        if isinstance(scalar, Scalar) and scalar.text in ORDERS:
            return Preference(scalar.text)
        when = Condition().read(tree, document) if scalar else MISSING
        return when if isinstance(when, Missing) else Preference("when", when)

    def plain(self, value: Preference, cosmetic: bool = True) -> Json:
        return Condition().plain(value.when) if value.when is not None else value.order

    def find(self, value: Preference, sort: type[Kind], at: Path) -> Iterator[tuple[Path, Any]]:
        if sort is Condition and value.when is not None:
            yield at, value.when


@node_type("match")
@dataclass(frozen=True, slots=True, kw_only=True)
class Match(Node):
    """Find a related record, such as the lead's account, and give it a name.

    The methods of ``by`` are tried in order; the first that finds candidates
    decides. ``where`` keeps the candidates that meet a condition, ``prefer``
    puts the better ones first, and what is still tied goes to the one that
    comes first in the data. A related record that the lead already carries
    under the name is taken before any method.

    Example::

        match_account:
          type: match
          object: Account
          as: account
          by: [email_domain, website_domain, company_name]
          prefer: ["account.Type = 'Customer'", newest]
          matched: worked_by_bdr
          unmatched: by_country
    """

    object: str = refer("objects")
    as_: str = key(Name())
    by: tuple[Method, ...] = key(ListOf(By(), least=1))
    where: Expr | None = key(Condition(), None)
    prefer: tuple[Preference, ...] = key(ListOf(Prefer()), ())
    matched: str = port()
    unmatched: str = port()

    def title(self) -> str:
        return self.label or f"match {self.object}"

    def binds(self) -> tuple[str, str]:
        return self.as_, self.object

    def lower(self) -> Bind:
        from flowctl.flow.program import Bind

        return Bind(
            self.id,
            self.object,
            self.as_,
            self.by,
            self.where,
            self.prefer,
            self.way("matched"),
            self.way("unmatched"),
        )
