"""What every node has, and the registry of node types."""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from flowctl.data import dataclass
from flowctl.flow.kinds import Kind, Name, Path, Port, Text, key, keys
from flowctl.flow.way import Way

if TYPE_CHECKING:
    from flowctl.flow.program import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A step of a flow. The dataclass fields of a subclass are the keys of its node type."""

    type: ClassVar[str] = ""
    summary: ClassVar[str] = ""

    id: str
    label: str = key(Text(), "", cosmetic=True)
    source: str = key(Text(), "", cosmetic=True)
    notes: str = key(Text(), "", cosmetic=True)

    def title(self) -> str:
        """What the node does, in a few words for people."""
        return self.label or self.type

    def ways(self) -> tuple[Way, ...]:
        """The ways out, in the order that people read them; a way out that is not given is left out."""
        written = ((k.name, getattr(self, k.attribute)) for k in keys(type(self)).values() if isinstance(k.kind, Port))
        return tuple(Way(port, to) for port, to in written if to is not None)

    def way(self, port: str) -> Way:
        """The way out that the field of this name holds."""
        return Way(port, getattr(self, port))

    def binds(self) -> tuple[str, str] | None:
        """The name that the node gives to a related record, and that record's object."""
        return None

    def lower(self) -> Step:
        """The node as a step of the core."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread(Node):
    """Stands for a node whose text has errors, so that what else is wrong can be found in the same run."""

    type: ClassVar[str] = "unread"

    def lower(self) -> Step:
        raise AssertionError("a flow with unread nodes is never run")


NODE_TYPES: dict[str, type[Node]] = {}
N = TypeVar("N", bound=Node)


def node_type(name: str) -> Callable[[type[N]], type[N]]:
    """Registers a node type under the word that files use for it."""

    def register(cls: type[N]) -> type[N]:
        assert name not in NODE_TYPES, f"two node types are called {name}"
        cls.type = name
        cls.summary = (cls.__doc__ or "").strip().splitlines()[0]
        NODE_TYPES[name] = cls
        return cls

    return register


@functools.cache
def load_node_types() -> None:
    """Imports every module of `flowctl.flow.nodes`: the folder is the list."""
    from flowctl.flow import nodes

    # not `pkgutil`, which loads `inspect` to list a folder
    for name in sorted(file[:-3] for file in os.listdir(nodes.__path__[0]) if file.endswith(".py") and file[0] != "_"):
        importlib.import_module(f"{nodes.__name__}.{name}")


def port(default: Any = ...) -> Any:
    """A way out. With a default of None it may be left open."""
    return key(Port()) if default is ... else key(Port(), default)


def refer(table: str, default: Any = ...) -> Any:
    """A name that must exist among its like: `flows`, `objects`, `rosters`, `tables`."""
    return key(Name(table)) if default is ... else key(Name(table), default)


def found(holder: Any, sort: type[Kind]) -> Iterator[tuple[Path, Any]]:
    """Every value of one kind in a node (or in another dataclass of keys), with its path in the file below it."""
    for k in keys(type(holder)).values():
        value = getattr(holder, k.attribute)
        if value is not None:
            yield from k.kind.find(value, sort, (k.name,))


def references(node: Any) -> Iterator[tuple[Path, str, str]]:
    """Every name that must exist: its path below the node, the table, the name. Ways out are not among them."""
    for k in keys(type(node)).values():
        value = getattr(node, k.attribute)
        if isinstance(k.kind, Name) and not isinstance(k.kind, Port) and k.kind.table and isinstance(value, str):
            yield (k.name,), k.kind.table, value
