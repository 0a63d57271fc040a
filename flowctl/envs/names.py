"""Logical names in the texts of parts, and the ids that stand in their places where the parts run.

What is a name is decided by the schema, never by how a text looks: the owner that an `assign` names, the members of a
roster, the recipient of a message, the texts in conditions and values that are a whole name (`'user/bea.kim'`), and the
cells of those columns of a table that its header says name owners or users.
A label that says `user/bea.kim` is a label. The directory is a part too, and is left alone: it maps no names to ids.

Only the characters of a name are replaced, so that ids put in and names put back give the same text, byte for byte.
"""

from __future__ import annotations

import re
from collections import abc
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import lru_cache
from types import MappingProxyType
from typing import TypeAlias

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diag import Diagnostic, Severity, Span
from flowctl.document import Document, Mapping, Scalar, Sequence, Splice, Tree
from flowctl.envs.protocol import OrgDirectory
from flowctl.flow import NODE_TYPES, Flow, Roster, path_of
from flowctl.flow.kinds import Condition, Kind, ListOf, MapOf, Name, Record, Value, keys
from flowctl.flow.model import Nodes
from flowctl.flow.node import load_node_types
from flowctl.flow.nodes.match import Prefer
from flowctl.flow.nodes.notify import Notify
from flowctl.flow.owner import Owner

# What ids look like: a digit first, so that none can be taken for a field; letters and digits only, so that every
# way of quoting in YAML and in conditions takes them as they are.
ID = re.compile(r"[0-9][0-9A-Za-z]{14}(?:[0-9A-Za-z]{3})?")
_ALONE = re.compile(rf"(?<![0-9A-Za-z_]){ID.pattern}(?![0-9A-Za-z_])")
_SOMEBODYS_ID = re.compile(r"00[5G][0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?")  # of a user (005) or a group (00G)

# Any writing of a name, also one that conditions would take for the same text (they ignore case and outer spaces).
_NAMED = re.compile(r"\s*(?:user|queue)/[A-Za-z0-9][A-Za-z0-9_.\-]*\s*", re.IGNORECASE)
_LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)  # a text of the condition language

_HOLDERS = {"flow": Flow, "roster": Roster}  # the kinds of parts that name somebody, beside the rows of tables

Parts: TypeAlias = abc.Mapping[str, str]  # the texts of a bundle's parts
NO_PARTS: Parts = MappingProxyType({})


class Use(Enum):
    """What somebody is named for."""

    TARGET = "target"  # gets the record or the message
    MEMBER = "member"  # takes turns, or covers for who does; written without `user/`
    TEXT = "text"  # in a condition or a value


@dataclass(frozen=True, slots=True)
class Mention:
    """A name or an id that stands where somebody is named.

    `start` is its offset in the file; None when it is written with escapes, so that it cannot be replaced in place.
    """

    word: str
    use: Use
    span: Span
    start: int | None

    @property
    def name(self) -> str:
        """The word as a logical name, which it is unless it is an id."""
        return f"user/{self.word}" if self.use is Use.MEMBER else self.word

    @property
    def looks_like_an_id(self) -> bool:
        """Whether this must be the id of somebody. A text in a condition may also be the id of another thing."""
        return bool((_SOMEBODYS_ID if self.use is Use.TEXT else ID).fullmatch(self.word))


def to_ids(part: str, text: str, directory: OrgDirectory, parts: Parts = NO_PARTS) -> str:
    """The text of a part as the environment runs it. Names that the environment does not know stay as they are.

    `parts` are those of the same bundle: the header of a table says which of its columns name somebody.
    """

    def id_of(mention: Mention) -> str | None:
        entry = directory.entries.get(mention.name)
        return entry.id if entry else None

    document = yaml.read(path_of(part), text)
    return _replaced(document, mentions(part, document, parts), id_of)


def to_names(
    part: str, text: str, directory: OrgDirectory, parts: Parts = NO_PARTS
) -> tuple[str, tuple[Diagnostic, ...]]:
    """The text of a part under logical names, and a warning for each id that nobody, or more than one, has there.

    The inverse of `to_ids`. A text that cannot be read comes back as it is.
    """
    if not _ALONE.search(text):  # spares the reading of parts that name nobody
        return text, ()
    document = yaml.read(path_of(part), text)
    found = tuple(mentions(part, document, parts))
    unknown = tuple(_unknown(document, m) for m in found if m.looks_like_an_id and _word_for(m, directory) is None)
    return _replaced(document, found, lambda mention: _word_for(mention, directory)), unknown


def _word_for(mention: Mention, directory: OrgDirectory) -> str | None:
    """What to write for whoever has the id that stands here."""
    names = directory.names_of(mention.word)
    if len(names) != 1:
        return None
    if mention.use is not Use.MEMBER:
        return names[0]
    return names[0].removeprefix("user/") if names[0].startswith("user/") else None


def _unknown(document: Document, mention: Mention) -> Diagnostic:
    message = f"the environment has no name of its own for the id `{mention.word}`"
    hint = "give whoever has this id one name in the environment's directory"
    return document.diagnostic("FC605", message, mention.span, hint, Severity.WARNING)


def _replaced(document: Document, found: Iterable[Mention], swap: Callable[[Mention], str | None]) -> str:
    splices = (
        Splice(mention.start, mention.start + len(mention.word), new)
        for mention in found
        if mention.start is not None and (new := swap(mention)) is not None
    )
    return yaml.splice(document.text, splices)


