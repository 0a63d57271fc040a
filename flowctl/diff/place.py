"""A place in a file: its address, what it is called in words, and what its values mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flowctl import document as yaml
from flowctl.diff.naming import ROWS, SINGULAR
from flowctl.document import Document, Mapping, Scalar, Tree

if TYPE_CHECKING:
    from flowctl.diff.layout import Schema
    from flowctl.flow.kinds import Kind

CONDITIONS = frozenset(("when", "where", "until", "prefer"))  # keys that may hold conditions


class Place:
    """One place. `kind` loads the classes that hold the keys of its file: it is asked where both sides changed it."""

    __slots__ = ("_kind", "above", "is_item", "name", "schema", "type")

    def __init__(self, schema: Schema, name: str = "", above: Place | None = None, is_item: bool = False) -> None:
        self.schema, self.name, self.above, self.is_item = schema, name, above, is_item
        self.type: str | None = None  # of a node
        self._kind: tuple[Kind | None] | None = None

    def below(self, name: str, is_item: bool = False) -> Place:
        return Place(self.schema, name, self, is_item)

    @property
    def path(self) -> tuple[str, ...]:
        """The steps from the file to here."""
        return (*self.above.path, self.name) if self.above else ()

    @property
    def address(self) -> str:
        return "/".join(self.path)

    @property
    def section(self) -> str | None:
        """The section that this is an entry of, if it is one."""
        above = self.above
        if above is None:
            return None
        if above.above is None:
            return "" if self.schema.whole == "" else None
        return above.name if above.above.above is None and above.name in self.schema.sections else None

    @property
    def is_section(self) -> bool:
        """Whether it holds the entries of a section."""
        return self.above is not None and self.above.above is None and self.name in self.schema.sections

    @property
    def is_node(self) -> bool:
        return self.section == "nodes"

    @property
    def where(self) -> str:
        """The place in words."""
        if self.above is None:
            return "the file"
        if self.section is not None:
            return f"{SINGULAR[self.section]} `{self.name}`"
        if self.above.above is None:
            return f"`{self.name}`"
        if self.is_item:
            list_, of = self.above, self.above.above
            sort = {"branches": "branch", "leave": "leave from"}.get(list_.name)
            return f"{sort} `{self.name}` of {of.where}" if sort else f"`{self.name}` in {list_.where}"
        if self.above.section == ROWS:
            return f"cell `{self.name}` of {self.above.where}"
        if self.name == "when":
            return f"condition of {self.above.where}"
        return f"`{self.name}` of {self.above.where}"

    @property
    def kind(self) -> Kind | None:
        """What the model says of the value here, if anything."""
        if self._kind is None:
            self._kind = (_kind(self),)
        return self._kind[0]

    def meaning(self, tree: Tree) -> Any:
        """The value as the model holds it; as plain data where the model cannot read it."""
        kind = self.kind
        if kind is None:
            return yaml.data(tree)
        from flowctl.flow.kinds import MISSING
        from flowctl.flow.model import read_node

        notes = Document("", "")
        if self.is_node:
            read: Any = read_node(Scalar(self.name, None, 0, 0), tree, notes)
        else:
            read = kind.read(tree, notes)
        return yaml.data(tree) if notes.problems or read is MISSING else read


def _kind(place: Place) -> Kind | None:
    if place.schema.sort not in KINDS_OF:
        return None
    from flowctl.diff.holders import HOLDERS
    from flowctl.flow.kinds import ListOf, MapOf, Record, keys
    from flowctl.flow.model import Nodes
    from flowctl.flow.node import NODE_TYPES, load_node_types

    if place.above is None:
        return Record(HOLDERS[place.schema.sort])
    match place.above.kind:
        case Record(cls):
            key = keys(cls).get(place.name)
            return key.kind if key else None
        case Nodes():
            load_node_types()
            return Record(NODE_TYPES[place.type]) if place.type in NODE_TYPES else None
        case MapOf(item) | ListOf(item):
            return item
        case _:
            return None


KINDS_OF = frozenset(("flow", "roster", "object", "header", "directory", "settings"))


def type_of(tree: Tree | None) -> str | None:
    """The type that a node says it has."""
    type_ = tree.get("type") if isinstance(tree, Mapping) else None
    return type_.text if isinstance(type_, Scalar) else None
