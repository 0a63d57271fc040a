"""What a field holds somewhere in a flow, written as a term over the record as it arrived.

After `set: {Status: Country}` the status is `Computed(Country, …)`, and the atom `Status = 'Kenya'` asks of each
record what `Country` was when it arrived. So nothing of a record changes while it is routed: steps only say which term
is meant from here on, and what a condition asks is a column that can be computed for a whole batch.

Terms are closed: whatever they read is a term in them. Equal terms are equal for every record of the same world, and
they are one object: terms are made of terms that are made of the same ones, over and over, and to compare or hash them
part by part would take forever.
"""

from __future__ import annotations

import threading
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

from flowctl.data import dataclass
from flowctl.expr import Expr, FieldPath, FieldType, Operand, Value
from flowctl.expr.ast import Atom
from flowctl.flow.program import Bind, Look

_MADE: WeakValueDictionary[tuple[Any, ...], Any] = WeakValueDictionary()
_LOCK = threading.Lock()


class Once(type):
    """The type of classes of which there is one object for each tuple of fields."""

    def __call__(cls, *args: Any) -> Any:
        key = (cls, *args)
        made = _MADE.get(key)
        if made is None:
            with _LOCK:
                made = _MADE.setdefault(key, super().__call__(*args))
        return made


Read: TypeAlias = tuple[bool, FieldPath]  # whether under PRIOR, and the path
Bindings: TypeAlias = "tuple[tuple[Read, Term], ...]"  # what is read, and what that is here


@dataclass(frozen=True, eq=False)
class Arrived(metaclass=Once):
    """A field as the batch brought it; blank where one of the related records on the path is not there."""

    path: FieldPath


@dataclass(frozen=True, eq=False)
class Before(metaclass=Once):
    """A field of the record itself before the update."""

    path: FieldPath


@dataclass(frozen=True, eq=False)
class Const(metaclass=Once):
    """One value for all; `kind` tells apart what Python takes for equal, such as 1 and TRUE."""

    value: Value
    kind: str

    @classmethod
    def of(cls, value: Value) -> Const:
        return cls(value, type(value).__name__)


@dataclass(frozen=True, eq=False)
class Attribute(metaclass=Once):
    """What the directory knows of somebody."""

    of: Term
    name: str


@dataclass(frozen=True, eq=False)
class Computed(metaclass=Once):
    """An operand, as a field of a type holds it. `shift` are the microseconds of waits before it."""

    operand: Operand
    reads: Bindings
    shift: int
    is_event: bool
    type: FieldType | None


@dataclass(frozen=True, eq=False)
class OwnerOf(metaclass=Once):
    """The owner that an `assign` makes of a value: a name, or nobody."""

    of: Term


@dataclass(frozen=True, eq=False)
class IfThere(metaclass=Once):
    """One term for records that came with the related record at a path, another for the rest."""

    there: There
    yes: Term
    no: Term


@dataclass(frozen=True, eq=False)
class InFound(metaclass=Once):
    """A field of the record that a `match` found; of one that was carried, `carried`."""

    sought: Sought
    path: FieldPath
    carried: Term


@dataclass(frozen=True, eq=False)
class InRow(metaclass=Once):
    """A column of the row that a `lookup` found."""

    looked: Looked
    column: str


@dataclass(frozen=True, eq=False)
class Merged(metaclass=Once):
    """A field after a merge: `rule` says whose value is kept, the two moments which record is the older one."""

    rule: str
    own: Term
    other: Term
    own_created: Term
    other_created: Term


Term: TypeAlias = Arrived | Before | Const | Attribute | Computed | OwnerOf | IfThere | InFound | InRow | Merged
BLANK = Const.of(None)


# Records that stand under a name ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Came(metaclass=Once):
    """The related record at a path of the batch, where it is there, and of an object where one is given."""

    path: FieldPath
    object: str | None


@dataclass(frozen=True, eq=False)
class Gone(metaclass=Once):
    """No record: the name is read as that of a field."""


@dataclass(frozen=True, eq=False)
class Bound(metaclass=Once):
    """What a `match` found."""

    sought: Sought


@dataclass(frozen=True, eq=False)
class Row(metaclass=Once):
    """The row that a `lookup` found."""

    looked: Looked


@dataclass(frozen=True, eq=False)
class Made(metaclass=Once):
    """A record that the flow created."""

    object: str
    values: tuple[tuple[str, Term], ...]


@dataclass(frozen=True, eq=False)
class Somebody(metaclass=Once):
    """A person whom a roster chose."""

    who: str


@dataclass(frozen=True, eq=False)
class Left(metaclass=Once):
    """The record that another one was routed in the place of (`as` of `continue with:`), as it was left."""

    frame: str
    object: str


@dataclass(frozen=True, eq=False)
class First(metaclass=Once):
    """One record where it is there, else another."""

    one: Named
    other: Named


@dataclass(frozen=True, eq=False)
class Below(metaclass=Once):
    """What stands under a name on what a `match` found: on a record of the data, or `carried` where that one was."""

    sought: Sought
    name: str
    carried: Named


Named: TypeAlias = Came | Gone | Bound | Row | Made | Somebody | Left | First | Below
There: TypeAlias = Came | Below  # of which only the batch and the data say whether it is there
GONE = Gone()


# What is asked of the records ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Asked(metaclass=Once):
    """An atom, with what each of its paths reads. `is_event` unless `continue with:` has led to another record."""

    atom: Atom
    reads: Bindings
    shift: int
    is_event: bool


@dataclass(frozen=True, eq=False)
class Available(metaclass=Once):
    """Whether records can be given to whom a value names."""

    of: Term


@dataclass(frozen=True, eq=False)
class IsText(metaclass=Once):
    """Whether a value is a text at all."""

    of: Term


@dataclass(frozen=True, eq=False)
class Sought(metaclass=Once):
    """A `match`, with what it reads; `carried` is what stands under its name already. Holds when it finds something."""

    step: Bind  # with neither node nor ways
    object: str  # of the record that seeks
    reads: Bindings
    shift: int
    is_event: bool
    carried: Named


@dataclass(frozen=True, eq=False)
class Looked(metaclass=Once):
    """A `lookup`, with what it reads. Holds when it finds a row."""

    step: Look  # with neither node nor ways
    reads: Bindings
    shift: int
    is_event: bool


Question: TypeAlias = Asked | Available | IsText | Sought | Looked


@dataclass(frozen=True, eq=False)
class Turn(metaclass=Once):
    """What a `rotate` reads of a record before somebody's turn is taken."""

    roster: str | Term
    name: str | None
    where: Expr | None
    object: str
    reads: Bindings
    shift: int
    is_event: bool
