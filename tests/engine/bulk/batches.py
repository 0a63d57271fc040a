"""Batches made of records, and what the judge says of them: what bulk is held against."""

import datetime as dt
from itertools import chain

import numpy as np
import pyarrow as pa

from flowctl.columns.batch import EPOCH, MICROSECOND, Batch, Column, Related
from flowctl.engine import Turns, route
from flowctl.expr import FieldType
from flowctl.flow.program import Test
from flowctl.flow.schedule import LEFT_OUT

TEXT = FieldType("text")
ARROW = {
    "number": pa.float64(),
    "checkbox": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
}


def batch_of(routed, types, relations=None, dictionaries=True, first=1):
    """A batch of records, each with its moment.

    Args:
        types: The types of each object's fields.
        dictionaries: Whether texts come as dictionaries.
    """
    records = [record for record, _ in routed]
    object_ = records[0].object
    flat = [flattened(record) for record in records]
    columns = {
        path: column([fields.get(path) for fields, _ in flat], types.get(of, {}).get(path[-1], TEXT), dictionaries)
        for path, of in fields_of(flat)
    }
    names = sorted({(path, of) for _, there in flat for path, of in there.items() if path})
    related = {path: Related(of, np.array([there.get(path) == of for _, there in flat], bool)) for path, of in names}
    before = sorted({name for record in records for name in (record.prior or {})})
    prior = {
        (name,): column([(r.prior or {}).get(name) for r in records], types[object_].get(name, TEXT), dictionaries)
        for name in before
    }
    is_new = np.array([record.is_new for record in records], bool)
    now = np.array([(moment - EPOCH) // MICROSECOND for _, moment in routed], np.int64)
    return Batch(
        object_, columns, prior, related, None if is_new.all() else is_new, now, np.arange(first, first + len(records))
    )


def flattened(record, at=()):
    """The values of a record and of those that hang on it by path, and the objects of the records by theirs."""
    fields = {(*at, name): value for name, value in record.fields.items()}
    there = {at: record.object}
    for name, below in record.related.items():
        more, others = flattened(below, (*at, name))
        fields |= more
        there |= others
    return fields, there


def fields_of(flat):
    """The paths of all fields, each with an object that holds it."""
    objects = {(at, of) for _, there in flat for at, of in there.items()}
    paths = {path for fields, _ in flat for path in fields}
    return sorted({(path, of) for at, of in objects for path in paths if path[:-1] == at})


def column(values, type_, dictionaries):
    kind = ARROW.get(type_.kind)
    if kind is not None:
        return Column(type_, pa.array(values, kind))
    texts = pa.array([";".join(v) if isinstance(v, tuple) else v for v in values], pa.string())
    return Column(type_, texts.dictionary_encode() if dictionaries else texts)


def judged(world, flow, batch, turns=None):
    """What the judge says of each record of a batch, in its order."""
    turns = turns or Turns()
    return [route(world, flow, batch.record(row), turns, batch.moment(row)) for row in range(len(batch))]


def expected(outcome, world, full_paths):
    """An outcome in the form of `found`."""
    return (
        outcome.owner,
        outcome.roster,
        outcome.goes_to,
        outcome.is_routed,
        outcome.ends,
        outcome.result,
        tuple(way for way in outcome.ways if full_paths or not only_decides(way, world)),
    )


def only_decides(way, world):
    flow, node, port = way
    if port is None:
        return False
    return node == LEFT_OUT or isinstance(world.programs[flow].steps[node], Test)


def found(outcomes):
    """What an engine says of each record of a batch."""
    names = outcomes.names
    rows = zip(outcomes.owner, outcomes.roster, outcomes.goes_to, outcomes.is_routed, outcomes.path, strict=True)
    return [
        (
            None if owner < 0 else names[owner],
            None if roster < 0 else names[roster].removeprefix("roster/"),
            names[goes_to],
            bool(is_routed),
            outcomes.paths[path].ends,
            outcomes.paths[path].result,
            tuple(outcomes.paths[path].ways),
        )
        for owner, roster, goes_to, is_routed, path in rows
    ]


def cut(batch, sizes):
    """A batch in pieces of such sizes, over and over."""
    start, pieces = 0, []
    for size in chain.from_iterable(iter(lambda: sizes, None)):
        if start >= len(batch):
            return pieces
        pieces.append(sliced(batch, start, min(start + size, len(batch))))
        start += size
    return pieces


def sliced(batch, start, end):
    part = slice(start, end)
    return Batch(
        batch.object,
        {path: Column(c.type, c.values[start:end]) for path, c in batch.columns.items()},
        {path: Column(c.type, c.values[start:end]) for path, c in batch.prior.items()},
        {path: Related(r.object, r.is_there[part]) for path, r in batch.related.items()},
        None if batch.is_new is None else batch.is_new[part],
        batch.now[part],
        batch.positions[part],
    )


def moment(text):
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
