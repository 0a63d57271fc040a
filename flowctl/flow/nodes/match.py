"""`match`: finds a related record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flowctl.data import dataclass
from flowctl.diag import did_you_mean
from flowctl.document import Document, Json, Mapping, Scalar, Tree
from flowctl.flow.kinds import MISSING, Condition, Integer, Kind, ListOf, Missing, Name, Path, a_scalar, key
from flowctl.flow.node import Node, node_type, port, refer
from flowctl.flow.way import Method, Preference

if TYPE_CHECKING:
    from flowctl.expr import Expr
    from flowctl.flow.program import Bind

METHODS = ("related", "email_domain", "website_domain", "company_name")
ORDERS = ("newest", "oldest", "closest")
FIELD, SCORE = Name(), Integer(0, 100)
WITH_A_VALUE = {"id": "id: FIELD", "company_name": "company_name: 90"}  # how those are written that take one


class By(Kind):
    """A method's name, `id: FIELD`, or `company_name: SCORE`."""

    def read(self, tree: Tree, document: Document) -> Method | Missing:
        if isinstance(tree, Mapping):
            return self._with_a_value(tree, document)
        scalar = a_scalar(tree, document, "a way to match")
        if scalar is None or scalar.text in METHODS:
            return Method(scalar.text) if scalar else MISSING
        hint = did_you_mean(scalar.text, METHODS) or ALL_WAYS
        if scalar.text == "id":
            hint = "`id: FIELD`, with the field that holds the id"
        document.problem("FC005", f"`{scalar.text}` is no way to match", scalar, hint)
        return MISSING

    def _with_a_value(self, tree: Mapping, document: Document) -> Method | Missing:
        name, *more = tree.entries or [""]
        if more or name not in (*METHODS, *WITH_A_VALUE):
            message = "several ways to match in one item" if more else "unknown way to match"
            document.problem("FC005", message, tree, "one item for each, after `- `" if more else ALL_WAYS)
            return MISSING
        written, value = tree.entries[name]
        if name not in WITH_A_VALUE:
            document.problem("FC005", f"`{name}` takes no value", written, f"`{name}` alone")
            return MISSING
        read = (FIELD if name == "id" else SCORE).read(value, document)
        if isinstance(read, Missing):
            return MISSING
        return Method(name, least=read) if isinstance(read, int) else Method(name, tuple(read.split(".")))

    def plain(self, value: Method, cosmetic: bool = True) -> Json:
        if value.field:
            return {value.name: ".".join(value.field)}
        return value.name if value.least is None else {value.name: value.least}

    def schema(self) -> dict[str, Json]:
        with_a_value: list[Json] = [
            {"type": "object", "properties": {name: kind.schema()}, "required": [name], "additionalProperties": False}
            for name, kind in (("id", FIELD), ("company_name", SCORE))
        ]
        return {"anyOf": [{"enum": list(METHODS)}, *with_a_value]}


ALL_WAYS = f"one of: {', '.join(METHODS)}, {', '.join(f'`{way}`' for way in WITH_A_VALUE.values())}"


class Prefer(Kind):
    """`newest`, `oldest`, `closest`, or a condition that the better candidate meets."""

    def read(self, tree: Tree, document: Document) -> Preference | Missing:
        scalar = a_scalar(tree, document, "`newest`, `oldest`, `closest` or a condition")
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
    decides. A related record that the lead already carries under the name is
    taken before any method; ``related`` alone takes nothing else.

    - ``id: FIELD``: the field, also one of a related record, holds the id, in
      its form of 15 or of 18 characters.
    - ``email_domain``: the registered domain of ``Email`` (``acme.co.uk`` of
      ``mail.acme.co.uk``) is that of the candidate's ``Website`` or ``Email``,
      or one of ``Email_Domain__c``. Providers such as ``gmail.com`` do not count.
    - ``website_domain``: both have a ``Website`` on one registered domain.
    - ``company_name``: ``Company`` (or ``Name``, where the object has no such
      field) is the same without case, accents, punctuation and legal form.
      ``[not provided]``, ``N/A`` and the like are nobody's name.
    - ``company_name: 90``: the names are alike, with a score of at least 90 of
      100: the letters that both have in one order, in percent of all. Compared
      are names that, without spaces, have their first three letters in common
      or their last three.

    ``where`` keeps the candidates that meet a condition, ``prefer`` puts the
    better ones first: those that meet a condition, the ``newest``, the
    ``oldest``, the ``closest`` by score, which comes first where it is not
    named. What is still tied goes to the one that comes first in the data.

    Example::

        match_account:
          type: match
          object: Account
          as: account
          by: [id: Matched_Account__c, email_domain, website_domain, company_name, company_name: 90]
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
