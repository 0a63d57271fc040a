"""`decision`: the first branch whose condition is true."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.flow.kinds import Condition, ListOf, Record, Text, Unparsed, key
from flowctl.flow.node import Node, node_type, port
from flowctl.flow.way import Way

if TYPE_CHECKING:
    from flowctl.expr import Expr
    from flowctl.flow.program import Test


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A condition and where it leads.

    In a flow that was opened, not loaded, `when` is parsed when it is first looked at, and that may raise a
    FlowctlError. Until then there is no `when`, but what is `unparsed`.
    """

    when: Expr = key(Condition(waits=True))
    label: str = key(Text(), "", cosmetic=True)
    source: str = key(Text(), "", cosmetic=True)
    then: str = port()
    unparsed: Unparsed | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        when: object = self.when
        if type(when) is Unparsed:
            object.__setattr__(self, "unparsed", when)
            object.__delattr__(self, "when")

    if not TYPE_CHECKING:  # to the type checker, `when` is always there and nothing else is

        def __getattr__(self, name: str) -> object:
            if name != "when" or self.unparsed is None:
                raise AttributeError(f"a branch has no `{name}`")
            object.__setattr__(self, "when", self.unparsed.parse())
            return self.when

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Branch):
            return NotImplemented
        if (self.then, self.label, self.source) != (other.then, other.label, other.source):
            return False
        a, b = self.unparsed, other.unparsed
        if a is not None and b is not None and a.scalar.text == b.scalar.text:
            return True
        return self.when is other.when or self.when == other.when


@node_type("decision")
@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Node):
    """Leave by the first branch whose condition is true.

    Branches are tried in order; a lead for which none is true leaves by
    ``otherwise``. A comparison with a blank field is false.

    Example::

        new_or_updated:
          type: decision
          branches:
            - when: ISNEW()
              label: new
              then: check_score
          otherwise: check_engagement
    """

    branches: tuple[Branch, ...] = key(ListOf(Record(Branch), least=1))
    otherwise: str | None = port(None)

    def ways(self) -> tuple[Way, ...]:
        ways = tuple(Way(name, branch.then) for name, branch in zip(self.port_names(), self.branches, strict=True))
        return ways + ((self.way("otherwise"),) if self.otherwise else ())

    def port_names(self) -> tuple[str, ...]:
        """The names of the branches: their labels; `branch 2` where one is missing or could be mistaken for another."""
        labels = [branch.label for branch in self.branches]
        taken = {"", "otherwise", *(f"branch {i}" for i in range(1, len(labels) + 1))}
        alone = {label for label in labels if labels.count(label) == 1 and label not in taken}
        return tuple(label if label in alone else f"branch {i}" for i, label in enumerate(labels, 1))

    def lower(self) -> Test:
        from flowctl.flow.program import Case, Test

        assert self.otherwise is not None, "a flow with errors is never run"
        cases = zip(self.branches, self.port_names(), strict=True)
        return Test(self.id, tuple(Case(b.when, Way(name, b.then)) for b, name in cases), self.way("otherwise"))
