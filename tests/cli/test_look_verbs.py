"""The verbs that look and edit, through the command line: flags, exit codes, what stands where."""

import json
from collections import Counter

import pytest

from flowctl.engine import Turns, route, world_of

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

INQUIRY = ("flows/lead.yaml", "then: queue_inquiry", "then: queue_raw")


# -- check


def test_check_of_a_sound_draft_is_0(drafted):
    told = drafted("check")

    assert told.code == 0
    assert told.out.splitlines()[-1] == f"1 remark in {drafted.files} files of Live on 2026-11-23: A little edit"


def test_check_says_every_finding_with_place_caret_and_hint(drafted):
    drafted.edit("flows/lead.yaml", "Person_Score__c >= 0", "Person_Skore__c >= 0")
    drafted.edit("flows/rosters/sdr-apac.yaml", "user: hana.sato", "user: hana.sator")
    text = (drafted.root / "flows/lead.yaml").read_text()
    line = text[: text.index("Person_Skore__c")].count("\n") + 1
    gutter = " " * len(str(line))

    told = drafted("check")

    assert told.code == 1
    assert (
        f"flows/lead.yaml:{line}:15: error[FC201]: unknown field `Person_Skore__c`\n"
        f"  {line} |       - when: Person_Skore__c >= 0\n"
        f"  {gutter} |               ^^^^^^^^^^^^^^^\n"
        "  hint: did you mean `Person_Score__c`?\n"
    ) in told.out
    assert "`hana.sator`" in told.out
    assert told.out.index("flows/lead.yaml") < told.out.index("flows/rosters/sdr-apac.yaml")
    assert f"2 errors, 1 remark in {drafted.files} files of" in told.out
    assert told.err == "`flowctl explain FC201` says more about it\n"


def test_check_of_some_files_tells_only_of_them(drafted):
    drafted.edit("flows/lead.yaml", "Person_Score__c >= 0", "Person_Skore__c >= 0")

    assert drafted("check", "flows/rosters").code == 0
    assert drafted("check", "flows/lead.yaml").code == 1
    assert drafted("check", "flows/laed.yaml").code == 3
    assert drafted("check", "../elsewhere.yaml").code == 3


def test_paths_count_from_the_current_folder(drafted, monkeypatch):
    monkeypatch.chdir(drafted.root / "flows/rosters")

    told = drafted("check", "sdr-emea.yaml", "--json")

    assert [found["place"]["file"] for found in told.data["findings"]] == ["flows/rosters/sdr-emea.yaml"]


def test_check_is_strict_about_warnings_when_asked(drafted):
    drafted.edit("flows/lead.yaml", "CONTAINS ('unsubscribed', ", "CONTAINS ('hi', 'unsubscribed', ")

    assert drafted("check").code == 0
    assert drafted("check", "--strict").code == 1


def test_check_can_look_at_another_version(drafted):
    drafted.edit("flows/lead.yaml", "Person_Score__c >= 0", "Person_Skore__c >= 0")

    told = drafted("check", "--version", "live")

    assert told.code == 0
    assert told.out.rstrip().endswith("of live")


def test_check_takes_a_file_of_another_version(drafted):
    drafted.edit("flows/lead.yaml", "Person_Score__c >= 0", "Person_Skore__c >= 0")

    assert drafted("check", "live:flows/lead.yaml", "--json").data["version"] == "live"
    assert drafted("check", "live:flows/laed.yaml").code == 3
    assert drafted("check", "live:flows/lead.yaml", "flows/lead.yaml").code == 3
    assert drafted("fmt", "live:flows/lead.yaml").code == 3


def test_check_knows_the_closest_version(drafted):
    assert "did you mean `staging`?" in drafted("check", "--version", "stagin").err


# -- fmt


def test_fmt_leaves_a_canonical_workspace_alone(drafted):
    told = drafted("fmt", "--check")

    assert (told.code, told.out) == (0, f"{drafted.files} files as they should be\n")


