"""A version is routed through unchecked only where the same bytes were found sound; its part routes as all of it."""

import contextlib
import datetime as dt
import json

import pytest

from flowctl.diag import FlowctlError
from flowctl.engine import Turns, route, world_of
from flowctl.flow import Record
from flowctl.ops import check as checks
from flowctl.ops import sound as op
from flowctl.ops.check import Entry, entries_of
from flowctl.ops.versions import Version
from tests.ops.small import FILES, flow

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
LEAD = """\
start: {type: decision, branches: [{when: Score >= 50, label: hot, then: on}], otherwise: find}
find:
  type: lookup
  table: owners
  by: {Country: Country}
  as: row
  found: owner
  missing: turn
owner: {type: assign, to: row.Owner, then: done, unavailable: turn}
turn: {type: rotate, roster: emea, then: done, nobody: done}
on: {type: continue, flow: second}
"""
SECOND = "start: {type: continue, flow: third}"
THIRD = "start: {type: assign, to: queue/raw, then: done}"
OTHER = "start: {type: assign, to: queue/cold, then: done}"
SOUND = {
    path: text.encode()
    for path, text in {
        **FILES,
        "flows/lead.yaml": flow(LEAD),
        "flows/second.yaml": flow(SECOND, "second", "").replace("  done: {type: end, result: Done}\n", ""),
        "flows/third.yaml": flow(THIRD, "third", ""),
        "flows/other.yaml": flow(OTHER, "other", "triggers: [created]"),
        "flows/tables/unused.yaml": FILES["flows/tables/owners.yaml"].replace("table: owners", "table: unused"),
        "flows/tables/unused.csv": FILES["flows/tables/owners.csv"],
    }.items()
}
BROKEN = {**SOUND, "flows/other.yaml": SOUND["flows/other.yaml"].replace(b"queue/cold", b"queue/gone")}
LEADS = [{"Company": "Acme", "Score": 60.0}, {"Country": "peru"}, {"Country": "Norway", "Score": 3.0}, {}]


def version(files=SOUND):
    return Version("live", files)


def outcomes(model):
    world, turns = world_of(model), Turns()
    return [route(world, "lead", Record("Lead", lead), turns, NOW) for lead in LEADS]


def counted(monkeypatch):
    """How often a version is checked from here on."""
    calls = []

    def check(version, **options):
        calls.append(version)
        return checks.sound_model(version, **options)

    monkeypatch.setattr(op, "sound_model", check)
    return calls


@pytest.fixture
def remembered(tmp_path, monkeypatch):
    """A workspace that knows the version as sound; its checks are counted from then on."""
    op.sound(version(), tmp_path)
    return tmp_path, counted(monkeypatch)


def test_the_first_time_all_is_checked_and_read(tmp_path, monkeypatch):
    calls = counted(monkeypatch)

    found = op.sound(version(), tmp_path)

    assert len(calls) == 1
    assert found.of("lead") is found.whole()


def test_the_same_files_are_not_checked_again(remembered):
    root, calls = remembered

    assert list(op.sound(version(), root).whole().flows) == ["lead", "other", "second", "third"]
    assert calls == []


def test_only_what_leads_of_a_flow_come_to_is_read(remembered):
    root, calls = remembered

    model = op.sound(version(), root).of("lead")

    assert (list(model.flows), list(model.tables)) == (["lead", "second", "third"], ["owners"])
    assert (list(model.rosters), list(model.objects)) == (["amer", "emea"], ["Account", "Lead"])
    assert calls == []


def test_leads_go_where_the_whole_version_sends_them(remembered):
    root, _ = remembered

    part, whole = (outcomes(model) for model in (op.sound(version(), root).of("lead"), version().model()))

    assert part == whole
    assert [outcome.goes_to for outcome in part] == ["queue/raw", "queue/hot", "roster/emea", "roster/emea"]


def test_flows_are_chosen_as_from_the_whole_version(remembered):
    root, _ = remembered

    flows = op.sound(version(), root).known.flows

    assert flows == entries_of(version().model())
    assert flows["other"] == Entry("Lead", is_set_off=True)


def test_a_flow_that_is_not_there_is_refused_as_ever(remembered):
    root, _ = remembered

    assert list(op.sound(version(), root).of("nothing").flows) == ["lead", "other", "second", "third"]


