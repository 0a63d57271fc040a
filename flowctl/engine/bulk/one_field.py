"""Questions that one field answers as it arrived: what is compared with it, and what is asked of rows found by it.

A look-up by one field is a question of its classes, and so is whatever is asked of the row: both become jumps like any
other. Other look-ups are worked out by the column for those records that come to them (`lookups`).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from flowctl.classes import Asked as Reading
from flowctl.classes import Lookup, Space
from flowctl.classes.asked import question
from flowctl.engine.bulk.fixed import Fixed, is_fixed
from flowctl.engine.bulk.flows import Flows
from flowctl.engine.bulk.terms import (
    Arrived,
    Asked,
    Attribute,
    Available,
    Before,
    Const,
    InRow,
    IsText,
    Looked,
    Question,
    Read,
    Term,
)
from flowctl.engine.interp import World
from flowctl.expr import Expr, Field, FieldPath, Kind, Operand, Prior, Value, meaning
from flowctl.expr.ast import Atom, Blank, Changed, Day, Flag, IsNew, Moment, Number, Text
from flowctl.flow.program import Bind
from flowctl.tables.cells import TEXTS

SIMPLE: frozenset[Kind] = frozenset(("number", "checkbox", "date", "datetime"))
MOST_KEYS = 500  # of a table; to get ready for texts of which one knows more takes longer than it saves
_LITERALS: Mapping[str, Any] = {"float": Number, "bool": Flag, "str": Text, "date": Day, "datetime": Moment}
_ANY_DAY = dt.date(2000, 1, 1)  # asked of tables whose rows hold always
Key: TypeAlias = tuple[int, Question]  # the version, and what it asks
P = TypeVar("P")


def about_one_field(asked: Question, kinds: Kinds) -> Atom | None:
    """The atom, written with the path from the record that arrived; None where it is about more."""
    if not isinstance(asked, Asked) or isinstance(asked.atom, IsNew | Changed):
        return None
    if sum(isinstance(term, Arrived | Before) for _, term in asked.reads) != 1:
        return None
    written: dict[Operand, Operand] = {}
    for (is_prior, path), term in asked.reads:
        to = _written(term, kinds)
        if to is None:
            return None
        written[Prior(path) if is_prior else Field(path)] = to
    atom = replaced(asked.atom, written)
    return atom if question(atom) is not None else None


def _written(term: Term, kinds: Kinds) -> Operand | None:
    """A term as conditions write it."""
    match term:
        case Arrived(path) if kinds.of(path):
            return Field(path)
        case Before(path) if kinds.of(path):
            return Prior(path)
        case Const(value, kind) if kind in _LITERALS:
            literal: Operand = _LITERALS[kind](value)
            return literal
    return None


def replaced(piece: P, by: Mapping[Operand, Operand]) -> P:
    """A condition or value with some of its fields replaced, all at once: what stands there then stays."""
    if isinstance(piece, Field | Prior):
        return by.get(piece, piece)  # type: ignore[return-value]
    if isinstance(piece, tuple):
        return tuple(replaced(part, by) for part in piece)  # type: ignore[return-value]
    if isinstance(piece, Expr | Operand):
        changes = {f.name: replaced(getattr(piece, f.name), by) for f in dataclasses.fields(piece)}
        return dataclasses.replace(piece, **changes)
    return piece


def is_simple(asked: Question, kinds: Kinds) -> bool:
    """Whether a question is quickly answered for a whole batch: of numbers, days, moments and checkboxes."""
    if not isinstance(asked, Asked):
        return False
    return all(
        isinstance(term, Arrived | Before) and bool(kinds.of(term.path)) and kinds.of(term.path) <= SIMPLE
        for _, term in asked.reads
    )


# Of rows of tables -------------------------------------------------------------------------------------------------


class OfRows:
    """What is asked of rows that are found by one field."""

    def __init__(self, asked: Iterable[Key], versions: Sequence[Flows], kinds: Kinds) -> None:
        self.worlds = [flows.world for flows in versions]
        self._rows: dict[Lookup, Sequence[Mapping[str, Value] | None]] = {}
        read: dict[tuple[int, Looked], set[str]] = {}
        self.looked: dict[Key, tuple[int, Looked]] = {}
        for number, found in asked:
            about = _about_a_row(found)
            if about is not None:
                looked, columns = about
                self.looked[number, found] = number, looked
                read.setdefault((number, looked), set()).update(columns)
        made = {key: _by_one_field(key[1], self.worlds[key[0]], frozenset(r), kinds) for key, r in read.items()}
        self.lookups = {key: lookup for key, lookup in made.items() if lookup is not None}

    def reading(self, key: Key, space: Space) -> Reading | None:
        """The classes of the field for which a question holds; None where it is none about such a row."""
        lookup = self.lookups.get(self.looked[key]) if key in self.looked else None
        if lookup is None or not lookup.is_decided(space.domains):
            return None
        (source,), rows = lookup.sources, self._rows_of(lookup, space)
        codes = frozenset(code for code, row in enumerate(rows) if _holds(key[1], row, self.worlds[key[0]]))
        return Reading(False, ((source, codes),)) if 0 < len(codes) < len(rows) else Reading(bool(codes), ())

    def _rows_of(self, lookup: Lookup, space: Space) -> Sequence[Mapping[str, Value] | None]:
        """What is found for each class of the field."""
        if lookup not in self._rows:
            (source,) = lookup.sources
            found = (space.row(lookup, {source: code}, _ANY_DAY) for code in range(space.size(source)))
            self._rows[lookup] = [row and row[1] for row in found]
        return self._rows[lookup]


def _about_a_row(asked: Question) -> tuple[Looked, frozenset[str]] | None:
    """The look-up that a question is about, if it is about no other thing, and the columns that it reads of the row."""
    match asked:
        case Looked():
            return asked, frozenset()
        case Asked(atom, reads) if is_fixed(atom, ()):
            terms = [term for _, term in reads]
        case Available(of) | IsText(of):
            terms = [of]
        case _:
            return None
    found = [_read(term) for term in terms if not isinstance(term, Const)]
    rows = [term for term in found if isinstance(term, InRow)]
    if len(rows) < len(found) or len({term.looked for term in rows}) != 1:
        return None
    return rows[0].looked, frozenset(term.column for term in rows)


def _read(term: Term) -> Term:
    """What is read of a record, where it is asked for what the directory knows of that."""
    while isinstance(term, Attribute):
        term = term.of
    return term


def _by_one_field(looked: Looked, world: World, read: frozenset[str], kinds: Kinds) -> Lookup | None:
    """The look-up, with paths from the record that arrived, if its one field is written as codes at once."""
    table, reads, by = world.tables[looked.step.table], dict(looked.reads), dict(looked.step.by)
    asked = [_asked(by.get(column.name, Blank()), reads, kinds) for column in table.columns]
    plain = tuple(one for one in asked if isinstance(one, Field | Prior | Text | Number | Flag | Day | Moment | Blank))
    lookup = Lookup(table, plain, read)
    is_plain = len(plain) == len(asked) and len(lookup.sources) == 1 and not lookup.is_dated
    if not is_plain or len(table.lines) > MOST_KEYS or any(c.match in ("prefix", "wildcard") for c in table.columns):
        return None
    of = kinds.of(lookup.sources[0][1])
    is_quick = len(of) == 1 and of <= SIMPLE - {"datetime"}  # to find where a day begins takes a millisecond
    return lookup if of <= {*TEXTS} or is_quick else None


def _asked(operand: Operand, reads: Mapping[Read, Term], kinds: Kinds) -> Operand | None:
    if isinstance(operand, Field | Prior):
        return _written(reads[isinstance(operand, Prior), operand.path], kinds)
    return operand


def _holds(asked: Question, row: Mapping[str, Value] | None, world: World) -> bool:
    """Whether a question about a row holds; where there is none it is not asked, or holds as of blanks."""

    def value(term: Term) -> Value:
        match term:
            case InRow(_, column):
                return row.get(column) if row else None
            case Attribute(of, name):
                return world.read({"": value(of)}, {}, ("", name))
        assert isinstance(term, Const)
        return term.value

    match asked:
        case Asked(atom, reads):
            return meaning(atom)(Fixed(tuple((read, Const.of(value(term))) for read, term in reads), world.zone), None)
        case Available(of):
            return value(of) in world.available
        case IsText(of):
            held = value(of)
            return isinstance(held, str) and bool(held)
        case _:
            return row is not None


# Types ------------------------------------------------------------------------------------------------------------


class Kinds:
    """The types of the fields that records can arrive with, in any version; none where one does not know."""

    def __init__(self, versions: Sequence[Flows]) -> None:
        self.versions = versions
        self._known: dict[FieldPath, frozenset[Kind]] = {}

    def of(self, path: FieldPath) -> frozenset[Kind]:
        if path not in self._known:
            self._known[path] = frozenset(kind for flows in self.versions for kind in _kinds(flows, path))
        return self._known[path]


def _kinds(flows: Flows, path: FieldPath) -> Iterator[Kind]:
    objects = {flows.start.frame.object}
    for name in path[:-1]:
        objects = {found for object_ in objects for found in _related(flows, object_, name)}
    for object_ in objects:
        type_ = flows.world.types.get(object_, {}).get(path[-1])
        if type_ is not None:
            yield type_.kind


def _related(flows: Flows, object_: str, name: str) -> Iterator[str]:
    """The objects of what can stand under a name."""
    if name in (relations := flows.world.relations.get(object_, {})):
        yield relations[name]
    for program in flows.world.programs.values():
        for step in program.steps.values():
            if isinstance(step, Bind) and step.name == name:
                yield step.object