def test_fmt_mends_what_an_editor_did(drafted):
    file = drafted.root / "flows/lead.yaml"
    before = file.read_bytes()
    spoilt = before.replace(b"Person_Score__c >= 0", b"Person_Score__c>=0   ").replace(b"\n", b"\r\n")
    file.write_bytes(b"\xef\xbb\xbf" + spoilt)

    checked = drafted("fmt", "--check")
    untouched = file.read_bytes() == b"\xef\xbb\xbf" + spoilt
    told = drafted("fmt")

    assert checked.code == 1
    assert checked.out == (
        f"would format flows/lead.yaml\n1 file to format, {drafted.files - 1} files as they should be\n"
    )
    assert untouched
    assert told.code == 0
    assert file.read_bytes() == before


def test_fmt_leaves_a_file_with_errors_alone_and_formats_the_others(drafted):
    drafted.edit("flows/lead.yaml", "type: rotate", "type: rotatte   ")
    drafted.edit("flows/objects/Account.yaml", "object: Account\n", "object: Account  \n")
    before = (drafted.root / "flows/lead.yaml").read_bytes()

    told = drafted("fmt")

    assert told.code == 1
    assert "error[FC006]: unknown node type `rotatte`" in told.out
    assert (drafted.root / "flows/lead.yaml").read_bytes() == before
    assert "formatted flows/objects/Account.yaml" in told.out


@pytest.mark.parametrize("path", ["../outside.yaml", "/etc/hosts", "drafts", "link.yaml", "no.yaml"])
def test_fmt_refuses_what_is_not_its_business(drafted, path):
    outside = drafted.root.parent / "outside.yaml"
    outside.write_text("a: 1   \n")
    (drafted.root / "link.yaml").symlink_to(outside)

    told = drafted("fmt", path)

    assert (told.code, told.out) == (3, "")
    assert outside.read_text() == "a: 1   \n"


# -- schema


def test_schema_prints_the_schema_of_a_kind(week):
    told = week("schema", "roster")

    assert told.code == 0
    assert json.loads(told.out)["title"] == "flowctl roster"


def test_schema_writes_what_init_wrote(week):
    told = week("schema", "--all", "-o", "again")

    made = {path.name: path.read_text() for path in (week.root / ".schemas").iterdir()}
    assert told.code == 0
    assert {path.name: path.read_text() for path in (week.root / "again").iterdir()} == made


def test_schema_lists_the_kinds_and_knows_the_closest(week):
    assert "flows/rosters/*.yaml" in week("schema").out
    assert week("schema", "rooster").err.endswith("did you mean `roster`?\n")


# -- show


def test_show_draws_each_node_once(drafted):
    told = drafted("show", "lead")

    assert told.code == 0
    assert told.out.count("Whose country is it?") == 1
    assert "→ look_up_country (below)" in told.out
    assert "■ With Sales Dev" in told.out


def test_show_tells_all_about_a_node(drafted):
    told = drafted("show", "lead", "--node", "turn_emea")

    assert told.code == 0
    assert "turn_emea  rotate  flows/lead.yaml:" in told.out
    assert "roster      sdr-emea" in told.out
    assert "comes from  by_country (EMEA)" in told.out
    assert "  nobody → queue_emea" in told.out


def test_show_draws_a_flow_that_has_errors(drafted):
    drafted.edit("flows/lead.yaml", "type: rotate", "type: rotatte")
    drafted.edit("flows/lead.yaml", "then: queue_raw", "then: queue_rawr")

    told = drafted("show", "lead")

    assert told.code == 0
    assert "queue_rawr (no such node)" in told.out
    assert "unavailable → pubsec_turn (has errors)" in told.out
    assert "error[FC006]" in drafted("show", "--node", "pubsec_turn").err


def test_show_says_why_a_flow_cannot_be_drawn(drafted):
    drafted.edit("flows/lead.yaml", "nodes:", "nodes: {")

    told = drafted("show", "lead")

    assert told.code == 3
    assert "flows/lead.yaml:" in told.err


def test_show_says_why_the_only_flow_cannot_be_drawn(drafted):
    drafted.edit("flows/lead.yaml", "nodes:", "nodes: {")
    for path in (drafted.root / "flows").glob("*.yaml"):
        if path.stem not in ("lead", "directory", "settings"):
            path.unlink()

    told = drafted("show")

    assert told.code == 3
    assert "flows/lead.yaml:" in told.err


