"""Turns are the environment's: no release, rollback or rename takes them back."""

import json

import pytest

from flowctl.diag import Blocked, FlowctlError
from flowctl.ops.leads import Source
from flowctl.ops.roster import kept_turns, rehearse, show_roster
from flowctl.ops.route import route_leads
from flowctl.ops.save import save
from flowctl.ops.versions import find, here
from tests.ops.promotion.week import LEAD, NOW, ROSTER, begin, edit, git, roll_back, ship

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

LEADS = b"Email,Company,Person_Score__c\n"


def routed(ws, count, environment="production", flow="lead", now=NOW):
    """Whom so many leads go to, one after the other, in an environment."""
    leads = LEADS + b"kim@acme.example,Acme,80\n" * count
    report = route_leads(Source(ws, ws.root, lambda: leads), environment, "-", flow, (), now)
    (simulation,) = report.simulations
    return [r.after.owner.removeprefix("user/").partition(".")[0] for r in simulation.routed]


def turns_file(ws, environment="production"):
    return ws.root.parent / "envs" / environment / "turns.json"


def test_turns_go_on_from_one_command_to_the_next_and_each_environment_has_its_own(ws):
    assert routed(ws, 1) + routed(ws, 2) == ["ana", "ben", "ana"]
    assert routed(ws, 1, "staging") == ["ana"]


def test_turns_survive_a_release_and_a_rollback(ws):
    taken = routed(ws, 1)

    begin(ws, "lead")
    ship(ws)
    taken += routed(ws, 1)
    roll_back(ws)
    taken += routed(ws, 1)

    assert taken == ["ana", "ben", "ana"]


def test_turns_survive_the_rename_of_a_roster_and_its_rollback(ws):
    begin(ws, "sales-more", kind="roster")
    ship(ws)
    expected = ["ana", "ana", "ben", "ana"]
    taken = routed(ws, 1)

    begin(ws, "lead")
    git(ws.root, "mv", ROSTER, "flows/rosters/sellers.yaml")
    rename(ws, "flows/rosters/sellers.yaml", "roster: sales\n", "roster: sellers\nwas: sales\n")
    rename(ws, LEAD, "roster: sales", "roster: sellers")
    save(ws, "sales are sellers now", NOW)
    ship(ws)
    taken += routed(ws, 1)
    assert list(json.loads(turns_file(ws).read_text())["rosters"]) == ["sellers"]
    roll_back(ws, rosters=True)
    taken += routed(ws, 2)

    assert taken == expected
    assert list(json.loads(turns_file(ws).read_text())["rosters"]) == ["sales"]


def sellers_become(ws, old, new, was):
    """A release in which a roster has another name; `was` is what its file says of the one before."""
    begin(ws)
    before, after = f"flows/rosters/{old}.yaml", f"flows/rosters/{new}.yaml"
    if old != new:
        git(ws.root, "mv", before, after)
        rename(ws, LEAD, f"roster: {old}", f"roster: {new}")
    text = (ws.root / after).read_text()
    members = text[text.index("members:") :]
    (ws.root / after).write_text(f"roster: {new}\n" + (f"was: {was}\n" if was else "") + members)
    save(ws, f"{old} are {new} now", NOW)
    ship(ws)


def test_turns_survive_two_renames_without_a_lead_in_between_and_the_rollback_of_both(ws):
    begin(ws, "sales-more", kind="roster")
    ship(ws)
    expected = ["ana", "ana", "ben", "ana"]
    taken = routed(ws, 1)

    sellers_become(ws, "sales", "sellers", was="sales")
    sellers_become(ws, "sellers", "closers", was="sellers")
    taken += routed(ws, 1)
    assert list(json.loads(turns_file(ws).read_text())["rosters"]) == ["closers"]
    roll_back(ws, rosters=True)
    roll_back(ws, rosters=True)
    taken += routed(ws, 2)

    assert taken == expected


def test_turns_survive_a_rename_whose_was_is_dropped_before_the_first_lead(ws):
    taken = routed(ws, 1)

    sellers_become(ws, "sales", "sellers", was="sales")
    sellers_become(ws, "sellers", "sellers", was=None)
    taken += routed(ws, 2)

    assert taken == ["ana", "ben", "ana"]


def test_turns_that_are_damaged_keep_no_release_away(ws):
    turns_file(ws).write_text('{"schema": "flowctl/turns/1", "rosters": {"sales": {}}}')

    begin(ws, "lead")
    ship(ws)

    assert turns_file(ws).read_text().endswith('{"sales": {}}}')


