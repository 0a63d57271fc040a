import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from flowctl.diag import FlowctlError
from flowctl.history import LockHeld, Person, RefMoved, RefUpdate, create_repository, open_repository

WHEN = datetime(2026, 11, 23, 9, tzinfo=UTC)


def write(repo, path, text):
    (repo.root / path).parent.mkdir(parents=True, exist_ok=True)
    (repo.root / path).write_bytes(text.encode())


@pytest.fixture
def draft(repo, commit):
    """A branch `draft/a` that changes `flows/lead.yaml`, adds `flows/rosters/emea.yaml` and removes nothing."""
    made = commit({"flows/lead.yaml": b"flow: draft\n", "flows/rosters/emea.yaml": b"roster: emea\n"})
    repo.transaction([RefUpdate("refs/heads/draft/a", made, None)])
    return made


def test_unsaved_lists_edits_removals_and_new_files_but_not_ignored_ones(repo, git):
    write(repo, "flows/lead.yaml", "edited")
    write(repo, "flows/ü b.yaml", "new")
    write(repo, ".flowctl/journal", "x")
    write(repo, "staged", "x")
    git("add", "staged")
    (repo.root / ".gitignore").write_text(".flowctl/\n#\n")

    assert set(repo.unsaved()) == {".gitignore", "flows/lead.yaml", "flows/ü b.yaml", "staged"}
    assert set(repo.unsaved("flows")) == {"flows/lead.yaml", "flows/ü b.yaml"}
    assert set(repo.unsaved(["flows"], untracked=False)) == {"flows/lead.yaml"}
    assert repo.unsaved(["nowhere", "flows/objects"]) == ()


def test_a_file_that_was_touched_only_is_not_unsaved(repo):
    os.utime(repo.root / "flows/lead.yaml", (1, 1))

    assert repo.unsaved() == ()


def test_an_edit_of_the_same_length_in_the_second_of_the_last_save_is_saved(repo, git):
    """Git tells such a file by the time of its index alone, which a copy of the index must not lose."""
    git("config", "core.trustctime", "false")
    index, lead, second = repo.root / ".git/index", repo.root / "flows/lead.yaml", 1_700_000_000
    os.utime(lead, (second, second))
    git("update-index", "--refresh")
    before = lead.read_text()
    write(repo, "flows/lead.yaml", before.replace("flow", "FLOW"))
    for path in (lead, index):
        os.utime(path, (second, second))

    made = repo.commit_worktree(["flows"], "Save", when=WHEN)

    assert repo.files(made)["flows/lead.yaml"].decode() == before.replace("flow", "FLOW")
    assert repo.unsaved() == ()


def test_saving_takes_everything_below_the_folders_and_nothing_else(repo, git):
    write(repo, "flows/lead.yaml", "edited")
    write(repo, "flows/new/a.yaml", "new")
    write(repo, "README.md", "mine")
    write(repo, "staged.txt", "staged")
    git("add", "staged.txt")

    made = repo.commit_worktree(["flows", "drafts", "flowctl.yaml"], "Save\n\nwhy", when=WHEN)

    assert repo.head().commit == made
    assert set(repo.files(made)) == {".gitignore", "flows/lead.yaml", "flows/new/a.yaml"}
    assert git("status", "--porcelain").splitlines() == ["A  staged.txt", "?? README.md"]


def test_saving_a_removed_file_and_a_file_that_became_a_folder(repo, git):
    write(repo, "flows/a", "file")
    write(repo, "flows/b", "file")
    repo.commit_worktree("flows", "One", when=WHEN)
    (repo.root / "flows/a").unlink()
    git("rm", "-q", "--cached", "flows/b")
    (repo.root / "flows/b").unlink()
    write(repo, "flows/a/c", "inside")

    made = repo.commit_worktree("flows", "Two", when=WHEN)

    assert set(repo.files(made, "flows")) == {"flows/a/c", "flows/lead.yaml"}
    assert repo.unsaved() == ()