def test_show_is_the_same_mermaid_every_time(drafted):
    first, second = drafted("show", "lead", "-f", "mermaid").out, drafted("show", "lead", "-f", "mermaid").out

    assert first == second
    assert first.startswith("flowchart TD\n")
    assert '  n_by__country -->|"EMEA"| n_turn__emea\n' in first


def test_a_diagram_is_of_one_flow(drafted):
    told = drafted("show", "-f", "mermaid")

    assert (told.code, told.out) == (3, "")
    assert "a diagram is of one flow" in told.err


def test_show_finds_the_flow_of_a_node(drafted):
    text = (drafted.root / "flows/lead.yaml").read_text()
    shown = drafted("show", "--node", "alliance")
    mistyped = drafted("show", "--node", "alliace")
    (drafted.root / "flows/second.yaml").write_text(text.replace("flow: lead", "flow: second", 1))
    unclear = drafted("show", "--node", "turn_emea")

    assert shown.out.startswith("alliance  decision  flows/partner.yaml:")
    assert (mistyped.code, mistyped.out) == (3, "")
    assert mistyped.err == "error: no flow has a node `alliace`\n  hint: did you mean `alliance`?\n"
    assert (unclear.code, unclear.out) == (3, "")
    assert "`flowctl show lead --node turn_emea`; flows with such a node: lead, second" in unclear.err


def test_show_lists_flows_when_there_are_several(drafted):
    text = (drafted.root / "flows/lead.yaml").read_text()
    (drafted.root / "flows/second.yaml").write_text(text.replace("flow: lead", "flow: second"))

    told = drafted("show")

    flows = drafted.model().flows
    assert told.out.splitlines()[0] == f"{len(flows)} flows in Live on 2026-11-23: A little edit"
    rows = [line.split()[:3] for line in told.out.splitlines()]
    assert {"lead", "second", "ticket"} < set(flows)
    assert all([flow.flow, flow.object, str(len(flow.nodes))] in rows for flow in flows.values())
    assert drafted("show", "second").code == 0
    assert drafted("show", "secnd").err.endswith("did you mean `second`?\n")


def test_show_names_the_flows_that_cannot_be_read_too(drafted):
    drafted.edit("flows/partner.yaml", "nodes:", "nodes: {")

    told = drafted("show")

    assert told.code == 0
    assert "  ! `flows/partner.yaml` cannot be read: `flowctl check flows/partner.yaml` says why\n" in told.out
    assert drafted("show", "--json").data["unread"] == ["flows/partner.yaml"]


# -- diff


def test_diff_is_from_live_to_what_is_being_worked_on(drafted):
    drafted.edit(*INQUIRY)

    told = drafted("diff")

    assert told.code == 0
    assert told.out == (
        "live → Live on 2026-11-23: A little edit\n\n"
        "flow/lead\n"
        "  > branch `inquiry` of `holding` now leads to `queue_raw` (was `queue_inquiry`)\n\n"
        "1 part differs: 1 change that can move leads, 0 cosmetic\n"
    )


def test_diff_names_and_folds_what_is_cosmetic(drafted):
    drafted.edit("flows/lead.yaml", "label: Raw queue", "label: Raw leads")
    drafted.edit("flows/lead.yaml", "label: Held", "label: Kept")
    drafted.edit("flows/rosters/sdr-emea.yaml", "label: SDRs, EMEA", "label: EMEA")

    folded, listed = drafted("diff").out, drafted("diff", "--cosmetic").out

    assert "  = cosmetic, moves no lead: 2 labels\n" in folded
    assert "  = `label` of `queue_raw` is now `Raw leads` (was `Raw queue`)\n" in listed
    assert "0 changes that can move leads, 3 cosmetic" in folded


def test_diff_answers_with_an_exit_code_when_asked(drafted):
    same = drafted("diff", "--exit-code").code
    drafted.edit(*INQUIRY)

    assert (same, drafted("diff").code, drafted("diff", "--exit-code").code) == (0, 0, 1)


