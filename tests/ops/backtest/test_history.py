"""Traction Complete's history log: who had a lead in the end, and what it was before."""

import csv
import json

import pyarrow as pa
import pytest

from flowctl.diag import FlowctlError
from flowctl.engine.bulk import NONE, Names
from flowctl.ops.backtest.comparison import SILENT, UNKNOWN
from flowctl.ops.backtest.history import HistoryActual, read_history
from flowctl.ops.backtest.people import People
from flowctl.ops.backtest.restored import Restored
from tests.ops.backtest.leads import batches, model

HEAD = (
    "TracRTC__Record_Id__c,TracRTC__Flow__c,TracRTC__Step__c,TracRTC__Start_State__c,TracRTC__End_State__c,CreatedDate"
)


def log(*rows, head=HEAD):
    return read_history("log.csv", "\n".join([head, *map(line, rows)]).encode())


def line(cells):
    texts = (json.dumps(cell) if isinstance(cell, dict) else cell for cell in cells)
    return ",".join('"' + text.replace('"', '""') + '"' for text in texts)


def step(id_, before, after, when="2026-11-20T10:00:00Z"):
    return (id_, "Lead flow", "Assign", before, after, when)


def with_ids(*ids):
    made = model()
    [chunk] = batches(["Peru"] * len(ids), [None] * len(ids), made)
    batch = chunk()
    return type(batch)(
        batch.object, batch.columns, {}, {}, None, batch.now, batch.positions, {"Id": pa.array(ids, pa.string())}
    )


def test_the_last_end_state_says_who_the_owner_is_and_the_first_start_state_what_the_lead_was():
    history = log(
        step("00Q000000000001AAA", {"Country": "Chile"}, {"OwnerId": "Raw"}, "2026-11-20T10:00:01Z"),
        step("00Q000000000001", {"Country": "Peru"}, {"OwnerId": "Cold"}, "2026-11-20T10:00:00Z"),
    )

    past = history.pasts["00Q000000000001"]

    assert (past.owner, past.before, past.flow) == ("Raw", {"Country": "Peru"}, "Lead flow")


def test_leads_are_found_by_their_ids_of_15_or_18_characters():
    history = log(
        step("00Q000000000001AAA", "", {"OwnerId": "Raw"}),
        step("00Q000000000002", "", {"Status": "MQL"}),
        step("00Q000000000003", "", {"OwnerId": "Mister X"}),
        step("00Q000000000004", "", {"OwnerId": ""}),
    )
    names = Names()
    actual = HistoryActual(history, People(model().directory), names)

    codes = actual.codes(with_ids("00Q000000000001", "00Q000000000002AAA", "00Q000000000003"))

    assert codes.tolist() == [names.code("queue/raw"), SILENT, UNKNOWN]
    assert actual.codes(with_ids("00Q000000000004", "00Q000000000009")).tolist() == [NONE, SILENT]


@pytest.mark.parametrize("end", ["End State", "TracRTC__JSON_End_State__c", "End_State__c", "JSON End State"])
def test_columns_are_known_by_label_or_api_name(end):
    history = log(("00Q000000000001", {"OwnerId": "Raw"}), head=f"Record ID,{end}")

    assert history.pasts["00Q000000000001"].owner == "Raw"


def test_a_file_without_ids_is_no_history():
    with pytest.raises(FlowctlError, match="lacks the id of the record"):
        log(("x",), head="End_State__c")


def test_states_that_are_no_json_are_counted_by_their_lines():
    history = log(step("00Q000000000001", "", "{OwnerId: x"))

    assert history.unread == (2,)


def test_a_lead_is_put_back_to_what_it_was_and_what_the_history_does_not_tell_stays():
    history = log(
        step("00Q000000000001", {"Country": "Chile", "OwnerId": "Bea Kim", "Score": "no"}, {"OwnerId": "Raw"})
    )
    made = model()
    types = {name: made.objects["Lead"].fields[name].typed() for name in ("Country", "Owner", "Score", "Status")}
    restored = Restored(history, types, People(made.directory), made.settings.zone)

    batch = restored.batch(with_ids("00Q000000000001", "00Q000000000002"))

    first, second = batch.record(0).fields, batch.record(1).fields
    assert (first["Country"], first["Owner"], first["Score"]) == ("Chile", "user/bea.kim", None)
    assert (second["Country"], second["Owner"]) == ("Peru", None)
    assert "Status" not in first
    assert restored.bad == 1


def test_how_long_a_cell_may_be_is_of_a_history_alone():
    before = csv.field_size_limit()

    found = log(("00Q000000000001", "lead", "start", {}, {"OwnerId": "x" * 200_000}, ""))

    assert len(found.pasts) == 1
    assert csv.field_size_limit() == before
