"""`test` and `simulate` on a small workspace: coverage of both kinds, changes that nobody notices, jobs, policies."""

import subprocess

import pytest

from tests.cli.conftest import Place
from tests.ops.small import FILES, fixture, flow

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

NODES = """\
start:
  type: decision
  branches:
    - {when: Score >= 50 AND Country != 'Peru', label: hot, then: to_hot}
  otherwise: to_raw
to_hot: {type: assign, to: queue/hot, then: done}
to_raw: {type: assign, to: queue/raw, then: done}
"""
JOB = """\
start:
  type: decision
  branches:
    - {when: Source IS BLANK, label: none, then: stamp}
  otherwise: to_raw
stamp: {type: set, values: {Source: "'Job'"}, then: to_raw}
to_raw: {type: assign, to: queue/raw, then: done}
"""
NEW = """\
start:
  type: decision
  branches:
    - {when: ISNEW() OR CHANGED(Status), label: new, then: to_hot}
  otherwise: to_raw
to_hot: {type: assign, to: queue/hot, then: done}
to_raw: {type: assign, to: queue/raw, then: done}
"""
LEADS = "Company,Status,Score,Owner\nAcme,Raw,5,queue/hot\nBolt,MQL,5,queue/hot\nCorp,Raw,,queue/hot\n"
CONFIG = "environments:\n  production: {adapter: local, path: .flowctl/environments/production}\n"


@pytest.fixture
def small(tmp_path, monkeypatch, capsys):
    """A workspace with a flow of events and, once `job` is written, a job."""
    place = Place(tmp_path, capsys)
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)
    fixtures = fixture("Score: 60", "owner: queue/hot, ends: done") + fixture("Score: 5", "owner: queue/raw")
    write(place, {**FILES, "flowctl.yaml": CONFIG, "flows/lead.yaml": flow(NODES)})
    write(place, {"flows/fixtures/lead/all.yaml": fixtures, "leads.csv": LEADS})
    return place


def write(place, files):
    for path, text in files.items():
        (place.root / path).parent.mkdir(parents=True, exist_ok=True)
        (place.root / path).write_text(text)


WEEKLY = {"flows/job.yaml": flow(JOB, "job", "schedule: {every: monday 06:00, where: Status = 'Raw'}")}
DAILY = {"flows/two.yaml": flow(JOB, "two", "schedule: {every: day 07:00}")}


# -- coverage


def test_coverage_may_stand_without_a_number_and_lists_what_no_fixture_meets(small):
    told = small("test", "--coverage")

    assert told.code == 0
    assert told.out.splitlines() == [
        "✓ 2 of 2 fixtures pass on the work tree",
        "✓ coverage 100% of nodes and ways out (8 of 8)",
        "! conditions 75% of comparisons, true and false (3 of 4)",
        "    flows/lead.yaml:9:32: `Country != 'Peru'` is never false",
    ]
    assert small("test", "--coverage", "lead").out == told.out
    assert small("test", "lead", "--coverage", "--list").code == 0


def test_the_shares_that_are_asked_for_decide(small):
    assert small("test", "--coverage", "100").code == 0
    assert small("test", "--conditions", "75").code == 0

    told = small("test", "--conditions", "80")

    assert told.code == 1
    assert "✗ conditions 75% of comparisons, true and false (3 of 4), at least 80%" in told.out


def test_without_being_asked_only_ways_are_told_but_data_has_both(small):
    assert "conditions" not in small("test").out
    assert small("test", "--json").data["coverage"]["conditions"] == {"percent": 75.0, "least": None}
    assert small("test", "--json").data["coverage"]["flows"][0]["unseen"] == [
        {
            "node": "start",
            "atom": "Country != 'Peru'",
            "missing": [False],
            "place": {"file": "flows/lead.yaml", "line": 9, "column": 32},
        }
    ]


def test_each_share_that_is_asked_for_is_a_case_of_junit(small):
    told = small("test", "-f", "junit", "--coverage", "100", "--conditions", "80")

    assert told.code == 1
    assert "75% of comparisons, true and false, at least 80%" in told.out
    assert told.out.count("<testcase") == 4


# -- changes