def test_diff_between_releases_tells_of_fixtures_too(drafted):
    told = drafted("diff", "2026-11-02", "live", "--json")

    files = {file["path"]: file["status"] for file in told.data["files"]}
    assert {part["part"] for part in told.data["parts"]} == {"flow/lead", "flow/partner", "roster/sdr-emea"}
    assert all(path.startswith("flows/fixtures/") for path in files)
    assert files["flows/fixtures/lead/us-pubsec.yaml"] == "changed"
    assert files["flows/fixtures/partner/mdf.yaml"] == "added"
    assert files["flows/fixtures/partner/leandata.yaml"] == "removed"


def test_diff_of_one_part(drafted):
    told = drafted("diff", "2026-11-02", "live", "--part", "roster/sdr-emea", "--json")

    assert [part["part"] for part in told.data["parts"]] == ["roster/sdr-emea"]


def test_diff_of_a_part_that_cannot_be_read_says_where(drafted):
    drafted.edit("flows/settings.yaml", "dialect: salesforce", "dialect: oracle")

    told = drafted("diff")

    assert told.code == 3
    assert "settings  ! cannot be read\nflows/settings.yaml:" in told.out


# -- simulate


def through(place, flow, *ways):
    """How many fixtures of a flow take one of some ways out, as (node, way out)."""
    model = place.model()
    routed = [route(world_of(model, f.data), flow, f.record, Turns(), f.story.now) for f in model.fixtures[flow]]
    return sum(any((visit.node, visit.port) in ways for visit in outcome.path) for outcome in routed)


def expected(place, flow):
    """Whom the fixtures of a flow expect to own their records, and how often."""
    return Counter(str(fixture.story.expect.owner) for fixture in place.model().fixtures[flow])


def test_simulate_says_in_words_who_moves(drafted):
    leads, moved = drafted.fixtures("lead"), through(drafted, "lead", ("holding", "inquiry"))
    before = expected(drafted, "lead")["queue/raw"]
    drafted.edit(*INQUIRY)

    told = drafted("simulate")

    lines = told.out.splitlines()
    assert told.code == 0
    assert moved > 1
    assert before > 1
    assert lines[0] == f"{moved} of {leads} leads move, nobody is left unrouted"
    assert lines[1] == "lead: live → Live on 2026-11-23: A little edit"
    assert f"queue/inquiry  queue/raw{moved:>7}  a lead that is no MQL" in told.out
    assert f"queue/raw{before:>12}{before + moved:>7}{moved:>+8}" in told.out


def test_simulate_says_of_other_flows_who_moves_because_they_continue_in_an_edited_one(drafted):
    leads, moved = drafted.fixtures("partner"), through(drafted, "partner", ("holding", "inquiry"))
    drafted.edit(*INQUIRY)

    told = drafted("simulate")

    section = next(s.splitlines() for s in told.out.split("\n\n\n") if "\npartner: live →" in s)
    assert moved > 1
    assert section[0] == f"{moved} of {leads} leads move, nobody is left unrouted"


def test_simulate_tells_in_one_line_of_the_flows_in_which_nothing_differs(drafted):
    names = [name for name, fixtures in drafted.model().fixtures.items() if fixtures]
    same = drafted("simulate").out.splitlines()
    lost = sum(s["unrouted"] for s in drafted("simulate", "--json").data["simulations"])
    drafted.edit(*INQUIRY)
    told = drafted("simulate").out
    listed = drafted("simulate", "--all").out

    others = [name for name in names if name not in ("lead", "partner")]
    leads = sum(map(drafted.fixtures, others))
    left = f"{lost} {'is' if lost == 1 else 'are'} left unrouted (in live, too)"
    quiet = told.split("\n\n\n")[-1].splitlines()
    assert lost
    assert same[0] == f"none of {drafted.fixtures()} leads moves, {left}"
    assert " ".join(same[1:]) == f"{', '.join(names)}: live → Live on 2026-11-23: A little edit"
    assert quiet[0] == f"none of {leads} leads moves, {left}"
    assert " ".join(quiet[1:]) == f"{', '.join(others)}: live → Live on 2026-11-23: A little edit"
    assert all(f"\n{name}: live →" in listed for name in names)


def test_simulate_answers_with_an_exit_code_when_asked(drafted):
    same = drafted("simulate", "--exit-code").code
    drafted.edit(*INQUIRY)

    assert (same, drafted("simulate", "--exit-code").code) == (0, 1)


