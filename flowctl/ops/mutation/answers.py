"""Tables in which one answer is another row's."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from flowctl.check.misfits import reads
from flowctl.engine.message import shown
from flowctl.expr import Value
from flowctl.flow import Flow, Model
from flowctl.flow.nodes.lookup import Lookup
from flowctl.flow.table import Table
from flowctl.ops.mutation.mutants import ANSWER, Answer, Mutant


def answer_mutants(model: Model, name: str, found: Collection[tuple[str, int]]) -> Iterator[Mutant]:
    """For each row that a fixture finds, an answer of the row that stands below, for each column that is read.

    Args:
        found: Tables and rows, counted from 1. A row that no fixture finds is not changed: nobody would notice.
    """
    flow = model.flows[name]
    for node in flow.nodes.values():
        table = model.tables.get(node.table) if isinstance(node, Lookup) else None
        for column in sorted(_read(flow, node.as_)) if table and isinstance(node, Lookup) else ():
            assert table is not None
            for row in sorted(row for of, row in found if of == table.name):
                other = _other(table, row, column)
                if other is not None:
                    yield _mutant(flow, node.id, table, row, column, other)


def _read(flow: Flow, name: str) -> set[str]:
    """The columns of a bound row that a flow reads."""
    paths = (path for node in flow.nodes.values() for _, path in reads(node))
    return {path[1] for path in paths if len(path) == 2 and path[0] == name}


def _other(table: Table, row: int, column: str) -> Value:
    """The next answer in the column that is filled and another one; None when there is none."""
    answers = [line.answer.get(column) for line in table.lines]
    return next((a for a in (*answers[row:], *answers[: row - 1]) if a not in (None, answers[row - 1])), None)


def _mutant(flow: Flow, node: str, table: Table, row: int, column: str, other: Value) -> Mutant:
    line = table.lines[row - 1]
    lines = (*table.lines[: row - 1], replace(line, answer={**line.answer, column: other}), *table.lines[row:])
    change = Answer(table.name, row, replace(table.snapshot(), lines=lines))
    words = f"`{column}` of row {row} of `{table.name}` made `{shown(other)}`"
    return Mutant(flow.flow, node, ANSWER, words, table.where(row - 1, column), change)
