"""`simulate --traffic|--actual|--routed-by`, `watch` and the bounds of a plan, typed in a workspace of the sample."""

import csv
import json

import pytest

pytestmark = pytest.mark.slow  # real git, and the whole sample

HEAD = "Id,Company,Email,Country,Status,Person_Score__c,CreatedBy,account.Type,account.BDR_Assigned__c,CreatedDate"
BORN = "2026-11-20T10:00:00Z"


def leads(file, *rows, head=HEAD, more=""):
    file.write_text("\n".join([head + more, *rows]) + "\n")
    return str(file)


def lead(n, actual=None, *, country="Germany", status="MQL", when=BORN):
    cells = [
        f"00Q5f00000000{n:02}", f"Acme {n}", f"ana{n}@acme{n}.example", country, status, "120", "user/marketo.sync", "",
        "",
    ]  # fmt: skip
    return ",".join([*cells, when, *([actual] if actual is not None else [])])


def owners(told):
    """Who each lead goes to, by `simulate --json`."""
    return [routed["after"]["owner"] for routed in told.data["simulations"][0]["routed"]]


@pytest.fixture
def past(week):
    """Five leads and whom they really got: live's owners, but for the last one."""
    file = week.root / "leads.csv"
    rows = [(n, {"country": "Germany" if n % 2 else "Norway"}) for n in range(1, 6)]
    leads(file, *(lead(n, **given) for n, given in rows))
    told = week("simulate", "leads.csv", "--flow", "lead", "--json")
    really = [*owners(told)[:4], "queue/partner"]
    leads(
        file, *(lead(n, owner, **given) for (n, given), owner in zip(rows, really, strict=True)), more=",Actual_Owner"
    )
    return week


def test_traffic_is_counted_kept_and_drawn_on_the_flow(week):
    leads(week.root / "leads.csv", lead(1), lead(2))

    counted = week("simulate", "leads.csv", "--flow", "lead", "--traffic", "--json")
    shown = week("show", "lead", "--traffic")
    node = week("show", "lead", "--node", "person_score", "--traffic", "--json")

    assert counted.data["traffic"]["flows"][0]["leads"] == 2
    assert counted.data["traffic"]["kept"][0] == ".flowctl/traffic/lead.json"
    assert "2 100.0%  with_a_partner" in shown.out
    assert "traffic of 2 leads of leads.csv, leads of 2026-11-20" in shown.out
    assert node.data["traffic"]["leads"] == 2
    assert node.data["traffic_is_stale"] is False


def test_traffic_of_another_version_says_so(week):
    leads(week.root / "leads.csv", lead(1))
    week("simulate", "leads.csv", "--flow", "lead", "--traffic")
    week.edit("flows/lead.yaml", "Person_Score__c >= 0", "Person_Score__c >= 1")

    shown = week("show", "lead", "--traffic")
    page = week("show", "lead", "--traffic", "--html", "-o", "-")

    assert "counted on another version of this flow" in shown.out
    assert '"crowd":["leads.csv",1,"counted on another version of lead' in page.out
    assert '"traffic":true' in page.out


def test_traffic_that_was_never_counted_is_an_error_that_says_how(week):
    told = week("show", "lead", "--traffic")

    assert told.code == 3
    assert "no traffic of `lead` was kept" in told.err
    assert "flowctl simulate leads.csv --flow lead --traffic" in told.err


def test_traffic_from_elsewhere_is_a_file(week, tmp_path):
    leads(week.root / "leads.csv", lead(1))
    answer = tmp_path / "traffic.json"
    week("simulate", "leads.csv", "--flow", "lead", "--traffic", "--json-into", str(answer))
    (week.root / ".flowctl/traffic/lead.json").unlink()

    told = week("show", "lead", "--traffic-file", str(answer))

    assert told.code == 0
    assert "traffic of 1 lead of leads.csv" in told.out


def test_leads_are_compared_with_the_owners_that_they_really_got(past):
    told = past("simulate", "leads.csv", "--flow", "lead", "--actual", "Actual_Owner")

    assert told.out.startswith("80.0% of 5 leads went where lead sends them")
    assert "Acme 5 (row 5)" in told.out
    assert "where agreement breaks" not in told.out or "queue/partner" in told.out


