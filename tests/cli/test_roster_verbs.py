"""`roster` and `route`, as typed: who is next, who is out, who is back."""

import json

import pytest

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

EMEA = "flows/rosters/sdr-emea.yaml"


@pytest.fixture
def kept(drafted):
    """As if leads had been routed in production."""
    state = {
        "schema": "flowctl/turns/1",
        "rosters": {
            "sdr-emea": {
                "turns": "order",
                "members": {
                    "noor.haddad": {"score": -3, "weight": 2},
                    "lars.holm": {"score": 1, "weight": 1},
                    "ines.duarte": {"score": 2, "weight": 1},
                    "tomas.zielinski": {"score": 0, "weight": 1},
                },
                "load": {"noor.haddad": {"2026-11-20": 3, "2026-11-19": 1, "2026-11-13": 5}},
            }
        },
    }
    (drafted.root / ".flowctl/environments/production/turns.json").write_text(json.dumps(state))
    return drafted


def test_show_says_who_is_next_and_what_everybody_was_given(kept):
    told = kept("roster", "show", "sdr-emea")

    assert "next  ines.duarte\nby the turns of production" in told.out
    assert "noor.haddad      Noor Haddad           2  there" in told.out
    assert [line.split()[-2:] for line in told.out.splitlines() if line.startswith("noor")] == [["3", "4"]]


def test_show_says_why_somebody_is_out(kept):
    kept.edit(EMEA, "user: ines.duarte", 'user: ines.duarte\n    hours: "Sa 10:00-12:00"')
    kept.edit(EMEA, "  - user: noor.haddad", "  - user: noor.haddad\n    cap: 3/day")

    told = kept("roster", "show", "sdr-emea", "--json").data

    out = {member["user"]: member["out"] for member in told["members"]}
    assert out["ines.duarte"] == "outside working hours"
    assert out["noor.haddad"] == "3 of 3 today"
    assert out["lars.holm"] == "on leave until 2026-11-20; noor.haddad, who covers: 3 of 3 today"
    assert told["next"]["owner"] == "user/tomas.zielinski"
    assert told["turns_of"] == "production"
    shown = " ".join(kept("roster", "show", "sdr-emea").out.split())
    assert "away; noor.haddad, who covers: 3 of 3" in shown
    assert "3 of 3 4" in shown


def test_a_roster_that_a_table_names_is_used_by_who_looks_it_up(drafted):
    told = drafted("roster", "show", "bdr-apac", "--json").data

    assert {"flow": "inbound", "node": "bdr_turn"} in told["used_by"]


def test_show_can_ask_another_environment_and_says_what_it_cannot_ask(kept):
    assert "by the turns of staging" in kept("roster", "show", "sdr-emea", "--in", "staging").out
    assert "there is no environment `prod`" in kept("roster", "show", "sdr-emea", "--in", "prod").err


def test_damaged_turns_are_told_with_their_file(kept):
    (kept.root / ".flowctl/environments/production/turns.json").write_text("{")

    told = kept("roster", "show", "sdr-emea")

    assert told.code == 3
    assert "turns.json` is no JSON" in told.err


def test_rehearse_lists_the_next_turns_and_moves_none(kept):
    first = kept("roster", "rehearse", "sdr-emea", "-n", "3")
    again = kept("roster", "rehearse", "sdr-emea", "-n", "3")

    assert first.out == again.out
    assert [line.strip() for line in first.out.splitlines()[4:]] == [
        "1  ines.duarte",
        "2  noor.haddad for lars.holm",
        "3  noor.haddad",
    ]


def test_rehearse_at_a_moment_says_who_is_passed_over(kept):
    told = kept("roster", "rehearse", "sdr-emea", "-n", "2", "--at", "2026-12-24T12:00:00Z")
    data = kept("roster", "rehearse", "sdr-emea", "-n", "2", "--at", "2026-12-24T12:00:00Z", "--json").data

    assert "nobody" in told.out
    assert "as before" in told.out
    assert {over["user"]: over["reason"] for over in data["turns"][0]["passed_over"]} == {
        "noor.haddad": "on leave until 2027-01-03",
        "lars.holm": "on leave until 2026-12-28",
        "ines.duarte": "on leave until 2026-12-27",
        "tomas.zielinski": "on leave until 2026-12-27",
    }
    assert kept("roster", "rehearse", "sdr-emea", "--at", "noon").code == 3