def test_simulate_of_one_version_shows_the_loads(week):
    told = week("simulate")

    flows = [section.splitlines() for section in told.out.split("\n\n\n")]
    lead = next(lines for lines in flows if lines[1].startswith("lead: "))
    assert len(flows) == sum(bool(fixtures) for fixtures in week.model().fixtures.values())
    assert lead[0] == f"{week.fixtures('lead')} leads, all routed"
    assert any(line.startswith("roster/sdr-emea ") for line in lead)
    assert all("→" not in lines[1] for lines in flows)


def test_simulate_says_who_is_lost(drafted):
    drafted.edit("flows/directory.yaml", "team: Marketing Ops, active: true}", "team: Marketing Ops, active: false}")

    told = drafted("simulate")

    assert told.out.splitlines()[0] == f"none of {drafted.fixtures('lead')} leads moves, 1 is left unrouted"
    assert "→ user/priya.nair, who takes no leads (ends at " in " ".join(told.out.split())


def test_simulate_routes_a_file_with_data_sets(drafted):
    leads = "Email,Company,Country,Status,Person_Score__c,CreatedBy\nana@acme.example,Acme,Norway,MQL,50,marketo.sync\n"
    accounts = "Name,Website,BDR_Assigned__c,BDR_Prospecting_Status__c\nAcme,acme.example,bea.kim,Actively Working\n"
    (drafted.root / "leads.csv").write_text(leads)
    (drafted.root / "accounts.csv").write_text(accounts)

    with_data = drafted("simulate", "leads.csv", "--data", "Account=accounts.csv", "--json").data
    without = drafted("simulate", "leads.csv", "--json").data

    assert with_data["simulations"][0]["routed"][0]["after"]["owner"] == "user/bea.kim"
    assert without["simulations"][0]["routed"][0]["after"]["goes_to"] == "roster/sdr-emea"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no.csv"], "there is no file `no.csv`"),
        (["liv:flows/lead.yaml"], "did you mean `live`?"),
        (["live:flows/fixtures/lead/queue.yaml"], "did you mean `flows/fixtures/lead/queues.yaml`?"),
        (["bad.csv"], "bad.csv:2:1: error[FC201]: `Lead` has no field `Emial`\n  hint: did you mean `Email`?"),
        (["empty.csv"], "`empty.csv` holds no leads"),
        (["--flow", "laed"], "did you mean `lead`?"),
        (["bad.csv", "--data", "Acount=bad.csv"], "FC201"),
        (["good.csv", "--data", "Acount=bad.csv"], "did you mean `Account`?"),
        (["good.csv", "--data", "accounts.csv"], "`accounts.csv` names no data set"),
    ],
)
def test_simulate_refuses_what_it_cannot_read_without_its_values(drafted, words, said):
    (drafted.root / "bad.csv").write_text("Emial\nana.berg@acme.example\n")
    (drafted.root / "good.csv").write_text("Email\nana.berg@acme.example\n")
    (drafted.root / "empty.csv").write_text("Email\n")

    told = drafted("simulate", *words)

    assert (told.code, told.out) == (3, "")
    assert said in told.err
    assert "ana.berg" not in told.err


def test_simulate_says_which_of_several_flows_leads_go_through(drafted):
    (drafted.root / "good.csv").write_text("Email\nana.berg@acme.example\n")

    assert drafted("simulate", "good.csv").err.endswith("through `lead`; `--flow NAME` takes another\n")
    assert "--flow" not in drafted("simulate", "good.csv", "--flow", "lead").err


def test_explain_names_ten_fixtures_at_most_one_a_line(drafted):
    told = drafted("explain", "--fixture", "a").err.splitlines()

    assert told[0].startswith("error: ")
    assert told[1] == "  hint: say more of one:"
    assert len(told) == 13
    assert told[-1].strip().startswith("and ")


def test_simulate_takes_files_of_other_versions(drafted):
    told = drafted("simulate", "live:flows/fixtures/lead/queues.yaml", "--json")

    assert told.data["simulations"][0]["leads"] == 11


def test_a_version_with_errors_routes_nobody(drafted):
    drafted.edit("flows/lead.yaml", "then: queue_inquiry", "then: queue_inquiri")

    for verb in (["simulate"], ["test"], ["explain", "--fixture", "Africa"]):
        told = drafted(*verb)

        assert (told.code, told.out) == (3, "")
        assert "flows/lead.yaml:" in told.err
        assert "has an error: no lead can be routed through it" in told.err