def test_mutate_tells_what_nobody_notices_with_a_fixture_to_paste(small):
    told = small("test", "--mutate")

    assert told.code == 1
    assert "✗ flows/lead.yaml:9:16: `Score >= 50` made `Score > 50`" in told.out
    assert "    below flows/fixtures/lead/ this notices it:\n" in told.out
    assert "      lead:\n        Score: 50\n      expect:\n        owner: queue/hot\n        ends: done\n" in told.out
    assert told.out.splitlines()[-1].endswith(", at least 90%, on the work tree")
    assert small("test", "--mutate").out == told.out


def test_mutate_passes_when_enough_is_noticed(small):
    data = small("test", "--mutate", "--json", "--at-least", "40").data

    assert small("test", "--mutate", "--at-least", "40").code == 0
    assert data["passed"]
    assert data["mutation"]["mutants"] == data["mutation"]["caught"] + len(data["mutation"]["survivors"])
    assert data["mutation"]["survivors"][0]["fixture"]["flow"] == "lead"


def test_the_fixture_that_mutate_shows_can_be_pasted(small):
    before = small("test", "--mutate", "--json").data["mutation"]
    lines = small("test", "--mutate").out.splitlines()
    pasted = [line[4:] for line in lines if line.startswith("    ") and not line.startswith("    below")]
    stub = "\n".join(pasted)
    file = small.root / "flows/fixtures/lead/all.yaml"
    file.write_text(f"{file.read_text()}{stub[: stub.find('- why', 5)]}\n")

    assert small("test").code == 0
    assert small("test", "--mutate", "--json").data["mutation"]["caught"] > before["caught"]


@pytest.mark.parametrize("words", ["--coverage", "--list", "--junit x.xml", "-f junit", "--conditions 5"])
def test_mutate_tells_of_nothing_else(small, words):
    assert small("test", "--mutate", *words.split()).code == 64


def test_mutate_refuses_where_fixtures_fail(small):
    small.edit("flows/fixtures/lead/all.yaml", "owner: queue/raw", "owner: queue/hot")

    told = small("test", "--mutate")

    assert told.code == 3
    assert "a fixture fails as the flows are" in told.err


# -- jobs


def test_a_job_is_simulated_over_the_records_that_meet_its_condition(small):
    write(small, WEEKLY)

    told = small("simulate", "--scheduled", "leads.csv", "--at", "2026-11-24")

    assert told.code == 0
    assert told.out.splitlines()[:2] == [
        "2 of 3 leads meet the condition, 1 left out",
        "job: the work tree, run of 2026-11-30T06:00Z",
    ]
    assert "queue/raw      2" in told.out
    assert "queue/hot" not in told.out  # whom the one left out belongs to


def test_a_job_is_simulated_over_fixtures_at_its_next_run(small):
    write(small, WEEKLY)
    more = "event: scheduled, "
    fixtures = fixture("Status: Raw", "owner: queue/raw", more) + fixture("Status: MQL", "owner: nobody", more)
    write(small, {"flows/fixtures/job/all.yaml": fixtures})

    [found] = small("simulate", "--scheduled", "--json").data["simulations"]

    assert (found["flow"], found["leads"], found["left_out"], found["unrouted"]) == ("job", 2, 1, 0)
    assert found["run"] == "2026-11-23T06:00Z"


def test_a_record_that_a_job_takes_is_neither_new_nor_changed(small):
    write(small, {"flows/job.yaml": flow(NEW, "job", "schedule: {every: day 06:00}")})

    [found] = small("simulate", "--scheduled", "leads.csv", "--json").data["simulations"]

    assert [load["goes_to"] for load in found["loads"]] == ["queue/raw"]


@pytest.mark.parametrize(
    ("words", "files", "error", "hint"),
    [
        ([], {}, "no flow has a schedule", "`schedule: {every: monday 06:00}` makes a job of a flow"),
        (["--flow", "lead"], {}, "the flow `lead` has no schedule", "makes a job of a flow"),
        (["--flow", "lead"], WEEKLY, "the flow `lead` has no schedule", "with a schedule: job"),
        (["leads.csv"], {**WEEKLY, **DAILY},
         "there are several flows with a schedule", "`--flow NAME`; `job`, `two`"),
        (["--at", "soon"], WEEKLY, "`soon` is not a date and time", "--at 2026-11-23"),
    ],
)  # fmt: skip
def test_a_flow_without_a_schedule_is_no_job(small, words, files, error, hint):
    write(small, files)

    told = small("simulate", "--scheduled", *words)

    assert (told.code, told.out) == (3, "")
    assert error in told.err
    assert hint in told.err


