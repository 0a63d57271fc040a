"""The verbs of the week through the command line: flags, exit codes, what stands on stdout and what on stderr."""

import pytest

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

THRESHOLD = ("flows/lead.yaml", "Person_Score__c >= 0", "Person_Score__c >= 5")


def with_draft(week, summary="A little edit"):
    assert week("clone", "live", "--summary", summary).code == 0
    return week


def with_staged_edit(week, old="'job fair', ", new="'job fair', 'badge', "):
    with_draft(week)
    week.edit("flows/lead.yaml", old, new)
    assert week("save", "-m", "edit").code == 0
    assert week("import", "--into", "staging").code == 0
    return week


# -- init


def test_init_refuses_a_folder_with_files(week):
    (week.root.parent / "full").mkdir()
    (week.root.parent / "full/notes.txt").write_text("")
    told = week("init", "../full")

    assert told.code == 3
    assert "is not empty" in told.err
    assert told.out == ""


def test_init_knows_a_sample_that_is_misspelt(week):
    told = week("init", "new", "--sample", "gitlap")

    assert told.code == 3
    assert "did you mean `gitlab`?" in told.err
    assert not (week.root / "new").exists()


def test_init_without_a_sample_makes_a_workspace_whose_tests_pass(week, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_COUNT", "2")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Mia Chen")
    monkeypatch.setenv("GIT_CONFIG_KEY_1", "user.email")
    monkeypatch.setenv("GIT_CONFIG_VALUE_1", "mia.chen@example.com")
    made_one = week("init", "../new")
    monkeypatch.chdir(week.root.parent / "new")

    assert made_one.code == 0
    assert week("check").code == 0
    assert week("test").code == 0
    assert week("verify").code == 0


# -- status


def test_status_ends_with_the_next_command(week):
    told = week("status")

    assert told.code == 0
    assert told.out.rstrip().splitlines()[-1].startswith("next: flowctl clone live")


def test_status_leads_through_the_week(week):
    seen = [week("status", "--json").data["next"]["command"]]
    with_draft(week)
    seen.append(week("status", "--json").data["next"]["command"])
    week.edit("flows/lead.yaml", "'job fair', ", "'job fair', 'badge', ")
    seen.append(week("status", "--json").data["next"]["command"])
    week("save", "-m", "edit")
    seen.append(week("status", "--json").data["next"]["command"])
    week("import", "--into", "staging")
    seen.append(week("status", "--json").data["next"]["command"])
    week("promote", "--to", "production", "--yes")
    seen.append(week("status", "--json").data["next"]["command"])

    assert seen == [
        'flowctl clone live --summary "what the week is about"',
        "edit flows/lead.yaml, then: flowctl diff",
        'flowctl save -m "what changed"',
        "flowctl import --into staging",
        "flowctl plan --to production",
        'flowctl clone live --summary "what the week is about"',
    ]


