"""What a value in a file may be: how it is read, written back, shown, and described to an editor.

A dataclass field that holds a `Kind` in its metadata *is* the schema of its YAML key, so that loading, "unknown key"
messages, digests, diff, JSON Schema and the printing of a file need no further code for it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from flowctl.data import dataclass
from flowctl.diag import FlowctlError, did_you_mean
from flowctl.document import NULLS, Document, Json, Mapping, Scalar, Sequence, Tree

if TYPE_CHECKING:  # loaded with the first condition: many commands read records and no flow
    from flowctl.expr import Expr, Operand

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]*\Z")


# An editor types `404` and `true` before it asks the schema; to us they are texts like any other.
WRITTEN: dict[str, Json] = {"type": ["string", "number", "boolean"]}
Path: TypeAlias = tuple[str | int, ...]  # of keys and positions in a file


class Missing(Enum):
    """Stands where a value could not be read; the problem has been noted."""

    MISSING = "missing"


MISSING = Missing.MISSING


class Kind:
    """One sort of value. `read` notes its problems in the document and returns MISSING when it cannot go on."""

    def read(self, tree: Tree, document: Document) -> Any:
        raise NotImplementedError

    def plain(self, value: Any, cosmetic: bool = True) -> Json:
        """The value as JSON data in its canonical writing, with or without what cannot move a record."""
        return value

    def schema(self) -> dict[str, Json]:
        """The JSON Schema of the written value."""
        return {"type": "string"}

    def find(self, value: Any, sort: type[Kind], at: Path) -> Iterator[tuple[Path, Any]]:
        """The values of one kind in a value of this kind, with their paths."""
        if isinstance(self, sort):
            yield at, value


def _has_missing(values: Iterable[Any]) -> bool:
    """By identity: `in` would ask every value, however large, whether it is equal."""
    return any(value is MISSING for value in values)


def a_scalar(tree: Tree, document: Document, what: str) -> Scalar | None:
    """The tree if it is a text; else notes that `what` was expected."""
    if isinstance(tree, Scalar) and not tree.is_null:
        return tree
    found = "nothing" if isinstance(tree, Scalar) else "a list" if isinstance(tree, Sequence) else "a mapping"
    document.problem("FC005", f"expected {what}, found {found}", tree)
    return None


@dataclass(frozen=True, slots=True)
class Text(Kind):
    """Any text."""

    what: str = "a text"

    def read(self, tree: Tree, document: Document) -> str | Missing:
        if type(tree) is Scalar and (tree.style or tree.text not in NULLS):
            return tree.text
        scalar = a_scalar(tree, document, self.what)
        return scalar.text if scalar else MISSING

    def schema(self) -> dict[str, Json]:
        return dict(WRITTEN)


@functools.lru_cache(maxsize=65536)  # each name of a flow stands in several places
def _is_name(text: str) -> bool:
    return NAME.match(text) is not None


@dataclass(frozen=True, slots=True)
class Name(Kind):
    """A name that other places refer to. `table` says whose: `nodes`, `rosters`, `flows`, `objects`, `users`."""

    table: str = ""

    def read(self, tree: Tree, document: Document) -> str | Missing:
        if type(tree) is Scalar and _is_name(tree.text) and (tree.style or tree.text not in NULLS):
            return tree.text
        scalar = a_scalar(tree, document, "a name")
        if scalar is None:
            return MISSING
        if not NAME.match(scalar.text):
            hint = "letters, digits, `_`, `-` and `.`, beginning with a letter or a digit"
            document.problem("FC005", f"`{scalar.text}` cannot be a name", scalar, hint)
            return MISSING
        return scalar.text

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "pattern": "^" + NAME.pattern.replace("\\Z", "$").replace("\\-", "-")}


@dataclass(frozen=True, slots=True)
class Port(Name):
    """A way out: the id of the node that comes next."""

    table: str = "nodes"


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, tree: Tree, document: Document) -> str | Missing:
        scalar = a_scalar(tree, document, f"one of {', '.join(self.words)}")
        if scalar is None or scalar.text in self.words:
            return scalar.text if scalar else MISSING
        hint = did_you_mean(scalar.text, self.words) or f"one of: {', '.join(self.words)}"
        document.problem("FC005", f"`{scalar.text}` is not one of {', '.join(self.words)}", scalar, hint)
        return MISSING

    def schema(self) -> dict[str, Json]:
        return {"enum": list(self.words)}


class Boolean(Kind):
    """`true` or `false`, and no other spelling, since `no` is also Norway."""

    def read(self, tree: Tree, document: Document) -> bool | Missing:
        scalar = a_scalar(tree, document, "true or false")
        if scalar is None:
            return MISSING
        if scalar.text.lower() in ("true", "false"):
            return scalar.text.lower() == "true"
        document.problem("FC005", f"expected true or false, found `{scalar.text}`", scalar)
        return MISSING

    def schema(self) -> dict[str, Json]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Integer(Kind):
    """A whole number within bounds, both inclusive."""

    least: int = 0
    most: int = 1_000_000

    def read(self, tree: Tree, document: Document) -> int | Missing:
        scalar = a_scalar(tree, document, "a whole number")
        if scalar is None:
            return MISSING
        if re.fullmatch(r"-?[0-9]{1,9}", scalar.text) and self.least <= int(scalar.text) <= self.most:
            return int(scalar.text)
        span = f"from {self.least} to {self.most}"
        document.problem("FC005", f"expected a whole number {span}, found `{scalar.text}`", scalar)
        return MISSING

    def schema(self) -> dict[str, Json]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class Date(Kind):
    """A calendar day, `2026-11-23`."""

    def read(self, tree: Tree, document: Document) -> dt.date | Missing:
        scalar = a_scalar(tree, document, "a date")
        if scalar is None:
            return MISSING
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", scalar.text):
                return dt.date.fromisoformat(scalar.text)
        except ValueError:  # the 31st of a short month
            pass
        document.problem("FC005", f"`{scalar.text}` is not a date", scalar, "year-month-day, as in 2026-11-23")
        return MISSING

    def plain(self, value: dt.date, cosmetic: bool = True) -> Json:
        return value.isoformat()

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "format": "date"}


class Instant(Kind):
    """A moment with its time zone, `2026-11-23T09:00:00Z`; kept in UTC."""

    def read(self, tree: Tree, document: Document) -> dt.datetime | Missing:
        scalar = a_scalar(tree, document, "a date and time")
        if scalar is None:
            return MISSING
        try:
            moment = dt.datetime.fromisoformat(scalar.text)
            if moment.tzinfo:
                return moment.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            pass
        hint = "with its zone, as in 2026-11-23T09:00:00Z"
        document.problem("FC005", f"`{scalar.text}` is not a date and time", scalar, hint)
        return MISSING

    def plain(self, value: dt.datetime, cosmetic: bool = True) -> Json:
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "format": "date-time"}


def _parsed(scalar: Scalar, document: Document, *, is_value: bool = False) -> Any:
    from flowctl import expr

    try:
        return expr.parse_value(scalar.text) if is_value else expr.parse(scalar.text)
    except expr.ExprError as error:
        for p in error.problems:
            span = document.span_inside(scalar, p.start, p.end)
            document.problem(p.code, p.message, span, p.hint)
        return MISSING


def _printed(value: Expr | Operand) -> str:
    from flowctl.expr import to_text

    return to_text(value)


@dataclass(frozen=True, slots=True)
class Condition(Kind):
    """A condition: true or false for a record.

    One that `waits` stays `Unparsed` in a document that allows it.
    """

    waits: bool = False

    def read(self, tree: Tree, document: Document) -> Any:
        if self.waits and document.is_put_off and type(tree) is Scalar and not tree.is_null:
            return Unparsed(tree, document)
        scalar = a_scalar(tree, document, "a condition")
        return _parsed(scalar, document) if scalar else MISSING

    def plain(self, value: Expr, cosmetic: bool = True) -> Json:
        return _printed(value)

    def schema(self) -> dict[str, Json]:
        return dict(WRITTEN)


class Unparsed:
    """A condition as it stands in its file, for a holder that parses it when somebody looks at it."""

    __slots__ = ("document", "scalar")

    def __init__(self, scalar: Scalar, document: Document) -> None:
        self.scalar, self.document = scalar, document

    def parse(self) -> Expr:
        """The condition.

        Raises:
            FlowctlError: It has errors; all are told, with their places.
        """
        here = Document(self.document.file, self.document.text)
        found = _parsed(self.scalar, here)
        if here.problems:
            raise FlowctlError(here.problems[0].message, hint=here.problems[0].hint, found=here.problems)
        return cast("Expr", found)


class Value(Kind):
    """A value written in the condition language: a literal, a field, `TODAY + 30 DAYS`, `BLANK`."""

    def read(self, tree: Tree, document: Document) -> Operand | Missing:
        scalar = a_scalar(tree, document, "a value")
        return _parsed(scalar, document, is_value=True) if scalar else MISSING

    def plain(self, value: Operand, cosmetic: bool = True) -> Json:
        return _printed(value)

    def schema(self) -> dict[str, Json]:
        return dict(WRITTEN)


@dataclass(frozen=True, slots=True)
class ListOf(Kind):
    """A list, in order. `is_set`: the order is for people."""

    item: Kind
    least: int = 0
    is_set: bool = False

    def read(self, tree: Tree, document: Document) -> tuple[Any, ...] | Missing:
        if not isinstance(tree, Sequence):
            document.problem("FC005", "expected a list", tree, "one item a line, each after `- `")
            return MISSING
        read = self.item.read
        values = [read(item, document) for item in tree.items]
        if len(values) < self.least:
            document.problem("FC005", f"expected at least {self.least}, found {len(values)}", tree)
            return MISSING
        return MISSING if _has_missing(values) else tuple(values)

    def plain(self, value: tuple[Any, ...], cosmetic: bool = True) -> Json:
        return [self.item.plain(item, cosmetic) for item in (sorted(value) if self.is_set and not cosmetic else value)]

    def find(self, value: tuple[Any, ...], sort: type[Kind], at: Path) -> Iterator[tuple[Path, Any]]:
        for i, item in enumerate(value):
            yield from self.item.find(item, sort, (*at, i))

    def schema(self) -> dict[str, Json]:
        return {"type": "array", "items": self.item.schema()} | ({"minItems": self.least} if self.least else {})


@dataclass(frozen=True, slots=True)
class MapOf(Kind):
    """Names and their values, in file order; two maps are equal whatever their order. `named`: the keys are names."""

    item: Kind
    named: bool = False

    def read(self, tree: Tree, document: Document) -> dict[str, Any] | Missing:
        if not isinstance(tree, Mapping):
            document.problem("FC005", "expected names and their values", tree)
            return MISSING
        read = self.item.read
        values = {name: read(value, document) for name, (_, value) in tree.entries.items()}
        wrong = [written for written, _ in tree.entries.values() if self.named and not _is_name(written.text)]
        for written in wrong:
            hint = "letters, digits, `_`, `-` and `.`, beginning with a letter or a digit"
            document.problem("FC005", f"`{written.text}` cannot be a name", written, hint)
        return MISSING if wrong or _has_missing(values.values()) else values

    def plain(self, value: dict[str, Any], cosmetic: bool = True) -> Json:
        return {name: self.item.plain(item, cosmetic) for name, item in value.items()}

    def find(self, value: dict[str, Any], sort: type[Kind], at: Path) -> Iterator[tuple[Path, Any]]:
        for name, item in value.items():
            yield from self.item.find(item, sort, (*at, name))

    def schema(self) -> dict[str, Json]:
        return {"type": "object", "additionalProperties": self.item.schema()}


class Plain(Kind):
    """Texts, lists and mappings as they stand; what they mean is known to who asks."""

    def read(self, tree: Tree, document: Document) -> Json:
        from flowctl.document import data

        return data(tree)

    def schema(self) -> dict[str, Json]:
        return {}


@dataclass(frozen=True, slots=True)
class Record(Kind):
    """A mapping with the keys that a dataclass's fields name."""

    cls: type[Any]

    def read(self, tree: Tree, document: Document) -> Any:
        values = read_fields(self.cls, tree, document)
        return MISSING if values is None else self.cls(**values)

    def plain(self, value: Any, cosmetic: bool = True) -> Json:
        return plain_fields(value, cosmetic)

    def find(self, value: Any, sort: type[Kind], at: Path) -> Iterator[tuple[Path, Any]]:
        for k in keys(self.cls).values():
            here = getattr(value, k.attribute)
            if here is not None:
                yield from k.kind.find(here, sort, (*at, k.name))

    def schema(self) -> dict[str, Json]:
        return fields_schema(self.cls)