# -- test


def test_test_passes_on_the_sample(drafted):
    told = drafted("test", "--coverage", "100")

    assert told.code == 0
    fixtures, flows = drafted.fixtures(), drafted.model().flows.values()
    nodes = sum(1 + len(node.ways()) for flow in flows for node in flow.nodes.values())
    truths = sum(flow["conditions"] for flow in drafted("test", "--json").data["coverage"]["flows"])
    assert told.out.splitlines() == [
        f"✓ {fixtures} of {fixtures} fixtures pass on Live on 2026-11-23: A little edit",
        f"✓ coverage 100% of nodes and ways out ({nodes} of {nodes}), at least 100%",
        f"✓ conditions 100% of comparisons, true and false ({truths} of {truths})",
    ]


def test_test_says_what_failed_where_and_by_which_path(drafted):
    fixtures = drafted.fixtures()
    failed = sum(through(drafted, flow, ("holding", "inquiry")) for flow in ("lead", "partner"))
    drafted.edit(*INQUIRY)

    told = drafted("test")

    assert told.code == 1
    assert "✗ flows/fixtures/lead/queues.yaml:" in told.out
    assert "    owner  expected queue/inquiry, found queue/raw\n" in told.out
    assert "holding (inquiry) > queue_raw (then) > held" in " ".join(told.out.split())
    assert f"✗ {fixtures - failed} of {fixtures} fixtures pass" in told.out
    assert told.out.count("✗ flows/fixtures/") == failed
    assert "lead: `queue_inquiry` is never reached" in told.out
    assert "flowctl explain --fixture" in told.err


def test_test_fails_when_too_little_is_covered(drafted):
    (drafted.root / "flows/fixtures/lead/us-pubsec.yaml").unlink()

    assert drafted("test").code == 0
    assert drafted("test", "--coverage", "99.5").code == 1
    assert "`pubsec_turn` is never" in drafted("test").out


def test_test_writes_junit_beside_its_text(drafted):
    told = drafted("test", "--junit", "report.xml")

    assert told.out.startswith(f"✓ {drafted.fixtures()} of {drafted.fixtures()} ")
    assert (drafted.root / "report.xml").read_text().startswith("<?xml")
    assert drafted("test", "-f", "junit").out == (drafted.root / "report.xml").read_text()


def test_test_on_staging_routes_our_fixtures_through_what_staging_runs(drafted):
    drafted.edit(*INQUIRY)
    drafted.edit("flows/fixtures/lead/queues.yaml", "owner: queue/inquiry", "owner: queue/raw")

    told = drafted("test", "--on", "staging", "--json")

    assert told.code == 1
    assert (told.data["version"], told.data["failures"]) == ("staging", 1)
    assert drafted("test", "--on", "stagin").code == 3


def test_test_knows_the_closest_flow(drafted):
    assert drafted("test", "laed").err.endswith("did you mean `lead`?\n")


# -- explain


def test_explain_of_a_fixture_tells_the_turn_and_who_was_passed_over(drafted):
    told = drafted("explain", "--fixture", "AMER is out over Thanksgiving")

    assert told.code == 0
    assert "✗ dana.whitfield is passed over: on leave until 2026-11-29" in told.out
    assert "✓ the turn in sdr-amer goes to user/jules.tremblay" in told.out
    assert "→ user/jules.tremblay, by turn of sdr-amer, ends at with_sales_dev: Assigned to Sales Dev" in told.out


def test_explain_tells_the_truth_of_each_comparison_with_its_value(drafted):
    told = drafted("explain", "--fixture", "Africa", "--json")

    steps = {step["node"]: step for step in told.data["steps"]}
    assert steps["person_score"]["branches"][1]["atoms"] == [
        {"text": "Person_Score__c >= 0", "held": True, "values": {"Person_Score__c": "100"}}
    ]
    assert [branch["held"] for branch in steps["by_country"]["branches"]] == [False, True]
    assert steps["by_country"]["way"] == "EMEA"