def test_an_error_beside_the_way_of_the_leads_refuses_all_of_them(remembered):
    root, _ = remembered

    for _ in range(2):  # an error is not remembered
        with pytest.raises(FlowctlError, match="no lead can be routed through it") as told:
            op.sound(version(BROKEN), root)
        assert [d.span.file for d in told.value.found] == ["flows/other.yaml"]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({**SOUND, "flows/other.yaml": SOUND["flows/other.yaml"] + b"#"}, id="a byte"),
        pytest.param({**SOUND, "flows/rosters/extra.yaml": b"roster: extra\nmembers: []\n"}, id="a file more"),
        pytest.param({p: d for p, d in SOUND.items() if p != "flows/rosters/amer.yaml"}, id="a file less"),
        pytest.param({p.replace("other", "renamed"): d for p, d in SOUND.items()}, id="a file renamed"),
    ],
)
def test_what_is_known_of_another_version_says_nothing(remembered, files):
    root, calls = remembered

    with contextlib.suppress(FlowctlError):
        op.sound(version(files), root)

    assert len(calls) == 1


def test_fixtures_that_did_not_matter_are_checked_where_they_do(tmp_path):
    files = {**SOUND, "flows/fixtures/lead/all.yaml": b"- why: x\n  lead: {Nothing: 1}\n"}
    op.sound(version(files), tmp_path, fixtures=False)

    with pytest.raises(FlowctlError, match="live has"):
        op.sound(version(files), tmp_path)


def test_what_other_code_has_found_sound_is_checked(remembered, monkeypatch):
    root, calls = remembered
    monkeypatch.setattr(op.checked, "_code", lambda: [["another"]])

    op.sound(version(), root)

    assert len(calls) == 1


def damaged(root, change):
    path = root / op.FILE
    kept = json.loads(path.read_text())
    change(kept)
    path.write_text(json.dumps(kept))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"form": 1}', '{"form": 1, "sound": 3}', '{"form": 1, "sound": [3]}', "[" * 200_000],
)
def test_a_memory_that_cannot_be_read_is_no_memory(remembered, text):
    root, calls = remembered
    (root / op.FILE).write_text(text)

    op.sound(version(), root)

    assert len(calls) == 1
    assert op.sound(version(), root).model is None  # written anew


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda kept: kept.update(form=0), id="another form"),
        pytest.param(lambda kept: kept["sound"][0].update(key="x"), id="another key"),
        pytest.param(lambda kept: kept["sound"][0].update(flows=[["lead"]]), id="half a flow"),
        pytest.param(lambda kept: kept["sound"][0].pop("flows"), id="no flows"),
    ],
)
def test_a_damaged_memory_is_no_memory(remembered, change):
    root, calls = remembered
    damaged(root, change)

    op.sound(version(), root)

    assert len(calls) == 1


@pytest.mark.parametrize("files", [[], ["flows/lead.yaml"], ["flows/second.yaml", "flows/third.yaml"]])
def test_where_the_memory_leaves_a_file_out_all_is_read(remembered, files):
    root, calls = remembered
    damaged(root, lambda kept: [flow.__setitem__(3, files) for flow in kept["sound"][0]["flows"]])

    model = op.sound(version(), root).of("lead")

    assert outcomes(model) == outcomes(version().model())
    assert len(calls) == 1


def test_a_few_versions_are_remembered_and_the_oldest_forgotten(remembered):
    root, calls = remembered
    others = [{**SOUND, "flows/lead.yaml": SOUND["flows/lead.yaml"] + b"#" * n} for n in range(1, op.MOST)]
    for files in others:
        op.sound(version(files), root)

    assert op.sound(version(), root).model is None
    op.sound(version({**SOUND, "flows/other.yaml": SOUND["flows/other.yaml"] + b"#"}), root)

    assert op.sound(version(), root).model is not None
    assert len(json.loads((root / op.FILE).read_text())["sound"]) == op.MOST
    assert len(calls) == op.MOST + 1


def test_a_folder_that_cannot_be_written_is_checked_all_the_same(tmp_path):
    (tmp_path / ".flowctl").write_text("a file in the way")

    assert op.sound(version(), tmp_path).model is not None
