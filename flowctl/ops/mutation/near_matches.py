"""Leads that one method of a `match` finds a record for and no other does, or that several records would fit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, permutations

from flowctl.engine import Outcome
from flowctl.engine.outcome import Bound
from flowctl.expr import FieldType, Id, Value
from flowctl.flow import Record
from flowctl.flow.nodes.match import Match
from flowctl.flow.way import Method
from flowctl.ops.mutation.witness import Lead

FEW = 3  # leads, and records that were matched, to begin with
ID, OTHER_ID = Id("001000000000001AAA"), Id("001000000000002AAC")
NAME, DOMAIN = "Northwind Traders", "northwind.example"
STRANGE = {"Email": "ana@elsewhere.example", "Website": "elsewhere.example", "Company": "Elsewhere"}
KEYS = ("Id", "Name", "Website", "Email", "Email_Domain__c", "Company")  # of a record, by which it is found
YEAR = dt.timedelta(days=365)


def near_matches(node: Match, met: Sequence[tuple[Lead, Outcome]], types: dict[str, FieldType]) -> Iterator[Lead]:
    """Made of leads that come to the node and of records that it has found for them.

    Args:
        types: The fields of the flow's object.
    """
    found = list(_found(node, (outcome for _, outcome in met)))
    beside = [*found[:FEW], Record(node.object, {})]
    for lead, _ in met[:FEW]:
        for method in node.by:
            if method.name != "related":
                record = _asking(lead.record, node, method, types)
                yield from (replace(lead, record=record, data=data) for data in _data(node, method, beside, lead.now))


def _found(node: Match, outcomes: Iterator[Outcome]) -> Iterator[Record]:
    seen: list[Record] = []
    facts = (fact for o in outcomes for visit in o.path if visit.node == node.id for fact in visit.facts)
    for fact in facts:
        if isinstance(fact, Bound) and fact.record is not None and fact.record not in seen:
            seen.append(fact.record)
            yield fact.record


def _asking(record: Record, node: Match, method: Method, types: dict[str, FieldType]) -> Record:
    """The record so that only one method recognises somebody."""
    strange: dict[str, Value] = {name: value for name, value in STRANGE.items() if name in types}
    ids = [m.field[0] for m in node.by if m.field and len(m.field) == 1]
    own: dict[str, Value] = dict.fromkeys(ids)
    match method.name:
        case "email_domain":
            own["Email"] = f"ana@{DOMAIN}"
        case "website_domain":
            own["Website"] = DOMAIN
        case "company_name":
            own["Company" if "Company" in types else "Name"] = NAME
        case _:
            own |= {name: ID for name in ids if method.field == (name,)}
    related = {name: below for name, below in record.related.items() if name != node.as_}
    return replace(record, fields={**record.fields, **strange, **own}, related=related)


def _data(
    node: Match, method: Method, found: Sequence[Record], now: dt.datetime
) -> Iterator[dict[str, tuple[Record, ...]]]:
    """What the record is matched against: one candidate, or two of which the later one is the newer or the older."""
    candidates = [_candidate(record, method) for record in found]
    for candidate in candidates:
        yield {node.object: (candidate,)}
    for a, b in islice(permutations(candidates, 2), 2 * FEW):
        for first, second in ((now - YEAR, now), (now, now - YEAR)):
            yield {node.object: (_created(a, first), _created(b, second))}


def _candidate(record: Record, method: Method) -> Record:
    rest = {name: value for name, value in record.fields.items() if name not in KEYS}
    key: dict[str, Value] = {"Name": "Somebody", "Id": OTHER_ID}
    match method.name:
        case "company_name":
            key["Name"] = NAME
        case "id":
            key["Id"] = ID
        case _:
            key["Website"] = DOMAIN
    return replace(record, fields={**rest, **key})


def _created(record: Record, when: dt.datetime) -> Record:
    return replace(record, fields={**record.fields, "CreatedDate": when})
