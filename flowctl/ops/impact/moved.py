"""The leads that move as rows: who they are, where they go under either version, and where their ways part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flowctl.columns.batch import Batch
from flowctl.engine.bulk import NOBODY, Names, Outcomes, Routed
from flowctl.ops.impact.parted import Parted
from flowctl.ops.impact.report import Why
from flowctl.ops.simulate import NAMES

Array = np.ndarray[Any, Any]
Columns = dict[str, pa.Array]
TEXT = pa.string()
WHY = ("part_at_flow", "part_at_node", "way_before", "way_after")


def schema_of(*, compared: bool, every: bool) -> pa.Schema:
    """What the rows hold."""
    who = [("row", pa.int64()), ("id", TEXT), ("name", TEXT)]
    if not compared:
        return pa.schema([*who, ("goes_to", TEXT), *_types(("",))])
    moved = [("moved", pa.bool_())] if every else []
    moves = [("from", TEXT), ("to", TEXT), *_types(("_before", "_after"))]
    return pa.schema([*who, *moved, *moves, *((name, TEXT) for name in WHY)])


def _types(whens: Sequence[str]) -> list[tuple[str, pa.DataType]]:
    kinds = {"owner": TEXT, "roster": TEXT, "routed": pa.bool_(), "ends": TEXT}
    return [(f"{name}{when}", kind) for name, kind in kinds.items() for when in whens]


def rows_of(routed: Routed, moved: Array, parted: Parted | None, *, every: bool) -> pa.Table:
    """The rows of the leads of a batch that move, or of all.

    Args:
        moved: Which do.
        parted: Where ways part; None with one version.
    """
    which = np.arange(len(moved)) if every else np.flatnonzero(moved)
    some = routed if len(which) == len(moved) else routed.at(which)
    columns = _who(some.batch)
    if parted is None:
        return pa.table({**columns, **_where(some.outcomes[0], "")})
    before, after = some.outcomes
    if every:
        columns["moved"] = pa.array(moved[which])
    columns |= {"from": _named(before.goes_to, before.names, NOBODY), "to": _named(after.goes_to, after.names, NOBODY)}
    columns |= _interleaved(_where(before, "_before"), _where(after, "_after"))
    return pa.table({**columns, **_why(before, after, moved[which], parted)})


def _who(batch: Batch) -> Columns:
    """What a lead is found by again: its place, its id and its name."""
    ids = _text(batch, "Id")
    names = [column for name in NAMES if (column := _text(batch, name)) is not None]
    nameless = pa.array([None] * len(batch), TEXT)
    return {
        "row": pa.array(batch.positions),
        "id": nameless if ids is None else ids,
        "name": pc.coalesce(*names) if names else nameless,
    }


def _text(batch: Batch, name: str) -> pa.Array | None:
    column = batch.columns.get((name,))
    if column is None:
        return None
    values = column.values.cast(TEXT)
    return pc.if_else(pc.equal(pc.utf8_trim_whitespace(values), ""), None, values)


def _where(outcomes: Outcomes, when: str) -> Columns:
    """Where leads go under a version; `goes_to` only where there is no other."""
    alone = {} if when else {"goes_to": _named(outcomes.goes_to, outcomes.names, NOBODY)}
    ends = _of_paths(outcomes.path, lambda number: outcomes.paths[number].ends)
    return {
        **alone,
        f"owner{when}": _named(outcomes.owner, outcomes.names, None),
        f"roster{when}": _named(outcomes.roster, outcomes.names, None),
        f"routed{when}": pa.array(outcomes.is_routed),
        f"ends{when}": ends,
    }


def _interleaved(before: Columns, after: Columns) -> Columns:
    pairs = zip(before.items(), after.items(), strict=True)
    return {name: values for pair in pairs for name, values in pair}


def _named(codes: Array, names: Names, nobody: str | None) -> pa.Array:
    """The names of codes."""
    there, index = np.unique(codes, return_inverse=True)
    told = [names[int(code)] if code >= 0 else nobody for code in there]
    return pa.array(told, TEXT).take(pa.array(index))


def _of_paths(numbers: Array, told: Callable[[int], str | None]) -> pa.Array:
    there, index = np.unique(numbers, return_inverse=True)
    return pa.array([told(int(number)) for number in there], TEXT).take(pa.array(index))


def _why(before: Outcomes, after: Outcomes, moved: Array, parted: Parted) -> Columns:
    """Where the ways of leads part, of those that move: the node, and the way out that is taken there."""
    wide = max(len(after.paths), 1)
    pairs, index = np.unique(np.where(moved, before.path.astype(np.int64) * wide + after.path, -1), return_inverse=True)

    def why(pair: int) -> Why | None:
        if pair < 0:
            return None
        numbers = divmod(pair, wide)
        return parted.why(numbers, before.paths[numbers[0]], after.paths[numbers[1]])

    found = [why(int(pair)) for pair in pairs]
    told = ([w and getattr(w, key) for w in found] for key in ("flow", "node", "before", "after"))
    return {name: pa.array(values, TEXT).take(pa.array(index)) for name, values in zip(WHY, told, strict=True)}
