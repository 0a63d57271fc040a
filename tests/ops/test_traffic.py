"""How many leads take each way: what is counted, kept, and laid over a flow."""

import json
from collections import Counter
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowctl.diag import FlowctlError
from flowctl.engine import Turns, route, world_of
from flowctl.engine.bulk import Names, run
from flowctl.engine.bulk.judged import JudgedEngine
from flowctl.ops.backtest.paths import PathCounts
from flowctl.ops.traffic import Traffic, data, flow_traffic, keep, kept, read
from flowctl.render.console import PLAIN
from flowctl.render.traffic import TrafficTold, beside_ways, margin, percent, text
from tests.ops.backtest.leads import DAY, NODES, arrivals, batches, model
from tests.ops.small import flow

TEXT = flow(NODES)


def traffic(countries, text=TEXT):
    made = model()
    engine = JudgedEngine([world_of(made)], "lead", Names(), full_paths=True)
    counts = PathCounts()
    for routed in run(engine, batches(countries, [None] * len(countries), made)):
        counts.add(routed.outcomes[0])
    return flow_traffic(made.flows["lead"], text, counts.ways(), ("leads.csv", DAY, DAY))


@settings(max_examples=min(30, settings.default.max_examples), deadline=None)
@given(st.lists(st.sampled_from(["Peru", "Chile", "Norway"]), min_size=1))
def test_each_way_is_taken_as_often_as_the_judge_takes_it(countries):
    world, turns = world_of(model()), Turns()
    taken = Counter(way for a in arrivals(countries) for way in route(world, "lead", a.record, turns, a.now).ways)

    found = traffic(countries)

    assert {("lead", *way): n for way, n in found.ways.items() if n} == taken
    assert found.leads == len(countries)


def test_ways_that_no_lead_takes_are_there_too():
    found = traffic(["Peru"] * 19 + ["Norway"])

    assert ("start", "chile") in found.never
    assert ("turn_emea", "nobody") in found.never
    assert found.ways["start", "otherwise"] == 1
    assert found.heavy[0] == ("done", None)
    assert ("start", "otherwise") not in found.heavy


def test_what_is_kept_reads_as_the_same_and_holds_no_value_of_a_lead(tmp_path):
    ws = SimpleNamespace(root=tmp_path)
    found = traffic(["Peru", "Chile"])

    files = keep(ws, Traffic("live", "leads.csv", 2, (found,)))

    assert files == (".flowctl/traffic/lead.json",)
    assert kept(ws, "lead") == found
    assert kept(ws, "contact") is None
    assert "Peru" not in (tmp_path / files[0]).read_text()
    assert [file.name for file in (tmp_path / ".flowctl/traffic").iterdir()] == ["lead.json"]


def test_the_answer_as_json_reads_as_what_was_counted():
    found = traffic(["Peru", "Chile"])
    answer = {"schema": "flowctl/simulate/1", "traffic": {"flows": [data(found)]}}

    assert read("answer.json", json.dumps(answer).encode()) == (found,)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"schema": "flowctl/traffic/1"}', b'{"traffic": {"flows": [1]}}']
)
def test_a_file_of_something_else_holds_no_traffic(content):
    with pytest.raises(FlowctlError, match="holds no traffic"):
        read("x.json", content)


def test_traffic_is_of_another_version_when_the_flow_does_something_else():
    found, made = traffic(["Peru"]), model().flows["lead"]

    assert found.is_of(made, TEXT)
    assert found.is_of(made, f"# a remark\n{TEXT}")
    assert not found.is_of(made, TEXT.replace("'Peru'", "'Spain'"))


def test_beside_a_flow_stand_the_leads_of_nodes_and_ways():
    found = traffic(["Peru"] * 3 + ["Norway"])

    assert margin(found, PLAIN)["turn_emea"] == "3  75.0%  "
    assert beside_ways(found, PLAIN)["start", "peru"] == "3"
    assert beside_ways(found, PLAIN)["start", "chile"] == "○ never"
    assert ("to_cold", "then") not in beside_ways(found, PLAIN)


def test_what_is_taken_by_few_is_never_nothing_and_by_most_never_all():
    found = traffic(["Peru"])
    many = type(found)(found.flow, found.behaviour, 100_000, found.ways)

    assert [percent(many, n) for n in (0, 1, 50_000, 99_999, 100_000)] == ["0.0%", "<0.1%", "50.0%", ">99.9%", "100.0%"]


def test_the_answer_says_what_is_heavy_what_was_never_taken_and_what_to_type_next():
    told = text(TrafficTold(Traffic("live", "leads.csv", 2, (traffic(["Peru", "Chile"]),))), PLAIN)

    assert told.startswith("2 leads took 5 of the 8 ways of lead; 3 were never taken")
    assert "○ start: otherwise" in told
    assert told.endswith("next: flowctl show lead --traffic  (draws them on the flow)")
