"""The core that node types lower to. The engines know these steps and nothing else of a flow.

Nodes load this module when they are lowered: most commands run no flow.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from flowctl.data import dataclass
from flowctl.flow.way import Method as Method
from flowctl.flow.way import Preference as Preference
from flowctl.flow.way import Way as Way

if TYPE_CHECKING:
    from flowctl.expr import Expr, FieldPath, Operand
    from flowctl.flow.owner import Target

Values: TypeAlias = "tuple[tuple[str, Operand], ...]"  # by field, all read from the state before the step


@dataclass(frozen=True, slots=True)
class Case:
    """A condition and the way that a record takes when it is the first one to hold."""

    when: Expr
    way: Way


@dataclass(frozen=True, slots=True)
class Test:
    """Leaves by the first case that holds, else by `otherwise`."""

    node: str
    cases: tuple[Case, ...]
    otherwise: Way


@dataclass(frozen=True, slots=True)
class Bind:
    """Finds a related record and gives it a name on the record."""

    node: str
    object: str
    name: str
    by: tuple[Method, ...]
    where: Expr | None
    prefer: tuple[Preference, ...]
    matched: Way
    unmatched: Way


@dataclass(frozen=True, slots=True)
class SetFields:
    """Sets fields of the record."""

    node: str
    values: Values
    then: Way


@dataclass(frozen=True, slots=True)
class Own:
    """Makes somebody the owner. `unavailable` is taken when that is nobody, somebody unknown, or inactive."""

    node: str
    to: Target
    then: Way
    unavailable: Way | None


@dataclass(frozen=True, slots=True)
class Look:
    """Finds a row of a table by a value for each key column, and gives it a name on the record."""

    node: str
    table: str
    name: str
    by: Values
    found: Way
    missing: Way


@dataclass(frozen=True, slots=True)
class Pick:
    """Makes the next member of a roster the owner; the roster is named, or read from a bound row.

    Under `name` the members that `where` lets through are read, and afterwards the one who was chosen.
    """

    node: str
    roster: str | FieldPath
    name: str | None
    where: Expr | None
    then: Way
    nobody: Way


@dataclass(frozen=True, slots=True)
class Pause:
    """Waits until a condition holds, at most for a length of time."""

    node: str
    until: Expr
    length: dt.timedelta
    met: Way
    expired: Way


@dataclass(frozen=True, slots=True)
class Make:
    """Records that a record is created; with `account`, that the record itself becomes it, as a contact of that."""

    node: str
    object: str
    name: str | None
    values: Values
    then: Way
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """Merges the record with a bound one: for each field, whose value is kept."""

    node: str
    name: str
    keep: str
    fields: Mapping[str, str]
    then: Way


@dataclass(frozen=True, slots=True)
class Send:
    """Records a message; `message` still holds its `{{field}}` tokens."""

    node: str
    channel: str
    to: str
    message: str
    then: Way


@dataclass(frozen=True, slots=True)
class Jump:
    """Carries on in another flow, with a related record when `name` is given, and itself on that as `origin`."""

    node: str
    flow: str
    name: str | None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """The end of the path."""

    node: str
    result: str


Step: TypeAlias = Test | Bind | Look | SetFields | Own | Pick | Pause | Make | Join | Send | Jump | Stop


@dataclass(frozen=True, slots=True)
class Program:
    """A flow ready to run: one step for each node, by node id. `where` is asked of the records of a scheduled one."""

    flow: str
    object: str
    start: str
    steps: Mapping[str, Step]
    where: Expr | None = None
