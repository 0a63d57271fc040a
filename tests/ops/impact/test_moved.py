"""The leads that move as rows."""

import pyarrow as pa
import pytest
from hypothesis import given

from flowctl.engine.bulk import engine_of
from flowctl.ops.impact.explained import Explainer
from flowctl.ops.impact.moved import rows_of, schema_of
from flowctl.ops.impact.parted import Parted
from flowctl.ops.impact.tally import Tally
from flowctl.ops.simulate import simulate_leads
from tests.ops.impact.workspace import LEADS, MODELS, Sized, arrivals, setting


def rows(leads, before, after, *, every, size=1_000):
    made = setting(before, after)
    worlds = made.worlds()
    engine = engine_of(worlds, "lead", full_paths=True)
    tally = Tally(engine, worlds, "lead")
    parted = Parted(worlds, Explainer(engine, made.models)) if before else None
    tables = []
    for chunk in Sized(leads, after, size).chunks(in_order=True):
        routed = engine.settle(engine.walk(chunk()))
        tables.append(rows_of(routed, tally.add(routed), parted, every=every))
    assert all(table.schema == schema_of(compared=before is not None, every=every) for table in tables)
    return pa.concat_tables(tables).to_pylist()


@given(LEADS)
def test_the_rows_are_the_leads_that_move_with_where_they_go(leads):
    given = arrivals(leads)
    told = simulate_leads("lead", given, ("draft", MODELS[1]), ("live", MODELS[0]), {})

    found = rows(given, *MODELS, every=False, size=7)

    moved = [(at, r) for at, r in enumerate(told.routed, 1) if r.moved]
    assert [row["row"] for row in found] == [at for at, _ in moved]
    for row, (_, r) in zip(found, moved, strict=True):
        assert (row["from"], row["to"]) == (r.before.goes_to, r.after.goes_to)
        assert (row["owner_before"], row["owner_after"]) == (r.before.owner, r.after.owner)
        assert (row["ends_before"], row["ends_after"]) == (r.before.ends, r.after.ends)
        assert (row["routed_before"], row["routed_after"]) == (r.before.is_routed, r.after.is_routed)
        assert row["roster_after"] == (f"roster/{r.after.roster}" if r.after.roster else None)
        assert row["name"] == (None if r.name.startswith("row ") else r.name)
        assert (row["part_at_node"], row["way_before"], row["way_after"]) in PARTINGS


PARTINGS = {("start", "otherwise", "hot"), ("start", "otherwise", "chile"), ("hot", "then", "very")}


@given(LEADS)
def test_all_leads_are_rows_where_all_are_asked_for(leads):
    given = arrivals(leads)

    found = rows(given, *MODELS, every=True)

    assert [row["row"] for row in found] == list(range(1, len(given) + 1))
    assert all((row["part_at_node"] is not None) == row["moved"] for row in found)


@pytest.mark.parametrize("name", ["name", "goes_to", "owner", "roster", "routed", "ends"])
def test_one_version_says_where_leads_go(name):
    [row] = rows(arrivals([(1, {"Country": "Peru", "Name": "Ana"})]), None, MODELS[1], every=True)

    assert (
        row[name]
        == {
            "name": "Ana",
            "goes_to": "roster/emea",
            "owner": "user/bea.kim",
            "roster": "roster/emea",
            "routed": True,
            "ends": "done",
        }[name]
    )