def test_explain_names_the_account_that_was_matched(drafted):
    told = drafted("explain", "--fixture", "of two accounts with one domain the customer is taken")

    assert "✓ by email_domain: 2 candidates" in told.out
    assert "✓ account is Ridgeline Group before Ridgeline" in told.out
    assert "preference 1 (account.Type = 'Customer')" in " ".join(told.out.split())


def test_explain_of_one_lead_of_a_file_meets_the_turns_of_those_before_it(drafted):
    row = "ana@acme.example,Acme,Japan,MQL,50,marketo.sync\n"
    (drafted.root / "leads.csv").write_text("Email,Company,Country,Status,Person_Score__c,CreatedBy\n" + 3 * row)

    first = drafted("explain", "leads.csv")
    second = drafted("explain", "leads.csv", "--lead", "2", "--json").data["outcome"]
    all_three = drafted("simulate", "leads.csv", "--json").data["simulations"][0]["routed"]

    assert "lead 1 of 3; " in first.out
    assert "`--lead 2`" in first.err
    assert second["owner"] == all_three[1]["after"]["owner"] != all_three[0]["after"]["owner"]
    assert drafted("explain", "leads.csv", "--lead", "4").code == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["FC201"], "unknown-field"),
        (["fc201"], "unknown-field"),
        (["unreachable-node"], "FC102"),
        (["rotate"], "Make the next available member of a roster the owner"),
    ],
)
def test_explain_prints_pages_outside_of_a_workspace_too(week, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path.parent)

    told = week("explain", *words)

    assert told.code == 0
    assert said in told.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["FC998"], "there is no code `FC998`"),
        (["--fixture", "zebra"], "no fixture's `why` holds `zebra`"),
        (["--fixture", "account"], "fixtures hold `account`"),
        (["--fixture", "Africa", "--flow", "laed"], "did you mean `lead`?"),
    ],
)
def test_explain_says_what_it_does_not_find(drafted, words, said):
    told = drafted("explain", *words)

    assert (told.code, told.out) == (3, "")
    assert said in told.err


# -- roster


def test_roster_lists_who_is_there(drafted):
    told = drafted("roster", "list", "--json")

    emea = next(roster for roster in told.data["rosters"] if roster["roster"] == "sdr-emea")
    assert [m["user"] for m in emea["members"] if m["away"]] == ["lars.holm"]
    assert emea["used_by"] == [{"flow": "lead", "node": "turn_emea"}]
    assert "without lars.holm" in drafted("roster", "list").out


def test_roster_lists_those_that_cannot_be_read_too(drafted):
    drafted.edit("flows/rosters/sdr-emea.yaml", "turns: order", "turns: odrer")

    told = drafted("roster", "list")

    assert "! `flows/rosters/sdr-emea.yaml` cannot be read" in told.out
    assert "FC005" in drafted("roster", "show", "sdr-emea").err
    assert "FC005" in drafted("roster", "add", "sdr-emea", "bea.kim").err


def test_roster_shows_one(drafted):
    told = drafted("roster", "show", "sdr-emea")

    assert "lars.holm        Lars Holm             1  away, noor.haddad takes the turns" in told.out
    assert drafted("roster", "show", "sdr-eme").err.endswith("did you mean `sdr-emea`?\n")


def test_roster_edits_the_draft_and_says_the_lines_and_what_to_type_next(drafted):
    before = (drafted.root / "flows/rosters/sdr-emea.yaml").read_text()

    told = drafted("roster", "add", "sdr-emea", "Bea Kim", "--weight", "2")

    assert told.code == 0
    assert (drafted.root / "flows/rosters/sdr-emea.yaml").read_text() == before + "  - {user: bea.kim, weight: 2}\n"
    assert told.out == (
        "✓ bea.kim joins sdr-emea with weight 2\n"
        "    +   - {user: bea.kim, weight: 2}\n\n"
        'next: flowctl save -m "bea.kim joins sdr-emea with weight 2"\n'
    )
    assert "+ member `bea.kim` is new" in drafted("diff").out


