"""git itself merges and shows by meaning, once `flowctl git install` has told it how."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flowctl.cli import git as verb
from flowctl.ops import drivers

pytestmark = pytest.mark.slow  # real git: together they take a minute

LEAD, FIXTURES = "flows/lead.yaml", "flows/fixtures/lead/first.yaml"
NODE = "  next_rep: {type: rotate, roster: sales, then: routed, nobody: to_marketing}\n"


@pytest.fixture
def git(past):
    """Plain git in the workspace; `ok=False` where it is to fail."""

    def call(*args, cwd=past.root, ok=True, env=None):
        done = subprocess.run(
            ["git", *args], cwd=cwd, capture_output=True, text=True, env={**os.environ, **(env or {})}
        )
        assert (done.returncode == 0) is ok, done.stdout + done.stderr
        return done.stdout + done.stderr

    return call


@pytest.fixture
def sides(past, git):
    """Commits two edits of the flow on branches `ours` (checked out) and `theirs`."""

    def make(ours, theirs, path=LEAD):
        before = (past.root / path).read_text()
        for branch, (old, new) in (("theirs", theirs), ("ours", ours)):
            git("switch", "-q", "-c", branch, "main")
            assert old in before
            (past.root / path).write_text(before.replace(old, new, 1))
            git("commit", "-q", "-am", branch)

    return make


def config(root):
    return (root / ".git/config").read_text(), (root / ".git/info").exists() and sorted(
        (path.name, path.read_text()) for path in (root / ".git/info").iterdir()
    )


# install, uninstall, check ------------------------------------------------------------------------------------------


def test_install_says_what_it_did_and_check_agrees(past):
    installed, checked = past("git", "install"), past("git", "check")

    assert (installed.code, checked.code) == (0, 0)
    assert installed.out.startswith("✓ git merges and shows flows by meaning here\n")
    assert checked.out.splitlines()[2].split() == ["✓", "merge", *verb.program()]


def test_without_an_install_check_says_what_to_type_and_exits_with_1(past):
    told = past("git", "check")

    assert told.code == 1
    assert "no driver is installed" in told.out
    assert "next: flowctl git install" in told.out


def test_install_twice_is_the_same_as_once(past):
    past("git", "install")
    once = config(past.root)

    told = past("git", "install")

    assert told.out.startswith("✓ nothing to do")
    assert config(past.root) == once


@pytest.mark.parametrize("attributes", [None, "*.png binary\n", "*.png binary", "", "# a\n\n*.png binary\n\n"])
def test_uninstall_takes_back_all_that_install_did_and_nothing_else(past, git, attributes):
    git("config", "merge.other.driver", "other %A")
    git("config", "diff.flowctl.xfuncname", "^nodes")  # somebody's own key
    file = past.root / ".git/info/attributes"
    if attributes is not None:
        file.parent.mkdir(exist_ok=True)
        file.write_text(attributes)
    before = config(past.root)

    past("git", "install")
    told = past("git", "uninstall")

    assert told.code == 0
    if attributes:
        assert config(past.root) == before
    else:
        assert config(past.root)[0] == before[0]
        assert not file.exists()


def test_lines_that_somebody_added_behind_ours_stay(past):
    past("git", "install")
    file = past.root / ".git/info/attributes"
    file.write_text(file.read_text() + "*.md diff=markdown\n")

    past("git", "install")
    past("git", "uninstall")

    assert file.read_text() == "*.md diff=markdown\n"


def test_a_workspace_that_names_the_files_itself_needs_no_lines_of_this_clone(past):
    (past.root / ".gitattributes").write_text("flows/** merge=flowctl diff=flowctl\n")

    told = past("git", "install")

    assert told.code == 0
    assert "in .gitattributes" in told.out
    assert not (past.root / ".git/info/attributes").exists()


def test_check_names_a_program_that_is_gone(past, tmp_path, monkeypatch):
    monkeypatch.setattr(verb, "program", lambda: (str(tmp_path / "old venv/bin/flowctl-git"),))

    installed, checked = past("git", "install", "--json"), past("git", "check")

    assert (installed.code, checked.code) == (1, 1)
    assert installed.data["in_order"] is False
    assert "✗ merge that program, or the python that it runs in, is gone: '/" in " ".join(checked.out.split())


def test_check_names_a_python_that_is_gone(past, tmp_path, monkeypatch):
    script = tmp_path / "flowctl-git"
    script.write_text(f"#!{tmp_path}/gone/python\n")
    script.chmod(0o755)
    monkeypatch.setattr(verb, "program", lambda: (str(script),))

    told = past("git", "install")

    assert told.code == 1
    assert "is gone" in told.out


def test_check_tells_a_program_of_another_kind_or_version(past, tmp_path, monkeypatch):
    for answer, wrong in (("hello", "does not answer as"), ("flowctl-git 0.0.1", "that is flowctl 0.0.1")):
        script = tmp_path / "flowctl-git"
        script.write_text(f"#!/bin/sh\necho {answer}\n")
        script.chmod(0o755)
        monkeypatch.setattr(verb, "program", lambda script=script: (str(script),))

        assert wrong in past("git", "install", "--json").out


def test_check_tells_what_somebody_changed_by_hand(past, git):
    past("git", "install")
    git("config", "merge.flowctl.driver", "true")
    (past.root / ".git/info/attributes").write_text("flows/**/*.yaml merge=flowctl diff=flowctl\n*.csv merge=union\n")

    points = {point["what"]: point["wrong"] for point in past("git", "check", "--json").data["points"]}

    assert points["merge"] == "`merge.flowctl.driver` is not what `flowctl git install` sets"
    assert points["files"] == "another line has them as diff=unspecified, merge=union"


def test_a_program_in_a_folder_with_spaces_and_quotes_can_be_called(past, git, sides, tmp_path, monkeypatch):
    folder = tmp_path / "it's 100%A here"
    folder.mkdir()
    script = folder / "flowctl-git"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m flowctl.cli.git_driver "$@"\n')
    script.chmod(0o755)
    monkeypatch.setattr(verb, "program", lambda: (str(script),))
    monkeypatch.setenv("PYTHONPATH", str(Path(drivers.__file__).parents[2]))

    assert past("git", "install").code == 0
    sides(("ready", "called"), ("then: next_rep}", "then: to_marketing}"))
    git("merge", "theirs")

    assert git("diff", "main").startswith("flow/lead\n")
    assert "+nodes/scored/branches: " in git("log", "-1", "-p", "ours~1")
    assert "label: called, then: to_marketing}" in (past.root / LEAD).read_text()


# merges by git itself ----------------------------------------------------------------------------------------------


@pytest.fixture
def driven(past):
    assert past("git", "install").code == 0
    return past


SAME_LINE = (("ready", "called"), ("then: next_rep}", "then: to_marketing}"))  # two keys of one branch, on one line


def test_what_git_alone_calls_a_conflict_is_merged_by_meaning(driven, git, sides):
    sides(*SAME_LINE)
    git("-c", "merge.flowctl.driver=git merge-file %A %O %B", "merge", "theirs", ok=False)
    git("merge", "--abort")

    git("merge", "theirs")

    assert "label: called, then: to_marketing}" in (driven.root / LEAD).read_text()


@pytest.mark.parametrize("how", [("rebase", "theirs"), ("cherry-pick", "theirs"), ("merge", "--squash", "theirs")])
def test_rebase_and_cherry_pick_merge_by_meaning(driven, git, sides, how):
    sides(*SAME_LINE)

    git(*how)

    assert "label: called, then: to_marketing}" in (driven.root / LEAD).read_text()


def test_a_stash_comes_back_by_meaning(driven, git, sides):
    sides(*SAME_LINE)
    git("switch", "-q", "theirs")
    driven.edit(LEAD, "ready", "called")
    git("stash")
    git("switch", "-q", "ours")
    git("reset", "-q", "--hard", "theirs")

    git("stash", "pop")

    assert "label: called, then: to_marketing}" in (driven.root / LEAD).read_text()


CONFLICT = (("Person_Score__c >= 50", "Person_Score__c >= 60"), ("Person_Score__c >= 50", "Person_Score__c >= 70"))


def test_a_conflict_is_marked_in_the_file_and_told_in_plain_words(driven, git, sides):
    sides(*CONFLICT)

    said = git("merge", "theirs", ok=False)

    assert "flows/lead.yaml: 1 place changed on both sides, marked with `conflict:` in the file" in said
    assert "both changed it" in said
    assert "flowctl git take ours flows/lead.yaml:nodes/scored/branches/ready/when" in said
    assert git("diff", "--name-only", "--diff-filter=U").strip() == LEAD
    text = (driven.root / LEAD).read_text()
    assert "conflict:" in text
    assert "<<<<<<<" not in text
    assert driven("check").code == 1


def test_a_conflict_is_settled_by_taking_a_side(driven, git, sides):
    sides(*CONFLICT)
    git("merge", "theirs", ok=False)

    told = driven("git", "take", "theirs", f"{LEAD}:nodes/scored")

    assert told.code == 0
    assert f"next: git add {LEAD} && git merge --continue" in told.out
    git("add", LEAD)
    git("-c", "core.editor=true", "merge", "--continue")
    assert "Person_Score__c >= 70" in (driven.root / LEAD).read_text()
    assert driven("check").code == 0


def test_files_that_were_settled_before_are_added_too(driven, git):
    for branch, users in (("theirs", 70), ("ours", 60)):
        git("switch", "-q", "-c", branch, "main")
        driven.edit(LEAD, "Person_Score__c >= 50", f"Person_Score__c >= {users}")
        driven.edit(FIXTURES, "Person_Score__c: 80}", f"Person_Score__c: {users}}}")
        (driven.root / "README.md").write_text(f"{branch}\n")
        git("add", "-A")
        git("commit", "-q", "-m", branch)
    git("merge", "theirs", ok=False)

    assert "next: flowctl git take ours" in driven("git", "take", "theirs", LEAD).out
    told = driven("git", "take", "theirs", FIXTURES)

    assert f"next: git add {FIXTURES} {LEAD} && git merge --continue" in told.out  # a README is for people


def test_conflicts_that_are_left_are_told_with_exit_code_6(driven, git, sides):
    sides(
        ("then: next_rep}\n    otherwise: to_marketing", "then: routed}\n    otherwise: held"),
        ("then: next_rep}\n    otherwise: to_marketing", "then: held}\n    otherwise: routed"),
    )
    git("rebase", "theirs", ok=False)

    told = driven("git", "take", "ours", f"{LEAD}:nodes/scored/branches", "--json")

    assert told.code == 6
    assert told.data["done"] == [f"{LEAD}:nodes/scored/branches/ready/then"]
    assert told.data["left"] == [f"{LEAD}:nodes/scored/otherwise"]
    assert told.data["under_way"] == "rebase"


def test_a_conflict_shows_as_a_fact(driven, git, sides):
    sides(*CONFLICT)
    git("merge", "theirs", ok=False)

    shown = [line for line in git("diff").splitlines() if line[:2] in ("++", "--", "+ ", " +", "- ", " -")][2:]

    assert shown == [
        "- nodes/scored/branches: - when: Person_Score__c >= 60; label: ready; then: next_rep",
        " -nodes/scored/branches: - when: Person_Score__c >= 70; label: ready; then: next_rep",
        "++nodes/scored/branches: - when: {conflict: {base: Person_Score__c >= 50, ours: Person_Score__c >= 60, "
        "theirs: Person_Score__c >= 70}}; label: ready; then: next_rep",
    ]


def test_a_conflict_that_was_settled_in_the_file_is_committed(driven, git, sides):
    sides(*CONFLICT)
    git("merge", "theirs", ok=False)
    git("checkout", "-q", "--theirs", LEAD)

    git("add", LEAD)
    git("commit", "-q", "--no-edit")

    assert driven("check").code == 0


def test_a_rebase_stops_at_a_conflict_and_goes_on(driven, git, sides):
    sides(*CONFLICT)
    git("rebase", "theirs", ok=False)
    git("checkout", "-q", "--theirs", LEAD)
    git("add", LEAD)

    git("-c", "core.editor=true", "rebase", "--continue")

    assert "Person_Score__c >= 60" in (driven.root / LEAD).read_text()


def test_a_file_that_cannot_be_read_is_merged_as_git_does_it(driven, git, sides):
    sides(("flow: lead\n", "flow: lead\nbroken: [\n"), ("with marketing", "held back"))

    said = git("merge", "theirs")

    assert "flows/lead.yaml: merged line by line, as git does it, since a side of it cannot be read" in said
    text = (driven.root / LEAD).read_text()
    assert "broken: [" in text
    assert "held back" in text


def test_a_file_that_cannot_be_read_keeps_the_marks_of_git_where_lines_conflict(driven, git, sides):
    sides(("flow: lead\n", "flow: [lead\n"), ("flow: lead\n", "flow: lead # theirs\n"))

    said = git("merge", "theirs", ok=False)

    assert "CONFLICT (content)" in said
    assert "<<<<<<< ours" in (driven.root / LEAD).read_text()


def test_a_bug_of_ours_leaves_the_merge_to_git(tmp_path, monkeypatch, capsys):
    from flowctl.cli import git_driver

    files = [tmp_path / name for name in ("base", "ours", "theirs")]
    for file, text in zip(files, ("a: 1\n\n\nb: 1\n", "a: 2\n\n\nb: 1\n", "a: 1\n\n\nb: 2\n"), strict=True):
        file.write_text(text)
    monkeypatch.setattr(git_driver, "merged_by_meaning", lambda *args: 1 / 0)

    code = git_driver.run(["merge", *map(str, files), LEAD, "7"])

    assert code == 0
    assert files[1].read_text() == "a: 2\n\n\nb: 2\n"
    assert "since a bug in flowctl (ZeroDivisionError)" in capsys.readouterr().err


def test_paths_with_spaces_and_quotes_are_merged(driven, git, sides):
    path = "flows/rosters/it's a team.yaml"
    (driven.root / path).write_text("roster: sales\nmembers:\n  - {user: ana.ruiz, weight: 1, cap: 5/day}\n")
    git("switch", "-q", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "a roster")
    sides(("weight: 1", "weight: 2"), ("cap: 5/day", "cap: 9/day"), path)

    git("merge", "theirs")

    assert "weight: 2, cap: 9/day" in (driven.root / path).read_text()


def test_tables_are_merged_row_by_row(driven, git, sides):
    folder = driven.root / "flows/tables"
    folder.mkdir(exist_ok=True)
    header = (
        "table: regions\ncolumns:\n  Country: {type: text, key: exact}\n  Region: {type: text}\n  Lead: {type: text}\n"
    )
    (folder / "regions.yaml").write_text(header)
    (folder / "regions.csv").write_text("Country,Region,Lead\nNorway,EMEA,ana\nPeru,AMER,bo\n")
    git("switch", "-q", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "a table")
    sides(("EMEA", "NORDICS"), (",ana", ",mia"), "flows/tables/regions.csv")

    git("merge", "theirs")

    assert (folder / "regions.csv").read_text() == "Country,Region,Lead\nNorway,NORDICS,mia\nPeru,AMER,bo\n"


def test_the_drivers_work_in_a_linked_work_tree_and_in_a_subfolder(driven, git, sides, tmp_path):
    sides(*SAME_LINE)
    git("switch", "-q", "main")
    git("worktree", "add", "-q", str(tmp_path / "other tree"), "ours")

    git("merge", "theirs", cwd=tmp_path / "other tree/flows")

    assert "label: called, then: to_marketing}" in (tmp_path / "other tree" / LEAD).read_text()


def test_a_hook_that_merges_is_driven_as_well(driven, git, sides, tmp_path):
    """git sets GIT_DIR, GIT_INDEX_FILE and others for a hook; a merge that it makes has them, too."""
    sides(*SAME_LINE)
    git("switch", "-q", "main")
    git("worktree", "add", "-q", str(tmp_path / "tree"), "ours")
    hook = driven.root / ".git/hooks/post-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n[ -e '{tmp_path}/once' ] && exit 0\ntouch '{tmp_path}/once'\ngit merge theirs\n")
    hook.chmod(0o755)

    git("commit", "-q", "--allow-empty", "-m", "merge now", cwd=tmp_path / "tree")

    assert "label: called, then: to_marketing}" in (tmp_path / "tree" / LEAD).read_text()


def test_a_driver_that_is_called_with_the_variables_of_a_hook_merges_its_files(driven, sides, git, tmp_path):
    sides(*SAME_LINE)
    other = tmp_path / "elsewhere"
    git("init", "-q", str(other), cwd=tmp_path)
    variables = {"GIT_DIR": str(driven.root / ".git"), "GIT_WORK_TREE": str(driven.root)}

    git("merge", "theirs", cwd=other, env=variables)

    assert "label: called, then: to_marketing}" in (driven.root / LEAD).read_text()


def test_a_history_that_crosses_over_is_merged(driven, git, sides):
    """Two bases: git makes one of them first, and no mark of a conflict may get into that one."""
    sides(*CONFLICT)
    ours, theirs = git("rev-parse", "ours").strip(), git("rev-parse", "theirs").strip()
    for branch, other in (("ours", theirs), ("theirs", ours)):
        git("switch", "-q", branch)
        git("merge", "-q", "-s", "ours", other)
        git("commit", "-q", "--allow-empty", "-m", "on")

    git("switch", "-q", "ours")
    said = git("merge", "theirs", ok=False)

    assert "1 place changed on both sides" in said


def test_without_the_drivers_git_is_as_before(driven, git, sides):
    driven("git", "uninstall")
    sides(*SAME_LINE)

    git("merge", "theirs", ok=False)

    assert "<<<<<<< HEAD" in (driven.root / LEAD).read_text()


# shown by git itself ---------------------------------------------------------------------------------------------


def test_git_diff_tells_edits_in_our_words(driven, git):
    driven.edit(LEAD, "then: next_rep}", "then: to_marketing}")

    said = git("diff")

    assert said.startswith("flow/lead\n")
    assert "branch `ready` of `scored` now leads to `to_marketing` (was `next_rep`)" in said


def test_git_diff_tells_a_fixture_fact_by_fact(driven, git):
    path = next((driven.root / "flows/fixtures").rglob("*.yaml")).relative_to(driven.root).as_posix()
    driven.edit(path, "why: ", "source: a wish\n  why: ")

    said = git("diff")

    assert f"+++ b/{path}" in said
    assert "/source: a wish" in said


def test_git_log_shows_facts_and_is_quiet_about_writing_and_the_order_of_nodes(driven, git):
    text = (driven.root / LEAD).read_text()
    node = NODE
    moved = text.replace(node, "").replace("  held: {", f"{node}  held: {{")
    (driven.root / LEAD).write_text(moved.replace("when: Person_Score__c >= 50", 'when: "Person_Score__c>=50"'))
    git("commit", "-q", "-am", "written differently")
    quiet = git("log", "-1", "-p", "--format=")
    driven.edit(LEAD, ">=50", ">=55")
    git("commit", "-q", "-am", "another score")

    loud = [line for line in git("log", "-1", "-p", "--format=").splitlines() if line[:1] in "+-"][2:]

    assert "@@" not in quiet
    assert loud == [
        "-nodes/scored/branches: - when: Person_Score__c >= 50; label: ready; then: next_rep",
        "+nodes/scored/branches: - when: Person_Score__c >= 55; label: ready; then: next_rep",
    ]


def test_new_gone_and_unreadable_files_are_shown(driven, git):
    (driven.root / "flows/case.yaml").unlink()
    (driven.root / "flows/new.yaml").write_text("flow: new\n")
    driven.edit(LEAD, "flow: lead", "flow: [lead")
    git("add", "-N", "flows/new.yaml")

    said = git("diff")

    assert "flow/case  - gone" in said
    assert "flow/new  + new" in said
    assert "+flow: [lead" in said


def test_a_conflict_that_is_open_is_told_by_diff(capsys):
    from flowctl.cli import git_driver

    assert git_driver.run(["diff", LEAD]) == 0
    assert capsys.readouterr().out == f"{LEAD}: not merged yet\n"


def test_what_a_command_line_cannot_mean_is_usage(capsys):
    from flowctl.cli import git_driver

    assert git_driver.run(["merge"]) == 64
    assert "usage: flowctl-git merge" in capsys.readouterr().err


def test_the_driver_loads_neither_typer_nor_rich_nor_gitpython(tmp_path):
    for name in ("base", "ours", "theirs"):
        (tmp_path / name).write_text("flow: lead\nobject: Lead\nstart: a\nnodes:\n  a: {type: end, result: x}\n")
    (tmp_path / "ours").write_text((tmp_path / "ours").read_text().replace("x}", "y}"))
    (tmp_path / "theirs").write_text((tmp_path / "theirs").read_text() + "title: z\n")
    code = (
        "import sys; from flowctl.cli import git_driver as d;"
        "c = d.run(['merge', 'base', 'ours', 'theirs', 'flows/lead.yaml', '7']);"
        "d.run(['textconv', 'ours']); d.run(['diff', 'flows/lead.yaml', 'base', '', '100644', 'ours', '', '100644']);"
        "print(c, sorted({name.split('.')[0] for name in sys.modules} & {'typer', 'rich', 'git', 'deepdiff', 're2'}))"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)

    assert done.stdout.splitlines()[-1] == "0 []"
    assert done.stderr == ""