# ------------------------------------------------------------------------------------------------ fields


@dataclass(frozen=True, slots=True)
class Key:
    """The schema of one key of a mapping."""

    name: str  # as written in the file
    attribute: str
    kind: Kind
    default: Any  # dataclasses.MISSING when the key must be there
    cosmetic: bool  # a change of it cannot move a record

    @property
    def required(self) -> bool:
        return self.default is dataclasses.MISSING


def key(kind: Kind, default: Any = dataclasses.MISSING, *, cosmetic: bool = False) -> Any:
    """A dataclass field that is read from the key of the same name (`from_` from `from`)."""
    metadata = {"kind": kind, "cosmetic": cosmetic}
    if isinstance(default, dict):
        return dataclasses.field(default_factory=dict, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


_KEYS: dict[type[Any], dict[str, Key]] = {}
_READERS: dict[type[Any], dict[str, tuple[str, Callable[[Tree, Document], Any], bool]]] = {}


def keys(cls: type[Any]) -> dict[str, Key]:
    """The keys of a class by their written name, in the order of its fields."""
    if cls not in _KEYS:
        _KEYS[cls] = {k.name: k for k in _declared(cls)}
        # what reading asks of each key, looked up once and not for each of the thousands of nodes
        _READERS[cls] = {k.name: (k.attribute, k.kind.read, k.required) for k in _KEYS[cls].values()}
    return _KEYS[cls]


def _declared(cls: type[Any]) -> Iterator[Key]:
    for f in dataclasses.fields(cls):
        if "kind" in f.metadata:
            default = {} if f.default_factory is dict else f.default
            yield Key(f.name.rstrip("_"), f.name, f.metadata["kind"], default, f.metadata["cosmetic"])


def read_fields(cls: type[Any], tree: Tree, document: Document, ignore: tuple[str, ...] = ()) -> dict[str, Any] | None:
    """The values of a class's keys; None when some could not be read. Notes all problems, not only the first."""
    if not isinstance(tree, Mapping):
        named = ", ".join((*keys(cls), *ignore))
        document.problem("FC005", "expected keys and their values", tree, f"keys: {named}")
        return None
    known, readers, complete = keys(cls), _READERS[cls], True
    values: dict[str, Any] = {}
    for name, (written, value) in tree.entries.items():
        if name not in readers:
            if name not in ignore:
                complete = False
                known_here = (*known, *ignore)
                hint = did_you_mean(name, known_here) or f"keys here: {', '.join(known_here)}"
                document.problem("FC003", f"unknown key `{name}`", written, hint)
            continue
        attribute, read, required = readers[name]
        if type(value) is Scalar and value.text in NULLS and not value.style and not required:
            continue
        values[attribute] = found = read(value, document)
        if found is MISSING:
            complete = False
    for name, (attribute, _, required) in readers.items():
        if required and attribute not in values:
            complete = False
            document.problem("FC004", f"`{name}` is missing", document.span_of(tree.start, tree.start + 1))
    return values if complete else None


def plain_fields(value: Any, cosmetic: bool = True, of: type[Any] | None = None) -> dict[str, Json]:
    """A dataclass (or only what it has of a class above it) as JSON data by its written keys, without defaults."""
    found = {}
    for k in keys(of or type(value)).values():
        here = getattr(value, k.attribute)
        if (cosmetic or not k.cosmetic) and (k.required or here != k.default):
            found[k.name] = k.kind.plain(here, cosmetic)
    return found


def fields_schema(cls: type[Any]) -> dict[str, Json]:
    """The JSON Schema of a mapping with a class's keys."""
    known = keys(cls)
    return {
        "type": "object",
        "properties": {name: k.kind.schema() for name, k in known.items()},
        "required": [name for name, k in known.items() if k.required],
        "additionalProperties": False,
    }