def test_a_moment_is_of_a_job(small):
    assert small("simulate", "--at", "2026-11-23").code == 64


# -- policies and effects


ROUTED = flow(
    "start: {type: set, values: {Status: \"'MQL'\"}, then: to_raw}\nto_raw: {type: assign, to: queue/raw, then: done}\n"
)
TRANSITIONS = "values: [Raw, MQL, Won], transitions: {Raw: [MQL], Won: [MQL]}"


def test_a_lead_that_breaks_a_policy_is_listed_without_its_value_and_fails(small):
    lead = FILES["flows/objects/Lead.yaml"].replace("values: [Raw, MQL, Won]", TRANSITIONS)
    write(small, {"flows/lead.yaml": ROUTED, "flows/objects/Lead.yaml": lead, "flows/fixtures/lead/all.yaml": "[]"})
    write(small, {"leads.csv": "Company,Status\nAcme,Raw\nBolt,Retired\n"})  # a value that the object does not list

    told = small("simulate", "leads.csv")
    [found] = small("simulate", "leads.csv", "--json").data["simulations"]

    assert told.code == 1
    assert "break a policy\n  ✗ Bolt: `Status` may not change from this value to that\n" in told.out
    assert "Retired" not in told.out
    assert found["broken"] == [{"name": "Bolt", "field": "Status", "rule": "transitions"}]
    assert "**Break a policy**" in small("simulate", "leads.csv", "-f", "md").out


def test_what_happens_to_other_records_is_counted(small):
    nodes = """
start: {type: match, object: Lead, as: twin, by: [email_domain], matched: one, unmatched: make}
one: {type: merge, with: twin, keep: oldest, then: make}
make: {type: create, object: Account, values: {Name: Company}, then: to_raw}
to_raw: {type: assign, to: queue/raw, then: done}
"""
    write(small, {"flows/lead.yaml": flow(nodes), "flows/fixtures/lead/all.yaml": "[]"})
    write(small, {"leads.csv": "Email,Source\nana@acme.example,web\ncy@bolt.example,\n"})
    write(small, {"twins.csv": "Email,Source\nbo@acme.example,expo\n"})

    told = small("simulate", "leads.csv", "--data", "Lead=twins.csv")
    [found] = small("simulate", "leads.csv", "--data", "Lead=twins.csv", "--json").data["simulations"]

    assert told.code == 0
    assert "2 x Account created, 1 x merged" in told.out
    assert found["effects"] == {"Account created": 2, "merged": 1}


# -- no fixtures


def test_without_fixtures_nothing_was_tested_and_nothing_passes(small):
    (small.root / "flows/fixtures/lead/all.yaml").unlink()
    told = small("test")

    assert told.code == 1
    assert told.out.startswith("✗ nothing was tested: there are no fixtures on the work tree\n")
    assert "`flows/fixtures/lead/`" in told.err
    assert small("test", "--json").data["passed"] is False


# -- leads that were updated


def test_a_csv_of_leads_may_say_what_was_before(small):
    write(small, {"flows/lead.yaml": flow(NEW.replace("ISNEW() OR CHANGED(Status)", "CHANGED(Status)"))})
    rows = ["Acme,Raw,MQL", "Bolt,Raw,Raw", "Corp,Raw,"]
    write(small, {"leads.csv": "Company,Status,prior.Status\n" + "".join(f"{row}\n" for row in rows)})
    leads = small("simulate", "leads.csv", "--leads", "--all", "--json").data["simulations"][0]["routed"]

    assert [lead["after"]["owner"] for lead in leads] == ["queue/hot", "queue/raw", "queue/raw"]


def test_a_prior_value_that_does_not_fit_is_told_with_its_column(small):
    write(small, {"leads.csv": "Company,prior.Score,prior.Wat\nAcme,high,x\n"})
    told = small("simulate", "leads.csv")

    assert told.code == 3
    assert "`prior.Score`: a number is needed" in told.err
    assert "`Lead` has no field `Wat`" in told.err
    assert "A column prior.Status is what Status was before an update" in small("simulate", "--help").out
