"""Look-ups by one field are questions of its classes; the way goes on as the judge says, and nobody is parked."""

import datetime as dt
import random

import pytest

from flowctl import document as yaml
from flowctl.engine import world_of
from flowctl.engine.bulk import Names, one_field, run
from flowctl.engine.bulk.compiled import CompiledEngine
from flowctl.engine.bulk.terms import Looked
from flowctl.flow import Record, load_model
from tests.engine.bulk.batches import batch_of, expected, found, judged
from tests.engine.bulk.test_found import assert_compiled_is_the_judge
from tests.engine.surroundings import SURROUNDINGS

NOW = dt.datetime(2026, 11, 23, 17, tzinfo=dt.UTC)
IDS = ["001A000001AbCdE", "001A000001AbCdEIAU", "001A000001abcde", "003B0000001zzzz"]
KEYS = {  # by type of column: its kinds of match, cells, the fields it is asked by, values that they have
    "text": (["exact"], ["Norway", "Perú", "Straße", "De", IDS[0], ""], ["Country", "Name", "Account_Key"]),
    "id": (["exact"], [*IDS, ""], ["Partner_Id", "Account_Key"]),
    "number": (["exact", "range"], ["25", "50", "0", "50.000001", ""], ["Score", "Best_Score"]),
    "date": (["exact", "range"], ["2026-03-29", "2026-11-23", "2028-02-29", ""], ["Trial_End", "CreatedDate"]),
    "checkbox": (["exact"], ["true", "false", ""], ["Blocked"]),
}
VALUES = {
    "Country": ["Norway", "norway ", "PERU\u0301", "perú", "STRASSE", "de", "Chile", "N", None, "  ", *IDS],
    "Score": [25.0, 50.0, 50.000001, 0.0, -0.0, 49.9, 1e300, None],
    "Trial_End": [dt.date(2026, 3, day) for day in (28, 29, 30)] + [dt.date(2026, 11, 23), dt.date(2028, 2, 29), None],
    "CreatedDate": [dt.datetime(2026, 3, 28, hour, tzinfo=dt.UTC) for hour in (21, 22, 23)] + [NOW, None],
    "Blocked": [True, False, None],
    "Partner_Id": [*IDS, None],
}
ALIKE = {"Name": "Country", "Account_Key": "Country", "Best_Score": "Score"}
TIERS, OWNERS = ["A", "b", ""], ["user/ana", "user/dan", "queue/raw", ""]


def table(rng, name):
    """A table found by one field, and maybe by a constant too."""
    kind = rng.choice(list(KEYS))
    matches, cells, by = KEYS[kind]
    match = rng.choice(matches)
    rows = [(rng.choice(cells), rng.choice(["x", "y", ""]), rng.choice(TIERS), rng.choice(OWNERS)) for _ in range(9)]
    header = {
        "table": name,
        "hit": "first",
        "columns": {
            "Key": {"key": match, "type": kind},
            "Also": {"key": "exact", "type": "text"},
            "Tier": {"type": "text"},
            "Who": {"type": "owner"},
        },
    }
    lines = [",".join(row) for row in dict.fromkeys(rows)]
    files = {f"flows/tables/{name}.yaml": yaml.dump(header)}
    files[f"flows/tables/{name}.csv"] = "\n".join(["Key,Also,Tier,Who", *lines, ""])
    return files, {"Key": rng.choice(by), **({"Also": "'X'"} if rng.random() < 0.5 else {})}


def generated(seed):
    """A flow that asks tables, and rows of them, and routes by them."""
    rng = random.Random(seed)
    files, nodes, names = {}, {}, [f"t{n}" for n in range(3)]
    for n, name in enumerate(names):
        more, by = table(rng, name)
        files |= more
        after = f"{names[n + 1]}_look" if n + 1 < len(names) else "end"
        asked = rng.sample(
            [f"{name}.Tier = 'a'", f"{name}.Tier IS BLANK", f"{name}.Who.Team = 'Sales Dev'", f"{name}.Tier > 'a'",
             f"{name}.Key IN ('norway', 'peru\u0301')", f"{name}.Tier = Status", f"{name}.Tier = 'B' AND Score >= 25"],
            3,
        )  # fmt: skip
        nodes[f"{name}_look"] = {
            "type": "lookup", "table": name, "as": name, "by": by, "found": f"{name}_ask", "missing": f"{name}_set",
        }  # fmt: skip
        nodes[f"{name}_ask"] = {
            "type": "decision",
            "branches": [{"when": asked[0], "then": f"{name}_own"}, {"when": asked[1], "then": f"{name}_set"}],
            "otherwise": after,
        }
        unavailable = {"unavailable": after} if rng.random() < 0.5 else {}
        nodes[f"{name}_own"] = {"type": "assign", "to": f"{name}.Who", "then": f"{name}_set", **unavailable}
        values = {"Country": rng.choice(["'Norway'", "Name"]), "Status": f"{name}.Tier"}
        nodes[f"{name}_set"] = {
            "type": "decision", "branches": [{"when": asked[2], "then": f"{name}_put"}], "otherwise": after,
        }  # fmt: skip
        nodes[f"{name}_put"] = {"type": "set", "values": values, "then": after}
    nodes["end"] = {"type": "end", "result": "Done"}
    flow = {"flow": "lead", "object": "Lead", "triggers": ["created"], "start": "t0_look", "nodes": nodes}
    model = load_model({**SURROUNDINGS, **files, "flows/lead.yaml": yaml.dump(flow)})
    assert not model.problems, [str(problem) for problem in model.problems[:3]]
    return world_of(model)