def test_each_lead_is_routed_by_the_release_of_its_time(week):
    rows = [
        lead(1, "queue/raw", when="2026-10-01T10:00:00Z"),
        lead(2, "queue/raw", status="Raw", when="2026-10-20T10:00:00Z"),
        lead(3, "queue/raw", status="Raw", when="2026-11-18T10:00:00Z"),
    ]
    leads(week.root / "leads.csv", *rows, more=",Actual_Owner")

    found = week("simulate", "leads.csv", "--flow", "lead", "--actual", "Actual_Owner", "--as-of", "--json").data[
        "backtest"
    ]

    assert (found["leads"], found["compared"], found["before_the_first_release"]) == (3, 2, 1)
    assert [part["release"] for part in found["releases"]] == ["2026-10-19", "2026-11-16"]


def test_a_history_log_says_what_happened_and_what_leads_were(week):
    leads(week.root / "leads.csv", *(lead(n) for n in range(1, 6)))
    start = json.dumps({"Status": "Raw", "OwnerId": "user/marketo.sync"}).replace('"', '""')
    end = json.dumps({"OwnerId": "Marketo Sync"}).replace('"', '""')
    log = week.root / "log.csv"
    log.write_text(
        f'TracRTC__Record_Id__c,TracRTC__Start_State__c,TracRTC__End_State__c\n00Q5f0000000001AAA,"{start}","{end}"\n'
    )

    found = week("simulate", "leads.csv", "--flow", "lead", "--actual", "log.csv", "--json").data["backtest"]

    assert (found["compared"], found["not_in_history"], found["actual"]) == (1, 4, "log.csv")


def test_a_column_that_is_not_there_is_an_error_with_a_hint(past):
    told = past("simulate", "leads.csv", "--flow", "lead", "--actual", "Actual_Ownr")

    assert told.code == 3
    assert "`Actual_Ownr`" in told.err
    assert "did you mean `Actual_Owner`?" in told.err


@pytest.fixture
def misrouted(week):
    """A release by which MQLs from Norway went elsewhere: the one of 2026-11-09 asked for no community program."""
    rows = [lead(1, "education program"), lead(2, "=x"), lead(3, "education program", when="2026-11-01T10:00:00Z")]
    leads(week.root / "leads.csv", *rows, more=",Last_Interesting_Moment__c")
    return week


def test_the_leads_that_a_release_misrouted_are_listed_for_a_data_loader(misrouted):
    told = misrouted("simulate", "leads.csv", "--flow", "lead", "--routed-by", "2026-10-26", "--all", "-o", "back.csv")

    assert told.code == 0, told.err
    with (misrouted.root / "back.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Id"] for row in rows] == ["00Q5f0000000003", "00Q5f0000000001"]  # in order of arrival
    assert {row["Owner"] for row in rows} == {"queue/community-programs"}
    assert all(row["OwnerId"].startswith("00G") for row in rows)
    assert "community program" in rows[0]["Why"]
    assert not list(misrouted.root.glob(".back.csv*"))


def test_columns_that_are_no_fields_are_passed_over_where_misrouted_leads_are_listed(misrouted):
    head, *rows = (misrouted.root / "leads.csv").read_text().splitlines()
    (misrouted.root / "more.csv").write_text("\n".join([head + ",Really", *(row + ",s3cret" for row in rows)]) + "\n")
    given = ("--routed-by", "2026-11-16", "--against", "live", "--flow", "lead", "--missing-as-blank", "--json")

    told = misrouted("simulate", "more.csv", *given, "-o", "more-reroute.csv")

    assert told.code == 0, told.err
    assert (misrouted.root / "more-reroute.csv").exists()
    assert "s3cret" not in told.out + told.err


def test_leads_that_the_release_did_not_route_are_left_out_of_the_list(misrouted):
    told = misrouted("simulate", "leads.csv", "--flow", "lead", "--routed-by", "2026-10-26", "--json")

    found = told.data["reroute"]
    assert (found["misrouted"], found["not_of_its_time"]) == (1, 1)
    assert [example["row"] for example in found["examples"]] == [3]


def test_a_list_for_a_data_loader_needs_ids(misrouted):
    file = misrouted.root / "leads.csv"
    file.write_text(file.read_text().replace("Id,Company", "Phone,Company"))

    told = misrouted("simulate", "leads.csv", "--flow", "lead", "--routed-by", "2026-10-26", "-o", "back.csv")

    assert told.code == 3
    assert "no column `Id`" in told.err
    assert not (misrouted.root / "back.csv").exists()


def test_what_is_of_leads_of_a_file_needs_one_and_goes_alone(week):
    alone = week("simulate", "--traffic")
    both = week("simulate", "leads.csv", "--traffic", "--actual", "X")
    half = week("simulate", "leads.csv", "--as-of")
    form = week("simulate", "leads.csv", "--traffic", "-f", "html")

    assert [told.code for told in (alone, both, half, form)] == [64, 64, 64, 64]
    assert "`--traffic` and `--actual` at once" in both.err
    assert "`--as-of` is of `--actual`" in half.err


