"""The core that node types lower to. The engines know these steps and nothing else of a flow.

Nodes load this module when they are lowered: most commands run no flow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from flowctl.flow.way import Method as Method
from flowctl.flow.way import Preference as Preference
from flowctl.flow.way import Way as Way

if TYPE_CHECKING:
    from flowctl.expr import Expr, Operand
    from flowctl.flow.owner import Target


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
    """Sets fields of the record, all from its state before the step."""

    node: str
    values: tuple[tuple[str, Operand], ...]
    then: Way


@dataclass(frozen=True, slots=True)
class Own:
    """Makes somebody the owner. `unavailable` is taken when that is nobody, somebody unknown, or inactive."""

    node: str
    to: Target
    then: Way
    unavailable: Way | None


@dataclass(frozen=True, slots=True)
class Pick:
    """Makes the next member of a roster the owner."""

    node: str
    roster: str
    then: Way
    nobody: Way


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
    """Carries on in another flow, with a related record when `name` is given. No way back."""

    node: str
    flow: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Stop:
    """The end of the path."""

    node: str
    result: str


Step: TypeAlias = Test | Bind | SetFields | Own | Pick | Send | Jump | Stop


@dataclass(frozen=True, slots=True)
class Program:
    """A flow ready to run: one step for each node, by node id."""

    flow: str
    object: str
    start: str
    steps: Mapping[str, Step]