def leads(seed, count=80):
    rng = random.Random(seed)
    drawn = ({name: rng.choice(VALUES[ALIKE.get(name, name)]) for name in (*VALUES, *ALIKE)} for _ in range(count))
    return [(Record("Lead", {n: v for n, v in each.items() if v is not None} | {"Status": "A"}), NOW) for each in drawn]


@pytest.mark.parametrize("most", [one_field.MOST_KEYS, 0], ids=["by classes", "by the column"])
@pytest.mark.parametrize("seed", range(16))
def test_rows_of_tables_lead_where_the_judge_says(seed, most, monkeypatch):
    monkeypatch.setattr(one_field, "MOST_KEYS", most)
    here = generated(seed)
    batch = batch_of(leads(seed), here.types, dictionaries=seed % 2 == 0)
    assert_compiled_is_the_judge(here, batch, sizes=(33, 50))


@pytest.mark.parametrize("seed", range(6))
def test_two_versions_with_other_tables_share_their_classes(seed):
    one, other = generated(seed), generated(seed + 50)
    batch = batch_of(leads(seed), one.types)
    engine = CompiledEngine([one, other], "lead", Names(), full_paths=True)
    (routed,) = run(engine, [lambda: batch], 1)
    for here, outcomes in zip((one, other), routed.outcomes, strict=True):
        assert found(outcomes) == [expected(outcome, here, True) for outcome in judged(here, "lead", batch)]


LANDS = """\
flow: lead
object: Lead
triggers: [created]
start: land
nodes:
  land: {type: lookup, table: lands, as: land, by: {Country: Country}, found: tier, missing: none}
  tier: {type: decision, branches: [{when: land.Tier = 'A', then: best}], otherwise: give}
  give: {type: assign, to: land.Who, unavailable: none, then: none}
  best: {type: end, result: Best}
  none: {type: end, result: Done}
"""
HEADER = """\
table: lands
columns: {Country: {key: KEY, type: text}, Tier: {type: text}, Who: {type: owner}, from: {type: date}}
"""
ROWS = "Norway,A,user/ana,\nPerú,B,user/ben,\nChile,B,user/gone,\n"


def lands(key="exact", rows=ROWS):
    files = {"flows/lead.yaml": LANDS, "flows/tables/lands.yaml": HEADER.replace("KEY", key)}
    model = load_model({**SURROUNDINGS, **files, "flows/tables/lands.csv": "Country,Tier,Who,from\n" + rows})
    assert not model.problems
    return world_of(model)


def layout(here):
    return CompiledEngine([here], "lead", Names(), full_paths=False).layout


def test_what_is_asked_of_rows_found_by_one_field_is_known_before_the_walk():
    made = layout(lands())
    assert not made.early
    assert not made.later
    assert made.width == 1
    assert made.space.domain(("now", ("Country",))).size == 3 + 2


def test_rows_that_are_asked_nothing_but_whether_they_are_there_are_one_class():
    asked_nothing = LANDS.replace("found: tier", "found: best")
    files = {"flows/lead.yaml": asked_nothing, "flows/tables/lands.yaml": HEADER.replace("KEY", "exact")}
    here = world_of(load_model({**SURROUNDINGS, **files, "flows/tables/lands.csv": "Country,Tier,Who,from\n" + ROWS}))
    assert layout(here).space.domain(("now", ("Country",))).size == 1 + 2


@pytest.mark.parametrize(
    ("key", "rows"),
    [
        ("exact", "".join(f"Land {n},A,,\n" for n in range(one_field.MOST_KEYS + 1))),
        ("exact", ROWS + "Togo,B,,2026-11-24\n"),
        ("prefix", ROWS),
        ("wildcard", ROWS),
    ],
    ids=["many", "from a day on", "beginnings", "patterns"],
)
def test_other_tables_are_asked_by_those_who_come_to_them(key, rows):
    here = lands(key, rows)
    assert any(isinstance(question, Looked) for _, question in layout(here).later)
    names = ["Norway", " norway", "PERU\u0301", "Chile", "Togo", "Land 7", "Norwayland", None]
    batch = batch_of([(Record("Lead", {"Country": name} if name else {}), NOW) for name in names], here.types)
    assert_compiled_is_the_judge(here, batch)