def test_turns_survive_the_rename_of_a_member_and_its_rollback(ws):
    taken = routed(ws, 1)

    begin(ws)
    rename(ws, ROSTER, "{user: ana.silva}", "{user: ana.berg, was: ana.silva}")
    rename(ws, "flows/directory.yaml", "  ana.silva:", "  ana.berg: {name: Ana Berg}\n  ana.silva:")
    for path in ("flows/fixtures/lead/first.yaml",):
        rename(ws, path, "user/ana.silva", "user/ana.berg")
    for place in ("staging", "production"):
        org = ws.root.parent / "envs" / place / "org.yaml"
        org.write_text(org.read_text().replace("  ben", "  ana.berg: {id: 0051f00000AnaBeAAA}\n  ben"))
    save(ws, "Ana has married", NOW)
    ship(ws)
    taken += routed(ws, 2)
    roll_back(ws, rosters=True)
    taken += routed(ws, 1)

    assert taken == ["ana", "ben", "ana", "ben"]


def rename(ws, path, old, new):
    file = ws.root / path
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


# -- what routes, and what does not


def test_leads_go_by_what_was_promoted_and_not_by_the_draft(ws):
    begin(ws, "sales-more", kind="roster")

    assert routed(ws, 2) == ["ana", "ben"]


def test_who_is_inactive_in_the_environment_gets_nothing(ws):
    org = ws.root.parent / "envs/production/org.yaml"
    org.write_text(org.read_text().replace("AnaSlAAA}", "AnaSlAAA, active: false}"))

    assert routed(ws, 2) == ["ben", "ben"]


@pytest.mark.parametrize(
    ("leads", "message"),
    [(b"Email,Compny\na@b.example,Acme\n", "does not fit the object"), (LEADS, "holds no leads")],
    ids=["an unknown field", "no leads"],
)
def test_leads_that_do_not_fit_move_no_turn(ws, leads, message):
    routed(ws, 1)
    before = turns_file(ws).read_bytes()

    with pytest.raises(FlowctlError, match=message):
        route_leads(Source(ws, ws.root, lambda: leads), "production", "-", "lead", (), NOW)

    assert turns_file(ws).read_bytes() == before


def test_damaged_turns_stop_the_routing_and_stay_as_they_are(ws):
    turns_file(ws).write_text('{"schema": "flowctl/turns/1", "rosters": {"sales": {}}}')

    with pytest.raises(FlowctlError, match=r"damaged at `rosters\.sales\.turns`"):
        routed(ws, 1)

    assert turns_file(ws).read_text().endswith('{"sales": {}}}')


def test_while_a_promotion_runs_no_lead_is_routed(ws, monkeypatch):
    monkeypatch.setattr("flowctl.ops.route.WAIT_SECONDS", 0.0)

    with ws.environment("production").lease("Mia Chen", 0), pytest.raises(Blocked, match="Mia Chen"):
        routed(ws, 1)


def test_an_unknown_environment_is_told(ws):
    with pytest.raises(FlowctlError, match="there is no environment `prod`"):
        routed(ws, 1, "prod")


# -- what `roster` says of the turns


def test_show_says_who_is_next_and_what_everybody_was_given(ws):
    routed(ws, 3)

    state = show_roster(ws, here(ws), "sales", None, NOW)

    assert state.next.owner == "user/ben.okafor"
    assert [(m.load.day, m.load.week) for m in state.members] == [(2, 2), (1, 1)]
    assert (state.kept.environment, state.kept.missing) == ("production", None)


def test_a_rehearsal_goes_on_from_the_turns_of_an_environment_and_moves_none(ws):
    routed(ws, 1)
    before = turns_file(ws).read_bytes()

    found = rehearse(ws, find(ws, "live"), "sales", "production", NOW, 3)

    assert [picked.owner for picked in found.turns] == ["user/ben.okafor", "user/ana.silva", "user/ben.okafor"]
    assert turns_file(ws).read_bytes() == before
    assert routed(ws, 3) == ["ben", "ana", "ben"]


def test_a_draft_can_be_rehearsed_with_the_turns_of_production(ws):
    routed(ws, 1)
    begin(ws, stage=False)
    edit(ws, "sales-more")

    found = rehearse(ws, here(ws), "sales", None, NOW, 4)

    assert [picked.owner.partition(".")[0] for picked in found.turns] == [
        "user/ben",
        "user/ana",
        "user/ana",
        "user/ana",
    ]


def test_where_production_is_not_here_turns_are_fresh_and_that_is_said(ws):
    routed(ws, 1)
    (ws.root.parent / "envs/production").rename(ws.root.parent / "elsewhere")

    state = show_roster(ws, find(ws, "HEAD"), "sales", None, NOW)

    assert state.next.owner == "user/ana.silva"
    assert "is not an environment" in state.kept.missing
    with pytest.raises(FlowctlError, match="is not an environment"):
        kept_turns(ws, "production")