def test_roster_out_is_noted_in_all_rosters_of_a_person(drafted):
    drafted("roster", "add", "sdr-amer", "lars.holm")

    told = drafted("roster", "out", "lars.holm", "--from", "2026-12-01", "--to", "2026-12-02", "--cover", "bea.kim")

    assert told.code == 0
    for roster in ("sdr-emea", "sdr-amer"):
        text = (drafted.root / f"flows/rosters/{roster}.yaml").read_text()
        assert "{from: 2026-12-01, to: 2026-12-02, cover: bea.kim}" in text
    assert drafted("check").code == 0


def test_roster_remove_warns_of_an_empty_roster(drafted):
    first = drafted("roster", "remove", "us-pubsec", "walter.stone")
    last = drafted("roster", "remove", "us-pubsec", "grace.okafor")

    assert "nobody is left" not in first.out
    assert "! nobody is left in `us-pubsec`" in last.out
    assert drafted("roster", "add", "us-pubsec", "walter.stone").code == 0
    assert drafted("roster", "show", "us-pubsec", "--json").data["members"][0]["user"] == "walter.stone"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "sdr-eme", "bea.kim"], "did you mean `sdr-emea`?"),
        (["add", "../lead", "bea.kim"], "there is no roster `../lead`"),
        (["add", "sdr-emea", "be.kim"], "did you mean `bea.kim`? people are added in flows/directory.yaml"),
        (["add", "sdr-emea", "zzz"], "people are added in flows/directory.yaml, below `users`"),
        (["add", "sdr-emea", "lars.holm"], "`lars.holm` is in `sdr-emea` already"),
        (["remove", "sdr-emea", "lars.hom"], "did you mean `lars.holm`?"),
        (["remove", "sdr-emea", "bea.kim"], "`bea.kim` is not in `sdr-emea`"),
        (["weight", "sdr-emea", "lars.holm", "1"], "`lars.holm` has weight 1 in `sdr-emea` already"),
        (["out", "bea.kim", "--from", "2026-12-01", "--to", "2026-12-02"], "`bea.kim` is in no roster"),
        (["out", "lars.holm", "--from", "2026-12-02", "--to", "2026-12-01"], "before it begins"),
        (["out", "lars.holm", "--from", "Monday", "--to", "2026-12-01"], "`Monday` is not a date"),
        (
            ["out", "lars.holm", "--from", "2026-12-01", "--to", "2026-12-02", "--cover", "lars.holm"],
            "cannot take their own turns",
        ),
    ],
)
def test_roster_refuses_what_cannot_be_meant_and_writes_nothing(drafted, words, said):
    before = {path: path.read_bytes() for path in (drafted.root / "flows").rglob("*.yaml")}

    told = drafted("roster", *words)

    assert (told.code, told.out) == (3, "")
    assert said in told.err
    assert {path: path.read_bytes() for path in (drafted.root / "flows").rglob("*.yaml")} == before


def test_roster_edits_only_in_a_draft(week):
    told = week("roster", "add", "sdr-emea", "bea.kim")

    assert told.code == 3
    assert "no draft is checked out" in told.err
    assert "flowctl clone live" in told.err


def test_roster_warns_of_who_is_not_there(drafted):
    inactive = drafted("roster", "add", "sdr-emea", "omar.saleh")
    twice = drafted("roster", "out", "noor.haddad", "--from", "2026-12-31", "--to", "2027-01-05")
    over = drafted("roster", "out", "noor.haddad", "--from", "2026-01-01", "--to", "2026-01-02")

    assert "! `omar.saleh` is not active: turns pass them over" in inactive.out
    assert "another leave in `sdr-emea`, from 2026-12-21 to 2027-01-03, overlaps" in " ".join(twice.out.split())
    assert "that leave was over on 2026-01-02" in over.out


# -- JSON of all


@pytest.mark.parametrize(
    "words",
    [
        ["check"],
        ["fmt", "--check"],
        ["schema"],
        ["show"],
        ["show", "--node", "by_country"],
        ["diff"],
        ["simulate"],
        ["test"],
        ["explain", "FC201"],
        ["explain", "rotate"],
        ["explain", "--fixture", "Africa"],
        ["roster", "list"],
    ],
)
def test_json_names_its_schema_and_nothing_else_is_on_stdout(drafted, words):
    told = drafted(*words, "--json")

    assert told.data["schema"] == f"flowctl/{words[0]}/1"
    assert told.err == ""
    assert drafted(*words, "-f", "json").out == told.out