def test_saving_nothing_makes_no_commit(repo):
    before = repo.head()

    assert repo.commit_worktree(["flows", "drafts"], "Nothing", when=WHEN) is None
    assert repo.head() == before
    assert repo.stale_locks() == []


def test_the_first_save_of_an_empty_repository_has_no_parent(empty):
    assert empty.commit_worktree("", "Nothing", when=WHEN) is None
    write(empty, "a", "1")

    made = empty.commit_worktree("", "First", when=WHEN)

    assert empty.commit_info(made).parents == ()
    assert empty.head().branch == "main"


def test_saving_when_detached_moves_head_only(repo, git):
    git("checkout", "-q", "--detach")
    main = repo.resolve("main")
    write(repo, "flows/lead.yaml", "edited")

    made = repo.commit_worktree("flows", "Detached", when=WHEN)

    assert (repo.head().branch, repo.head().commit) == (None, made)
    assert repo.resolve("main") == main


def test_the_same_save_has_the_same_id_on_any_machine(repo, tmp_path):
    ids = set()
    for name, zone in (("a", "UTC"), ("b", "Asia/Tokyo")):
        with create_repository(tmp_path / name) as made:
            write(made, "flows/x", "1")
            os.environ["TZ"] = zone
            ids.add(made.commit_worktree("flows", "Same", when=WHEN, committer=Person("Bo", "bo@example.com")))
    os.environ.pop("TZ")

    assert len(ids) == 1


def test_windows_line_ends_are_stored_as_the_configuration_says(repo, git):
    git("config", "core.autocrlf", "true")
    write(repo, "flows/crlf.yaml", "a\r\nb\r\n")

    made = repo.commit_worktree("flows", "Windows", when=WHEN)

    assert repo.text(made, "flows/crlf.yaml") == "a\nb\n"
    assert (repo.root / "flows/crlf.yaml").read_bytes() == b"a\r\nb\r\n"
    assert repo.unsaved() == ()


def test_a_save_that_is_locked_out_says_by_which_file(repo, git):
    write(repo, "flows/lead.yaml", "edited")
    before = repo.head()
    (repo.root / ".git/index.lock").write_text("")

    with pytest.raises(LockHeld) as caught:
        repo.commit_worktree("flows", "Save", when=WHEN)

    assert caught.value.lock == repo.root / ".git/index.lock"
    assert f"rm {repo.root}/.git/index.lock" in caught.value.hint
    assert repo.head() == before
    assert (repo.root / ".git/index.lock").exists()


def test_a_save_whose_branch_is_locked_changes_nothing(repo, git):
    write(repo, "flows/lead.yaml", "edited")
    before, index = repo.head(), (repo.root / ".git/index").read_bytes()
    (repo.root / ".git/refs/heads/main.lock").write_text("")

    with pytest.raises(LockHeld, match=r"refs/heads/main\.lock"):
        repo.commit_worktree("flows", "Save", when=WHEN)

    assert repo.head() == before
    assert (repo.root / ".git/index").read_bytes() == index
    assert not (repo.root / ".git/index.lock").exists()


def test_a_save_without_an_identity_changes_nothing(repo, monkeypatch):
    for name in ("GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL"):
        monkeypatch.delenv(name)
    write(repo, "flows/lead.yaml", "edited")

    with pytest.raises(FlowctlError) as caught:
        repo.commit_worktree("flows", "Save", when=WHEN)

    assert "git config --global user.name" in caught.value.hint
    assert "git config --global user.email" in caught.value.hint
    assert repo.unsaved() == ("flows/lead.yaml",)


def test_a_save_survives_names_that_look_like_patterns(repo):
    write(repo, "flows/*.yaml", "1")
    write(repo, "flows/:(top)x", "2")

    made = repo.commit_worktree(["flows/*.yaml", "flows/:(top)x"], "Odd", when=WHEN)

    assert set(repo.files(made, "flows")) == {"flows/*.yaml", "flows/:(top)x", "flows/lead.yaml"}


