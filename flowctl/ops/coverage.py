"""What fixtures meet of a flow: its nodes, its ways out, and each comparison both true and false."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowctl.check.misfits import inside
from flowctl.data import dataclass
from flowctl.diag import Span
from flowctl.document import Scalar
from flowctl.engine import Outcome
from flowctl.engine.outcome import Tried
from flowctl.expr import Atom, Expr, Flag, Truth, atoms, to_text
from flowctl.flow import Flow
from flowctl.flow.nodes.decision import Decision
from flowctl.flow.schedule import LEFT_OUT

DUE = "due"  # what the condition of a schedule is called on the path
Seen = frozenset[tuple[str, str, str, int, Atom, bool]]  # flow, node, way out, where it begins, the atom, its truth


@dataclass(frozen=True, slots=True)
class Unseen:
    """A comparison of a decision, or of a schedule, that no fixture has met both true and false.

    `node` is None for that of a schedule; `truths` are those that are missing.
    """

    node: str | None
    atom: str
    place: Span
    truths: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What of a flow fixtures meet. A way out is (node, port); `conditions` counts both truths of each comparison."""

    flow: str
    nodes: int
    ways: int
    missed_nodes: tuple[str, ...]
    missed_ways: tuple[tuple[str, str], ...]
    conditions: int = 0
    unseen: tuple[Unseen, ...] = ()

    @property
    def taken(self) -> int:
        return self.nodes + self.ways - len(self.missed_nodes) - len(self.missed_ways)

    @property
    def total(self) -> int:
        return self.nodes + self.ways

    @property
    def seen(self) -> int:
        return self.conditions - sum(len(unseen.truths) for unseen in self.unseen)


def share(part: int, of: int) -> float:
    """In per cent, rounded down so that 100 means all."""
    return int(1000 * part / of) / 10 if of else 100.0


def cover(flow: Flow, outcomes: Iterable[Outcome]) -> Coverage:
    """What of a flow some outcomes met, also those of records that came from another flow."""
    met = tuple(outcomes)
    taken = {way for outcome in met for way in outcome.ways if way[0] == flow.flow}
    nodes = {node for _, node, _ in taken}
    ways = [(node.id, way.port) for node, way in flow.ways()]
    asked = tuple(_asked(flow))
    return Coverage(
        flow.flow,
        len(flow.nodes),
        len(ways),
        tuple(id_ for id_ in flow.nodes if id_ not in nodes),
        tuple(way for way in ways if (flow.flow, *way) not in taken),
        2 * len(asked),
        tuple(_unseen(asked, _seen(flow.flow, met))),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A comparison where it is written."""

    flow: str
    node: str
    port: str
    atom: Atom
    place: Span


def _asked(flow: Flow) -> Iterator[_Asked]:
    """Every comparison of a flow's schedule and decisions, in file order; `TRUE` and `FALSE` compare nothing."""
    for node, port, e, path in _conditions(flow):
        for atom in atoms(e):
            if not isinstance(atom, Truth) or not isinstance(atom.of, Flag):
                yield _Asked(flow.flow, node, port, atom, _place(flow, node, path, atom))


def _conditions(flow: Flow) -> Iterator[tuple[str, str, Expr, tuple[str | int, ...]]]:
    if flow.schedule and flow.schedule.where is not None:
        yield LEFT_OUT, DUE, flow.schedule.where, ()
    for node in flow.nodes.values():
        if isinstance(node, Decision):
            for i, (port, branch) in enumerate(zip(node.port_names(), node.branches, strict=True)):
                yield node.id, port, branch.when, ("branches", i, "when")


def _place(flow: Flow, node: str, path: tuple[str | int, ...], atom: Atom) -> Span:
    if node != LEFT_OUT:
        return inside(flow, node, path, atom.start, atom.end)
    scalar = flow.document.at("schedule", "where")
    if not isinstance(scalar, Scalar):  # a flow that was read from no file
        return flow.document.where("schedule", "where")
    return flow.document.span_inside(scalar, atom.start, atom.end)


def _seen(flow: str, outcomes: Iterable[Outcome]) -> Seen:
    """What comparisons came out as. One that AND or OR did not come to was not met."""
    return frozenset(
        (flow, visit.node, tried.port, atom.start, atom, truth)
        for outcome in outcomes
        for visit in outcome.path
        if visit.flow == flow
        for tried in visit.facts
        if isinstance(tried, Tried)
        for atom, truth in tried.atoms
    )


def _unseen(asked: Iterable[_Asked], seen: Seen) -> Iterator[Unseen]:
    for a in asked:
        truths = (True, False)
        missing = tuple(t for t in truths if (a.flow, a.node, a.port, a.atom.start, a.atom, t) not in seen)
        if missing:
            yield Unseen(None if a.node == LEFT_OUT else a.node, to_text(a.atom), a.place, missing)