# ------------------------------------------------------------------------------------------------ where names stand


def mentions(part: str, document: Document, parts: Parts = NO_PARTS) -> Iterator[Mention]:
    """Every name and every id in a part that stands where somebody is named, in the order of the schema.

    Mistakes elsewhere in the text do not hide them.
    """
    kind, _, name = part.partition("/")
    if kind == "table":
        yield from _in_rows(document, parts.get(f"header/{name}", ""))
    elif kind in _HOLDERS and document.root is not None:
        load_node_types()
        yield from _in_tree(document, _HOLDERS[kind])


def _in_rows(document: Document, header: str) -> Iterator[Mention]:
    """Whom the rows of a table name, in its columns of type `owner` and `user`; the latter may leave out `user/`."""
    columns = _columns_of_people(header)
    for row in document.root.items if columns and isinstance(document.root, Sequence) else ():
        for column, is_owner in columns:
            cell = row.get(column) if isinstance(row, Mapping) else None
            if not isinstance(cell, Scalar) or cell.is_null:
                continue
            if not is_owner:
                at = len("user/") if cell.text.startswith("user/") else 0
                yield _mention(document, cell, Use.MEMBER, cell.text[at:], at)
            elif _may_name(cell.text):
                yield _mention(document, cell, Use.TARGET, cell.text, 0)


@lru_cache(maxsize=256)
def _columns_of_people(header: str) -> tuple[tuple[str, bool], ...]:
    """The columns of a header that name somebody, and whether each may name a queue; mistakes hide no column."""
    columns = yaml.read("", header).at("columns")
    types = (
        {name: yaml.data(below) for name, (_, below) in columns.entries.items()} if isinstance(columns, Mapping) else {}
    )
    found = ((name, column.get("type")) for name, column in types.items() if isinstance(column, dict))
    return tuple((name, type_ == "owner") for name, type_ in found if type_ in ("owner", "user"))


def _in_tree(document: Document, cls: type) -> Iterator[Mention]:
    for scalar, use in _in_record(cls, document.root):
        if use is Use.TEXT:
            literals = ((found[1], found.start(1)) for found in _LITERAL.finditer(scalar.text))
            yield from (_mention(document, scalar, use, word, at) for word, at in literals if _may_name(word))
        elif not scalar.is_null and (use is Use.MEMBER or _may_name(scalar.text)):
            yield _mention(document, scalar, use, scalar.text, 0)


def _may_name(word: str) -> bool:
    return bool(_NAMED.fullmatch(word) or ID.fullmatch(word))


def _mention(document: Document, scalar: Scalar, use: Use, word: str, at: int) -> Mention:
    start = _in_file(document, scalar, rf"(?<='){re.escape(word)}(?=')" if use is Use.TEXT else re.escape(word), at)
    span = document.span(scalar) if start is None else document.span_of(start, start + len(word))
    return Mention(word, use, span, start)


def _in_file(document: Document, scalar: Scalar, pattern: str, at: int) -> int | None:
    """The offset in the file of what the pattern finds at an offset of the value.

    Without escapes the value and its writing hold the pattern equally often, and in the same order.
    """
    start, end = _body(document.text, scalar)
    read = [found.start() for found in re.finditer(pattern, scalar.text)]
    written = [found.start() for found in re.finditer(pattern, document.text[start:end])]
    return start + written[read.index(at)] if len(read) == len(written) else None


def _body(text: str, scalar: Scalar) -> tuple[int, int]:
    """Where the value itself is written: without its quotes, or the header line of a block text."""
    if scalar.style in ("|", ">"):
        return text.find("\n", scalar.start, scalar.end) + 1, scalar.end
    quote = 1 if scalar.is_quoted else 0
    return scalar.start + quote, scalar.end - quote


def _in_kind(kind: Kind, tree: Tree | None) -> Iterator[tuple[Scalar, Use]]:
    """The texts below a value that hold names, as the value's kind says."""
    match kind, tree:
        case Owner(), Scalar():
            yield tree, Use.TARGET
        case Name("users"), Scalar():
            yield tree, Use.MEMBER
        case ((Condition() | Value() | Prefer()), Scalar()):
            yield tree, Use.TEXT
        case ListOf(item), Sequence():
            for below in tree.items:
                yield from _in_kind(item, below)
        case MapOf(item), Mapping():
            for _, below in tree.entries.values():
                yield from _in_kind(item, below)
        case Record(cls), _:
            yield from _in_record(cls, tree)
        case Nodes(), Mapping():
            for _, below in tree.entries.values():
                yield from _in_node(below)


def _in_record(cls: type, tree: Tree | None) -> Iterator[tuple[Scalar, Use]]:
    if isinstance(tree, Mapping):
        for name, key in keys(cls).items():
            yield from _in_kind(key.kind, tree.get(name))


def _in_node(tree: Tree) -> Iterator[tuple[Scalar, Use]]:
    type_ = tree.get("type") if isinstance(tree, Mapping) else None
    cls = NODE_TYPES.get(type_.text) if isinstance(type_, Scalar) else None
    if cls is None or not isinstance(tree, Mapping):
        return
    yield from _in_record(cls, tree)
    if cls is Notify and isinstance(to := tree.get("to"), Scalar):  # its kind is a text: it may be an address too
        yield to, Use.TARGET