def test_the_index_of_a_save_that_was_killed_can_be_set_right(repo, commit):
    write(repo, "flows/lead.yaml", "edited")
    made = commit({"flows/lead.yaml": b"edited"})
    repo.transaction([RefUpdate("refs/heads/main", made, repo.resolve("main"))])
    assert repo.unsaved() == ("flows/lead.yaml",)

    repo.reset_index()

    assert repo.unsaved() == ()


def test_switching_brings_the_files_of_the_branch(repo, draft, git):
    repo.switch("draft/a")

    assert repo.head().branch == "draft/a"
    assert (repo.root / "flows/lead.yaml").read_text() == "flow: draft\n"
    assert git("status", "--porcelain") == ""

    repo.switch("main")

    assert not (repo.root / "flows/rosters").exists()
    assert git("status", "--porcelain") == ""


def test_switching_leaves_unknown_and_ignored_files_alone(repo, draft):
    write(repo, "notes.txt", "mine")
    write(repo, ".flowctl/journal", "ours")

    repo.switch("draft/a")

    assert (repo.root / "notes.txt").read_text() == "mine"
    assert (repo.root / ".flowctl/journal").read_text() == "ours"


def test_switching_refuses_unsaved_edits(repo, draft):
    write(repo, "flows/lead.yaml", "edited")

    with pytest.raises(FlowctlError, match=r"unsaved edits are in the way: `flows/lead.yaml`"):
        repo.switch("draft/a")

    assert repo.head().branch == "main"
    assert (repo.root / "flows/lead.yaml").read_text() == "edited"


def test_switching_never_overwrites_a_file_that_git_does_not_know(repo, draft, git):
    write(repo, "flows/rosters/emea.yaml", "mine, unsaved")

    with pytest.raises(FlowctlError, match=r"in the way: `flows/rosters/emea.yaml`"):
        repo.switch("draft/a")

    assert repo.head().branch == "main"
    assert (repo.root / "flows/rosters/emea.yaml").read_text() == "mine, unsaved"
    assert git("status", "--porcelain") == "?? flows/rosters/"


def test_switching_takes_a_touched_file_for_what_it_is(repo, draft):
    os.utime(repo.root / "flows/lead.yaml", (1, 1))

    repo.switch("draft/a")

    assert repo.head().branch == "draft/a"


def test_switching_to_no_branch_is_an_error(repo):
    with pytest.raises(FlowctlError, match="there is no branch `nowhere`"):
        repo.switch("nowhere")


def test_switching_from_an_empty_repository(empty):
    made = empty.commit_tree(empty.write_tree(None, {"a": b"1"}), [], "One", None, WHEN)
    empty.transaction([RefUpdate("refs/heads/draft/a", made, None)])

    empty.switch("draft/a")

    assert (empty.root / "a").read_text() == "1"


def test_two_work_trees_are_not_put_on_one_branch(repo, draft, git, tmp_path):
    git("worktree", "add", "-q", str(tmp_path / "linked"), "draft/a")

    with pytest.raises(FlowctlError, match="is checked out in"):
        repo.switch("draft/a")
    assert repo.checked_out_elsewhere("draft/a") == str(tmp_path / "linked")
    assert repo.checked_out_elsewhere("main") is None


def test_a_switch_that_was_killed_before_head_moved_is_taken_up(repo, draft, git):
    repo.refresh_worktree("main", "draft/a")

    repo.switch("draft/a")

    assert git("status", "--porcelain") == ""
    assert repo.head().branch == "draft/a"


@pytest.mark.parametrize("done", [["flows/lead.yaml"], ["flows/lead.yaml", "flows/rosters/emea.yaml"]])
def test_a_switch_that_was_killed_between_two_files_is_taken_up(repo, draft, git, done):
    for path in done:
        write(repo, path, repo.text(draft, path))

    repo.switch("draft/a")

    assert git("status", "--porcelain") == ""
    assert repo.head().branch == "draft/a"


