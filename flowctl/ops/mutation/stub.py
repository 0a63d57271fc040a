"""A fixture for a lead that was found, ready to be pasted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from flowctl.document import Json
from flowctl.expr import Value
from flowctl.flow import Record
from flowctl.flow.duration import length_text
from flowctl.flow.fixture import NOBODY
from flowctl.flow.record import Change
from flowctl.ops.mutation.witness import Witness, created, named, other_sets


def stub_of(witness: Witness, why: str) -> dict[str, Json]:
    """The fixture that holds a flow to what it does with a lead: its owner, its end, and what else is different."""
    record = witness.lead.record
    told: dict[str, Json] = {
        "why": why,
        "now": _plain(witness.lead.now),
        "event": _event(witness),
        record.object.lower(): _fields(record.fields),
    }
    parts: dict[str, Json] = {
        "prior": _fields({n: v for n, v in (record.prior or {}).items() if record.fields.get(n) != v}),
        "related": {name: _record(below) for name, below in record.related.items()},
        "data": {name: [_record(one) for one in records] for name, records in witness.lead.data.items()},
        "later": [_later(change, record.object) for change in record.later],
    }
    return told | {name: part for name, part in parts.items() if part} | {"expect": _expect(witness)}


def _event(witness: Witness) -> str:
    if witness.lead.record.is_new:
        return "created"
    return "scheduled" if witness.lead.is_of_job else "updated"


def _record(record: Record) -> dict[str, Json]:
    return {**_fields(record.fields), **{name: _record(below) for name, below in record.related.items()}}


def _later(change: Change, object_: str) -> Json:
    related: dict[str, Json] = {name: _fields(fields) for name, fields in change.related.items()}
    told: dict[str, Json] = {"after": length_text(change.after), object_.lower(): _fields(change.fields)}
    return told | ({"related": related} if related else {})


def _fields(fields: Mapping[str, Value]) -> dict[str, Json]:
    return {name: _plain(value) for name, value in fields.items()}


def _plain(value: Value) -> Json:
    """A value as fixtures write it; a blank is an empty text, which a mapping can hold."""
    match value:
        case None:
            return ""
        case bool() | str():
            return value
        case float():
            return int(value) if value.is_integer() else value
        case dt.datetime():
            return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
        case dt.date():
            return value.isoformat()
        case _:
            return ";".join(value)


def _expect(witness: Witness) -> Json:
    o, other = witness.outcome, witness.other
    told: dict[str, Json] = {"owner": o.owner or NOBODY}
    told |= {"result": o.result} if o.is_left_out else {"ends": o.ends}
    if o.result != other.result and o.ends == other.ends:
        told["result"] = o.result
    sets = other_sets(o, other)
    messages = [sent.message for sent in o.messages]
    if sets:
        told["sets"] = _fields(sets)
    if messages != [sent.message for sent in other.messages]:
        told["notifies"] = list(messages)
    if created(o) != created(other):
        told["creates"] = [{"object": object_, "values": _fields(values)} for object_, values in created(o)]
    names = named(other)
    return told | {key: name for key, name in named(o).items() if name not in (None, names[key])}
