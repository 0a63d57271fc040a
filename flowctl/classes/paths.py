"""What steps write out of what they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from flowctl.expr import Expr, Field, FieldPath, Operand, Prior, walk
from flowctl.expr.ast import Changed
from flowctl.flow.nodes.notify import TOKEN
from flowctl.flow.program import Bind, Look, Make, Own, Pause, Pick, Program, Send, SetFields, Step, Test


def conditions(step: Step) -> tuple[Expr, ...]:
    """The conditions of a step, in the order in which they are asked."""
    match step:
        case Test(_, cases):
            return tuple(case.when for case in cases)
        case Bind(where=where, prefer=prefer):
            return tuple(when for when in (where, *(p.when for p in prefer)) if when is not None)
        case Pick(where=where):
            return (where,) if where is not None else ()
        case Pause(until=until):
            return (until,)
        case _:
            return ()


def pieces(step: Step) -> Iterator[Expr | Operand]:
    """The conditions and values of a step, with all that is under them."""
    whole: Iterable[Expr | Operand] = conditions(step)
    if isinstance(step, SetFields | Make):
        whole = (operand for _, operand in step.values)
    elif isinstance(step, Look):
        whole = (operand for _, operand in step.by)
    for piece in whole:
        yield from walk(piece)


def asked_by(step: Step) -> Iterator[FieldPath]:
    """The fields that conditions ask, and those by which a row of a table is looked up."""
    for piece in pieces(step) if not isinstance(step, SetFields | Make) else ():
        if isinstance(piece, Field | Prior | Changed):
            yield piece.path


def other_paths(step: Step) -> Iterator[FieldPath]:
    """Paths that a step names outside conditions and values."""
    match step:
        case Bind(by=by):
            yield from (method.field for method in by if method.field)
        case Own(to=tuple() as path):
            yield path
        case Pick(roster=tuple() as path):
            yield path
        case Send(to=to, message=message):
            yield from (tuple(m.group(1).split(".")) for text in (to, message) for m in TOKEN.finditer(text))


def read_under(name: str, programs: Iterable[Program]) -> frozenset[str]:
    """What is read of whatever stands under a name, in any of some programs."""
    steps = [step for program in programs for step in program.steps.values()]
    paths = [piece.path for step in steps for piece in pieces(step) if isinstance(piece, Field | Prior | Changed)]
    paths += [path for step in steps for path in other_paths(step)]
    return frozenset(below for path in paths for above, below in pairwise(path) if above == name)