def test_a_switch_back_from_a_removed_file_is_taken_up(repo, draft, git):
    repo.switch("draft/a")
    (repo.root / "flows/rosters/emea.yaml").unlink()

    repo.switch("main")

    assert git("status", "--porcelain") == ""


def test_a_removed_file_that_the_branch_has_too_is_an_edit(repo, draft):
    (repo.root / "flows/lead.yaml").unlink()

    with pytest.raises(FlowctlError, match=r"in the way: `flows/lead.yaml`"):
        repo.switch("draft/a")


def test_in_the_middle_of_a_merge_nothing_is_saved_or_switched(repo, draft, git):
    (repo.root / ".git/MERGE_HEAD").write_text(draft)
    write(repo, "flows/lead.yaml", "edited")

    for ask in (lambda: repo.commit_worktree("flows", "Save", when=WHEN), lambda: repo.switch("draft/a")):
        with pytest.raises(FlowctlError) as caught:
            ask()
        assert caught.value.hint == "finish it, or `git merge --abort`"


def test_no_path_is_nothing_and_the_empty_path_is_everything(repo):
    write(repo, "flows/lead.yaml", "edited")

    assert repo.unsaved([]) == ()
    assert repo.unsaved("") == repo.unsaved(["flows", ""]) == ("flows/lead.yaml",)
    assert repo.commit_worktree([], "Nothing", when=WHEN) is None
    assert repo.commit_worktree("", "Everything", when=WHEN)
    assert repo.unsaved() == ()


def test_the_files_follow_a_branch_that_a_transaction_moved(repo, draft, git):
    old = repo.resolve("main")
    repo.transaction([RefUpdate("refs/heads/main", draft, old)])

    repo.refresh_worktree(old, draft)

    assert git("status", "--porcelain") == ""
    assert (repo.root / "flows/lead.yaml").read_text() == "flow: draft\n"


@pytest.mark.parametrize(
    "done", [["flows/lead.yaml"], ["flows/rosters/emea.yaml"], ["flows/lead.yaml", "flows/rosters/emea.yaml"]]
)
def test_a_refresh_that_was_killed_half_way_is_taken_up(repo, draft, git, done):
    old = repo.resolve("main")
    repo.transaction([RefUpdate("refs/heads/main", draft, old)])
    for path in done:
        write(repo, path, repo.text(draft, path))

    repo.refresh_worktree(old, draft)

    assert git("status", "--porcelain") == ""


def test_a_refresh_that_meets_an_edit_touches_nothing(repo, draft, git):
    old = repo.resolve("main")
    write(repo, "flows/lead.yaml", "edited")
    write(repo, "flows/rosters/emea.yaml", "roster: emea\n")
    index = git("ls-files", "--stage")

    with pytest.raises(FlowctlError, match=r"in the way: `flows/lead.yaml`"):
        repo.refresh_worktree(old, draft)

    assert (repo.root / "flows/lead.yaml").read_text() == "edited"
    assert git("ls-files", "--stage") == index


