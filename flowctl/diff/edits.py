"""What can differ between two versions of a part: a closed set of edits.

An edit of a flow holds values of the model, so that `apply` can make the later flow of the earlier one. `node` is the
id in the later flow, of a removed node in the earlier one, and None for the flow's own keys. `cosmetic` edits cannot
move a record.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any, ClassVar, TypeAlias

from flowctl.data import dataclass
from flowctl.diff.naming import SINGULAR as SINGULAR
from flowctl.document import Json
from flowctl.expr import AnyOf, Atom, Expr, Operand
from flowctl.flow import Node
from flowctl.flow.kinds import Kind
from flowctl.flow.nodes.decision import Branch

# Conditions -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListChanged:
    """Values that joined or left the list of one operator; neither when only their order changed."""

    now: AnyOf
    joined: tuple[Operand, ...]
    left: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class AtomChanged:
    """A comparison of the same fields that now says something else, such as another number."""

    before: Atom
    after: Atom


@dataclass(frozen=True, slots=True)
class TermsChanged:
    """Conditions that were joined to the whole, or taken from it, by `AND` or `OR`. Only one of the two happened."""

    op: str
    joined: tuple[Expr, ...]
    left: tuple[Expr, ...]


Detail: TypeAlias = ListChanged | AtomChanged | TermsChanged

# Flows ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BranchAt:
    """A branch of a decision: its position, from 0, and the name of its way out (`branch 2` when it has no label)."""

    at: int
    name: str


@dataclass(frozen=True, slots=True)
class HeaderChanged:
    """A top-level key of the file has another value; None stands for a key that is not there."""

    node: ClassVar[None] = None

    key: str
    kind: Kind = field(repr=False)
    before: Any
    after: Any
    cosmetic: bool


@dataclass(frozen=True, slots=True)
class NodesReordered:
    """The nodes stand in another order in the file: `order` is the whole new one."""

    node: ClassVar[None] = None
    cosmetic: ClassVar[bool] = True

    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeAdded:
    """A node is new."""

    cosmetic: ClassVar[bool] = False

    added: Node

    @property
    def node(self) -> str:
        return self.added.id


@dataclass(frozen=True, slots=True)
class NodeRemoved:
    """A node is gone."""

    cosmetic: ClassVar[bool] = False

    removed: Node

    @property
    def node(self) -> str:
        return self.removed.id


@dataclass(frozen=True, slots=True)
class NodeRenamed:
    """A node has another id; every way that led to the old one leads to the new one.

    Not cosmetic: a record's outcome names the node that it ended at, and fixtures expect that name.
    """

    cosmetic: ClassVar[bool] = False

    was: str
    node: str


@dataclass(frozen=True, slots=True)
class NodeRetyped:
    """A node is of another type, so that nothing of it can be compared."""

    cosmetic: ClassVar[bool] = False

    before: Node
    after: Node

    @property
    def node(self) -> str:
        return self.after.id


@dataclass(frozen=True, slots=True)
class ValueChanged:
    """A value of a node, or of one of its branches, is another one. None stands for a value that is not there.

    `path` holds the key, and below it the name where the key holds values by name.
    """

    node: str
    branch: BranchAt | None
    path: tuple[str, ...]
    kind: Kind = field(repr=False)
    before: Any
    after: Any
    cosmetic: bool


@dataclass(frozen=True, slots=True)
class ConditionChanged:
    """A condition says something else. Without `details`, too much of it does for less than the whole text."""

    cosmetic: ClassVar[bool] = False

    node: str
    branch: BranchAt | None
    key: str
    before: Expr
    after: Expr
    details: tuple[Detail, ...]


@dataclass(frozen=True, slots=True)
class WayRewired:
    """A way out leads to another node. Ids are those of the later flow, so that a rename alone rewires nothing."""

    cosmetic: ClassVar[bool] = False

    node: str
    branch: BranchAt | None
    port: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class BranchAdded:
    """A branch is new."""

    cosmetic: ClassVar[bool] = False

    node: str
    branch: BranchAt
    added: Branch


@dataclass(frozen=True, slots=True)
class BranchRemoved:
    """`branch` is where it stood before."""

    cosmetic: ClassVar[bool] = False

    node: str
    branch: BranchAt
    removed: Branch


@dataclass(frozen=True, slots=True)
class BranchMoved:
    """A branch is tried earlier or later than before, seen from the branches that stayed in their order.

    `was` is its place before. `passed` is, by its place before, the nearest branch that it went past.
    """

    cosmetic: ClassVar[bool] = False

    node: str
    branch: BranchAt
    was: BranchAt
    passed: BranchAt

    @property
    def is_earlier(self) -> bool:
        return self.passed.at < self.was.at


Edit: TypeAlias = (
    HeaderChanged
    | NodesReordered
    | NodeAdded
    | NodeRemoved
    | NodeRenamed
    | NodeRetyped
    | ValueChanged
    | ConditionChanged
    | WayRewired
    | BranchAdded
    | BranchRemoved
    | BranchMoved
)

# Rosters, directory, objects, tables, settings --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EntryAdded:
    """`section` is the key that holds the entry, such as `members`; `entry` its name there."""

    node: ClassVar[None] = None
    cosmetic: ClassVar[bool] = False

    section: str
    entry: str
    value: Json


@dataclass(frozen=True, slots=True)
class EntryRemoved:
    """An entry is gone."""

    node: ClassVar[None] = None
    cosmetic: ClassVar[bool] = False

    section: str
    entry: str
    value: Json


@dataclass(frozen=True, slots=True)
class EntryMoved:
    """An entry of a list whose order is meaning stands elsewhere: directly after `after`, or first."""

    node: ClassVar[None] = None
    cosmetic: ClassVar[bool] = False

    section: str
    entry: str
    after: str | None


@dataclass(frozen=True, slots=True)
class EntryChanged:
    """One value inside an entry, at a path of keys and positions (from 0). None stands for a value not there."""

    node: ClassVar[None] = None

    section: str
    entry: str
    path: tuple[str | int, ...]
    before: Json
    after: Json
    cosmetic: bool


EntryEdit: TypeAlias = HeaderChanged | EntryAdded | EntryRemoved | EntryMoved | EntryChanged
