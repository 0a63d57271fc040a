"""Conditions and decisions as functions, each made once for a world: routing many records asks the same ones again."""

from __future__ import annotations

from collections.abc import Callable

from flowctl.engine.outcome import Tried, Visit
from flowctl.expr import Atom, Expr, Holds, Reading, meaning
from flowctl.flow.program import Test, Way

Taken = tuple[Way, Visit]
MOST = 1000  # answers that are kept of one decision; the sample's longest has 12


class Prepared:
    """What was made of the conditions and decisions that were asked so far.

    They are known by their identity, since comparing them would take longer than asking them.
    """

    def __init__(self) -> None:
        self._kept: list[Expr | Test] = []  # so that nothing else comes to have the identity of one of them
        self._holds: dict[int, Holds] = {}
        self._tests: dict[tuple[str, int], Callable[[Reading], Taken]] = {}

    def holds(self, when: Expr) -> Holds:
        """`meaning(when)`."""
        made = self._holds.get(id(when))
        if made is None:
            self._kept.append(when)
            made = self._holds[id(when)] = meaning(when)
        return made

    def test(self, flow: str, step: Test) -> Callable[[Reading], Taken]:
        """The way that a record takes from a decision of a flow, and its visit there with all that was tried."""
        made = self._tests.get((flow, id(step)))
        if made is None:
            self._kept.append(step)
            made = self._tests[flow, id(step)] = self._test(flow, step)
        return made

    def _test(self, flow: str, step: Test) -> Callable[[Reading], Taken]:
        """Which atoms are read, and so what is tried and taken, follows from the truths of those read before.

        So all there is to say is said by the truths alone, and need be put together once for each row of them.
        """
        cases = [self.holds(case.when) for case in step.cases]
        known: dict[tuple[bool, ...], Taken] = {}

        def taken(reading: Reading) -> Taken:
            truths: list[bool] = []
            note = _noting(truths)
            for holds in cases:
                if holds(reading, note):
                    break
            row = tuple(truths)
            if row in known:
                return known[row]
            found = _taken(flow, step, cases, reading)
            if len(known) < MOST:
                known[row] = found
            return found

        return taken


def _noting(truths: list[bool]) -> Callable[[Atom, bool], None]:
    return lambda _, truth: truths.append(truth)


def _taken(flow: str, step: Test, cases: list[Holds], reading: Reading) -> Taken:
    facts: list[Tried] = []
    way = step.otherwise
    for case, holds in zip(step.cases, cases, strict=True):
        facts.append(tried(case.way.port, holds, reading))
        if facts[-1].held:
            way = case.way
            break
    return way, Visit(flow, step.node, way.port, tuple(facts))


def tried(port: str, holds: Holds, reading: Reading) -> Tried:
    """A branch, with the truth of each atom that is looked at."""
    atoms: list[tuple[Atom, bool]] = []
    held = holds(reading, lambda atom, truth: atoms.append((atom, truth)))
    return Tried(port, held, tuple(atoms))