def test_locks_are_listed_and_only_locks_are_removed(repo, git, tmp_path):
    git("worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
    names = ["index.lock", "HEAD.lock", "packed-refs.lock", "refs/heads/draft/a.lock", "refs/tags/live/x.lock"]
    for name in names:
        (repo.root / ".git" / name).parent.mkdir(parents=True, exist_ok=True)
        (repo.root / ".git" / name).write_text("")
    with open_repository(tmp_path / "linked") as linked:
        (repo.root / ".git/worktrees/linked/index.lock").write_text("")
        assert repo.root / ".git/worktrees/linked/index.lock" in linked.stale_locks()

    assert repo.stale_locks() == sorted(repo.root / ".git" / name for name in names)
    repo.remove_locks([repo.root / "flows/lead.yaml", *repo.stale_locks()[:4]])

    assert len(repo.stale_locks()) == 1
    assert (repo.root / "flows/lead.yaml").exists()


def test_identity_is_what_the_user_has_set_not_what_git_guesses(repo, monkeypatch, git):
    assert repo.identity() == Person("Ana Ruiz", "ana.ruiz@example.com")
    for name in ("GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.delenv(name)
    assert repo.identity() is None

    git("config", "user.name", "Bo <Li>")
    git("config", "user.email", "bo.li@example.com")

    assert repo.identity().email == "bo.li@example.com"


def test_writing_beside_the_work_tree_leaves_it_alone(repo, git):
    tree = repo.write_tree("HEAD", {"flows/lead.yaml": b"x\r\n", "a/b/c": b"y", ".gitignore": None, "gone": None})

    assert repo.files(tree) == {"a/b/c": b"y", "flows/lead.yaml": b"x\r\n"}
    assert git("status", "--porcelain") == ""
    assert repo.write_tree("HEAD", {}) == repo.tree_id("HEAD")
    assert repo.write_tree(repo.tree_id("HEAD"), {"flows/lead.yaml": b"x\r\n"}) != repo.tree_id("HEAD")


def test_a_file_becomes_a_folder_in_a_tree_and_back(repo):
    folder = repo.write_tree("HEAD", {"flows": None, "flows/lead.yaml": None, "flows/lead.yaml/a": b"1"})

    assert set(repo.files(folder)) == {".gitignore", "flows/lead.yaml/a"}
    assert set(repo.files(repo.write_tree(folder, {"flows": b"file"}))) == {".gitignore", "flows"}


def test_a_full_or_read_only_disk_is_an_error_and_nothing_moves(repo, tmp_path, monkeypatch):
    before = repo.head()
    write(repo, "flows/lead.yaml", "edited")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))

    with pytest.raises(FlowctlError, match="cannot write a temporary folder"):
        repo.commit_worktree("flows", "Save", when=WHEN)

    assert repo.head() == before
    assert repo.stale_locks() == []


def test_a_process_killed_before_the_refs_move_leaves_them_untouched(repo, git):
    before = git("for-each-ref")
    code = (
        "import os, pathlib, signal, sys\n"
        "from datetime import datetime, UTC\n"
        "from flowctl.history import open_repository\n"
        "repo = open_repository(pathlib.Path(sys.argv[1]))\n"
        "tree = repo.write_tree('HEAD', {'flows/lead.yaml': b'killed'})\n"
        "repo.commit_tree(tree, [repo.resolve('HEAD')], 'x', None, datetime(2026, 1, 1, tzinfo=UTC))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )

    done = subprocess.run([sys.executable, "-c", code, str(repo.root)], env={**os.environ, "PYTHONPATH": os.getcwd()})

    assert done.returncode == -9
    assert git("for-each-ref") == before
    assert git("status", "--porcelain") == ""
    assert git("fsck", "--no-dangling") == ""


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_no_process_is_left_when_the_repository_is_closed(repo):
    with open_repository(repo.root) as found:
        found.resolve("HEAD")
        pid = found._objects._process.pid
        assert os.path.exists(f"/proc/{pid}")

    assert not os.path.exists(f"/proc/{pid}")


def test_a_moved_branch_is_not_overwritten_by_a_save(repo, monkeypatch, commit):
    write(repo, "flows/lead.yaml", "edited")
    other = commit({"other": b"1"})
    real = repo.transaction

    def somebody_is_faster(updates, *, message):
        real([RefUpdate("refs/heads/main", other, repo.resolve("main"))])
        real(updates, message=message)

    monkeypatch.setattr(repo, "transaction", somebody_is_faster)

    with pytest.raises(RefMoved):
        repo.commit_worktree("flows", "Save", when=WHEN)

    assert repo.resolve("main") == other
    assert repo.stale_locks() == []


def test_tidying_keeps_everything_readable(repo, git):
    git("config", "gc.auto", "1")
    git("config", "gc.autoDetach", "false")

    repo.tidy()

    assert repo.files("HEAD", "flows") == {"flows/lead.yaml": b"flow: lead\n"}