def test_in_ends_the_leave_that_is_running(drafted):
    told = drafted("roster", "in", "Lars Holm")

    assert told.code == 0
    assert "✓ lars.holm is back (sdr-emea)" in told.out
    assert 'next: flowctl save -m "lars.holm is back"' in told.out
    assert "{from: 2026-11-19, to: 2026-11-19, cover: noor.haddad}" in (drafted.root / EMEA).read_text()
    again = drafted("roster", "in", "lars.holm")
    assert again.code == 3
    assert "`lars.holm` is not away today" in again.err
    assert "`flowctl roster in lars.holm --from 2026-12-24` takes out the next leave" in again.err


def test_in_takes_out_a_leave_that_has_not_begun_or_begins_today(drafted):
    before = (drafted.root / EMEA).read_text()
    drafted("roster", "out", "ines.duarte", "--from", "2026-11-20", "--to", "2026-11-23")
    drafted("roster", "out", "tomas.zielinski", "--from", "2026-12-01", "--to", "2026-12-02")

    today = drafted("roster", "in", "ines.duarte")
    coming = drafted("roster", "in", "tomas.zielinski", "--from", "2026-12-01")

    assert today.code == coming.code == 0
    assert (drafted.root / EMEA).read_text() == before
    assert (
        "no leave of `ines.duarte` begins on 2026-12-01"
        in drafted("roster", "in", "ines.duarte", "--from", "2026-12-01").err
    )


def test_in_warns_of_another_leave_that_still_holds(drafted):
    drafted("roster", "out", "lars.holm", "--from", "2026-11-18", "--to", "2026-11-25")

    assert "! another leave in `sdr-emea` holds until 2026-11-25" in drafted("roster", "in", "lars.holm").out


def test_out_warns_of_a_cover_who_is_away_too(drafted):
    told = drafted(
        "roster", "out", "ines.duarte", "--from", "2026-12-28", "--to", "2026-12-30", "--cover", "noor.haddad"
    )

    said = " ".join(told.out.split())
    assert "`noor.haddad` is away from 2026-12-21 to 2027-01-03, too (sdr-emea): nobody takes the turns then" in said


# -- route


@pytest.fixture
def leads(drafted):
    (drafted.root / "three.json").write_text(json.dumps([{"Company": f"Acme {n}"} for n in range(3)]))
    return "three.json"


def test_route_tells_where_leads_went_and_keeps_the_turns(leads, drafted):
    told = drafted("route", leads, "--in", "production", "--leads", "--json")

    assert told.code == 0
    assert told.data["schema"] == "flowctl/route/1"
    (simulation,) = told.data["simulations"]
    assert (simulation["version"], simulation["against"]) == ("production", None)
    turns = json.loads((drafted.root / ".flowctl/environments/production/turns.json").read_text())
    assert turns["schema"] == "flowctl/turns/1"
    assert drafted("status").code == 0


def test_route_asks_for_an_environment(drafted):
    assert "missing option `--in`" in drafted("route", "leads.csv").err
    assert "there is no environment `prod`" in drafted("route", "leads.csv", "--in", "prod").err


def test_list_and_rehearse_say_that_nobody_is_there(drafted, monkeypatch):
    drafted.edit(EMEA, "\nmembers:\n", '\nhours: "Mo-Fr 09:00-17:00"\nmembers:\n')
    (drafted.root / "flows/rosters/none.yaml").write_text("roster: none\nmembers: []\n")
    monkeypatch.setenv("FLOWCTL_NOW", "2026-11-22T12:00:00Z")

    listed = " ".join(drafted("roster", "list").out.split())

    assert "nobody at work now (" in listed
    assert "outside working hours)" in listed
    assert drafted("roster", "rehearse", "none").out.splitlines()[1:] == ["", "nobody is in it"]