def test_outside_of_a_workspace_the_error_says_how_to_make_one(week, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    told = week("status")

    assert told.code == 3
    assert "flowctl init my-routing" in told.err


# -- clone, save


def test_a_clone_without_a_summary_is_a_usage_error(week):
    assert week("clone", "live").code == 64


def test_a_clone_with_a_day_that_does_not_exist_says_so(week):
    told = week("clone", "live", "--on", "2026-02-30", "--summary", "x")

    assert told.code == 3
    assert "`2026-02-30` is not a date" in told.err


def test_save_without_a_draft_says_how_to_make_one(week):
    told = week("save", "-m", "x")

    assert told.code == 3
    assert "no draft is checked out" in told.err
    assert "flowctl clone live" in told.err


def test_save_keeps_nothing_of_a_file_that_cannot_be_read(week):
    with_draft(week)
    week.edit("flows/lead.yaml", "type: decision", "type: decisoin")
    told = week("save", "-m", "x")

    assert told.code == 3
    assert "did you mean `decision`?" in told.err
    assert "flows/lead.yaml:" in told.err
    assert week("status", "--json").data["unsaved"] == ["flows/lead.yaml"]


def test_save_gives_the_changed_flow_the_title_of_the_draft(week):
    with_draft(week, "Badges")
    week.edit("flows/lead.yaml", "'job fair', ", "'job fair', 'badge', ")
    week("save", "-m", "badges")

    assert 'title: "Live on 2026-11-23: Badges"' in (week.root / "flows/lead.yaml").read_text()


def test_save_refuses_a_file_that_commands_write(week):
    with_draft(week)
    week.edit("environments/production.yaml", "environment: production", "environment: elsewhere")

    assert "is written by commands only" in week("save", "-m", "x").err


# -- import, plan, promote


def test_import_names_everything_that_the_environment_does_not_know(week):
    with_draft(week)
    week.edit("flows/directory.yaml", "queues:", "queues:\n  lost: {name: Lost}\n  gone: {name: Gone}")
    week.edit("flows/lead.yaml", "to: queue/partner", "to: queue/lost")
    week.edit("flows/lead.yaml", "to: queue/community-programs", "to: queue/gone")
    week("save", "-m", "x")
    told = week("import", "--into", "staging")

    assert told.code == 3
    assert "queue/lost" in told.err
    assert "queue/gone" in told.err


def test_nothing_is_imported_into_production(week):
    with_draft(week)
    told = week("import", "--into", "production")

    assert told.code == 3
    assert "takes releases only" in told.err


@pytest.mark.parametrize("words", [("import", "--into", "staging"), ("plan",), ("promote", "--yes"), ("merge", "live")])
def test_unsaved_edits_are_refused(week, words):
    with_draft(week)
    week.edit(*THRESHOLD)
    told = week(*words)

    assert told.code == 3
    assert "has unsaved edits" in told.err


def test_a_plan_that_misses_a_gate_exits_with_5_and_says_which(week):
    with_draft(week)
    week.edit(*THRESHOLD)
    week("save", "-m", "x")
    told = week("plan")

    assert told.code == 5
    assert f"{week.fixtures() - 1} of {week.fixtures()} fixtures pass" in told.out
    assert "0 of 1 part in staging" in told.out


def test_a_plan_has_an_exit_code_of_its_own_for_changes(week):
    with_staged_edit(week)

    assert week("plan", "--detailed-exitcode").code == 2


def test_the_same_plan_has_the_same_id(week):
    with_staged_edit(week)

    assert week("plan", "--json").data["id"] == week("plan", "--json").data["id"]


def test_promote_without_a_terminal_wants_a_yes(week):
    with_staged_edit(week)
    told = week("promote")

    assert told.code == 3
    assert "`--yes` says it in advance" in told.err
    assert not week.has_tag("live/production/2026-11-20")


def test_promote_does_the_plan_that_was_kept_or_nothing(week):
    with_staged_edit(week)
    week("plan")
    week.edit("flows/lead.yaml", "'badge', ", "'badge', 'fair', ")
    week("save", "-m", "one more")
    told = week("promote", "--yes")

    assert told.code == 4
    assert "has changed since the plan was made" in told.err
    assert not week.has_tag("live/production/2026-11-20")


def test_a_release_has_a_record_a_tag_and_a_line_in_the_log(week):
    with_staged_edit(week)
    told = week("promote", "--yes", "--json")

    assert told.code == 0
    assert told.data["schema"] == "flowctl/promote/1"
    assert told.data["release"]["release"] == "2026-11-20"
    assert week.has_tag("live/production/2026-11-20")
    assert week("log", "-n", "1", "--json").data["releases"][0]["release"] == "2026-11-20"


# -- rollback, freeze, drift


def test_a_rollback_needs_a_reason(week):
    assert week("rollback", "production").code == 64
    assert week("rollback", "production", "--reason", " ", "--yes").code == 3


def test_a_rollback_goes_back_and_bars_what_it_left(week):
    told = week("rollback", "production", "--reason", "PubSec was right before", "--yes", "--json")
    pointer = (week.root / "environments/production.yaml").read_text()

    assert told.code == 0
    assert told.data["release"]["title"].startswith("Rollback to 2026-11-11")
    assert "barred:" in pointer


def test_a_freeze_blocks_a_promotion_until_it_is_lifted(week):
    with_staged_edit(week)
    week("freeze", "add", "--from", "2026-11-20", "--to", "2026-11-22", "--reason", "quarter end")
    frozen = week("promote", "--yes")
    lifted = week("freeze", "lift")

    assert frozen.code == 5
    assert "quarter end" in frozen.err
    assert lifted.code == 0
    assert week("promote", "--yes").code == 0


def test_a_freeze_that_ends_before_it_begins_is_refused(week):
    told = week("freeze", "add", "--from", "2026-12-02", "--to", "2026-12-01", "--reason", "x")

    assert told.code == 3
    assert "ends before it begins" in told.err


def test_what_somebody_changed_by_hand_is_found_and_can_be_adopted(week):
    week.edit(week.live(), "Person_Score__c >= 0", "Person_Score__c >= 7")
    found = week("drift")
    stopped = week("clone", "live", "--summary", "x")
    adopted = week("clone", "live", "--summary", "x", "--adopt")

    assert found.code == 1
    assert "was changed by hand: flow/lead" in found.out
    assert "`Person_Score__c >= 7` (was `Person_Score__c >= 0`)" in " ".join(found.out.split())
    assert stopped.code == 4
    assert adopted.code == 0
    assert "Person_Score__c >= 7" in (week.root / "flows/lead.yaml").read_text()


# -- export, log, verify


def test_an_export_brings_names_back_for_ids_byte_for_byte(week):
    with_draft(week)
    before = (week.root / "flows/lead.yaml").read_bytes()
    told = week("export", "production")

    assert told.code == 0
    assert (week.root / "flows/lead.yaml").read_bytes() == before
    assert "user/" in before.decode() or "queue/" in before.decode()


def test_an_export_of_an_environment_that_does_not_exist_names_those_that_do(week):
    with_draft(week)
    told = week("export", "productoin")

    assert told.code == 3
    assert "staging, production" in told.err


def test_the_log_is_the_changelog_of_routing(week):
    told = week("log", "-f", "md")

    assert told.out.startswith("## 2026-11-16: Live on 2026-11-16")


def test_verify_finds_a_record_that_was_edited(week):
    import subprocess

    week.edit("releases/2026-11-02.yaml", "kind: weekly", "kind: hotfix")
    subprocess.run(["git", "commit", "-qam", "tamper"], cwd=week.root, check=True)
    told = week("verify")

    assert told.code == 1
    assert "releases/2026-11-02.yaml: the record is not what its plan" in told.out


# -- names that git would take for something else


@pytest.mark.parametrize("name", ["--upload-pack=x", "-x", "no such thing", "HEAD^{/x", "a..b", "@{u}"])
def test_a_version_that_does_not_exist_is_no_traceback(week, name):
    told = week("diff", "--", name, "live")

    assert told.code == 3
    assert told.err.startswith("error: ")


def test_an_unknown_command_is_a_usage_error_with_the_closest_one(week):
    told = week("promot")

    assert told.code == 64
    assert "did you mean `promote`?" in told.err


# -- what new users ran into


def test_a_flow_that_was_deleted_does_not_pass_for_tested(week):
    with_draft(week)
    (week.root / "flows/lead.yaml").unlink()
    checked, tested = week("check"), week("test")
    week("save", "-m", "gone")

    assert checked.code == 1
    assert "there is no flow `lead` for these fixtures" in checked.out
    assert tested.code == 3
    assert week("plan").code == 5


def test_a_list_of_leads_that_lies_beside_the_flows_is_never_saved(week):
    with_draft(week)
    (week.root / "leads.csv").write_text("Email,Company\nann@x.example,X\n")

    assert week("status", "--json").data["unsaved"] == []
    assert "nothing to save" in week("save", "-m", "x").out
    assert week("plan").err.startswith("error: the draft changes nothing")


def test_a_record_that_was_edited_by_hand_is_told_with_the_command_that_takes_it_back(week):
    with_draft(week)
    week.edit("releases/2026-11-16.yaml", "kind: weekly", "kind: hotfix")

    assert week("status", "--json").data["next"]["command"] == "git checkout -- releases/2026-11-16.yaml"
    assert "`git checkout -- releases/2026-11-16.yaml` takes the edit back" in week("plan").err


def test_status_leads_a_hotfix_to_its_finish(week):
    with_draft(week)
    week.edit("flows/lead.yaml", "'job fair', ", "'job fair', 'badge', ")
    week("save", "-m", "x")
    week("hotfix", "start", "--from", "@draft")

    assert week("status", "--json").data["next"]["command"] == "flowctl hotfix finish"


@pytest.mark.parametrize("words", [("plan", "--to", "prod"), ("rollback", "prod", "--reason", "x", "--yes")])
def test_an_environment_that_is_misspelt_is_told_as_such(week, words):
    with_staged_edit(week)

    assert "there is no environment `prod`" in week(*words).err


def test_a_gate_that_is_not_met_says_what_to_type(week):
    with_draft(week)
    week.edit(*THRESHOLD)
    week("save", "-m", "x")

    assert "`flowctl test` shows which, and why" in week("promote", "--yes").err
