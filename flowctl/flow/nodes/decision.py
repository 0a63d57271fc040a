"""`decision`: the first branch whose condition is true."""

from __future__ import annotations

from dataclasses import dataclass

from flowctl.expr import Expr
from flowctl.flow.kinds import Condition, ListOf, Record, Text, key
from flowctl.flow.node import Node, node_type, port
from flowctl.flow.program import Case, Test, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A condition and where it leads."""

    when: Expr = key(Condition())
    label: str = key(Text(), "", cosmetic=True)
    source: str = key(Text(), "", cosmetic=True)
    then: str = port()


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
        """The names of the branches: their labels, numbered where two are alike or one is missing."""
        labels = [branch.label for branch in self.branches]
        plain = [bool(label) and labels.count(label) == 1 and label != "otherwise" for label in labels]
        return tuple(label if fine else f"branch {i}" for i, (label, fine) in enumerate(zip(labels, plain), 1))

    def lower(self) -> Test:
        assert self.otherwise is not None, "a flow with errors is never run"
        cases = zip(self.branches, self.port_names(), strict=True)
        return Test(self.id, tuple(Case(b.when, Way(name, b.then)) for b, name in cases), self.way("otherwise"))