def test_a_release_after_which_all_is_as_foretold_stays(past):
    file = past.root / "leads.csv"
    file.write_text("\n".join(file.read_text().splitlines()[:-1]) + "\n")

    told = past("watch", "--actual", "leads.csv", "--flow", "lead")

    assert told.code == 0, told.err
    assert told.out.startswith("✓ all is as foretold: 100.0% of 4 leads went where they should")


def test_a_release_after_which_leads_go_astray_is_to_be_rolled_back(past):
    told = past("watch", "--actual", "leads.csv", "--flow", "lead")
    lenient = past("watch", "--actual", "leads.csv", "--flow", "lead", "--tolerance", "20%")

    assert told.code == 1
    assert "80.0% of 5 leads went where the release sends them, at least 95% should" in told.out
    assert told.out.strip().splitlines()[-1].startswith("next: flowctl rollback production --reason")
    assert lenient.code == 0


def test_leads_without_an_owner_are_more_than_were_foretold(past):
    file = past.root / "leads.csv"
    file.write_text(file.read_text().replace("queue/partner", ""))

    told = past("watch", "--actual", "leads.csv", "--flow", "lead", "--tolerance", "20%", "--json")
    allowed = past("watch", "--actual", "leads.csv", "--flow", "lead", "--tolerance", "20%", "--unrouted", "1")

    assert told.code == 1
    assert told.data["unrouted"] == {"foretold": 0, "really": 1}
    assert told.data["reasons"] == ["1 leads are unrouted, 0 foretold"]
    assert allowed.code == 0


def test_leads_of_before_the_release_are_not_watched(past):
    file = past.root / "leads.csv"
    file.write_text(file.read_text().replace(BORN, "2026-11-10T10:00:00Z"))

    told = past("watch", "--actual", "leads.csv", "--flow", "lead")

    assert told.code == 3
    assert "none of the leads can be compared: 5 of 5 arrived before 2026-11-16" in told.err


BOUNDS = """\
  weekly:
    check: error
    leads: leads.csv
    flow: lead
    actual: Actual_Owner
    impact: [unrouted == 0, share(queue/raw) <= 30%, moved <= 5%, agreement >= 98%]
"""


@pytest.fixture
def bounded(past, monkeypatch):
    from flowctl.history import open_repository  # noqa: F401 -- the workspace is one

    monkeypatch.setenv("FLOWCTL_NOW", "2026-11-25T09:00:00Z")
    config = past.root / "flowctl.yaml"
    config.write_text(
        "\n".join(BOUNDS.rstrip() if "  weekly:" in x else x for x in config.read_text().splitlines()) + "\n"
    )
    import subprocess

    who = ["-c", "user.name=x", "-c", "user.email=x@x.example"]
    subprocess.run(["git", *who, "commit", "-qam", "bounds"], cwd=past.root, check=True)
    past("clone", "live", "--summary", "A little edit")
    past.edit("flows/lead.yaml", "Person_Score__c >= 0", "Person_Score__c >= 0.5")
    past("save", "-m", "edit")
    return past


def gates(told):
    return [(gate["passed"], gate["figure"]) for gate in told.data["gates"] if gate["gate"] == "impact"]


def test_a_plan_holds_the_leads_against_their_bounds_and_is_the_same_tomorrow(bounded, monkeypatch):
    told = bounded("plan", "--to", "production", "--json")
    monkeypatch.setenv("FLOWCTL_NOW", "2026-11-26T09:00:00Z")
    tomorrow = bounded("plan", "--to", "production", "--json")

    assert gates(told) == [
        (True, "unrouted: 0 of 5 leads of leads.csv, exactly 0"),
        (True, "share(queue/raw): 0.0%, 0 of 5 leads of leads.csv, at most 30%"),
        (True, "moved: 0.0%, 0 of 5 leads of leads.csv, at most 5%"),
        (False, "agreement: 80.0%, 4 of 5 leads of leads.csv, at least 98%"),
    ]
    assert told.code == 5
    assert told.data["id"] == tomorrow.data["id"]


def test_leads_that_are_not_at_hand_stop_a_plan(bounded):
    (bounded.root / "leads.csv").unlink()

    told = bounded("plan", "--to", "production", "--json")

    [(passed, figure)] = gates(told)
    assert not passed
    assert "there is no `leads.csv` here" in figure
