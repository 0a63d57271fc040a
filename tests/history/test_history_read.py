import random
from datetime import UTC, datetime, timedelta

import pytest

from flowctl.diag import FlowctlError
from flowctl.history import Person, RefUpdate

WHEN = datetime(2026, 11, 23, 9, tzinfo=UTC)
EVIL = ["--upload-pack=x", "-x", "", "a\nHEAD", "a\0b", "--output=/tmp/x"]


@pytest.mark.parametrize("name", EVIL)
def test_a_name_that_git_could_take_for_an_option_is_refused_everywhere(repo, name):
    for ask in (repo.resolve, repo.tree_id, repo.commit_info, repo.files, lambda v: repo.text(v, "a")):
        with pytest.raises(FlowctlError, match="is not a version"):
            ask(name)
    for ask in (repo.merge_base, repo.is_ancestor, repo.changed_paths):
        with pytest.raises(FlowctlError, match="is not a version"):
            ask("HEAD", name)
    with pytest.raises(FlowctlError):
        repo.log(version=name)


def test_any_name_of_a_commit_resolves(repo, git):
    git("tag", "-a", "v1", "-m", "one")
    head = git("rev-parse", "HEAD")

    assert {repo.resolve(name) for name in ("HEAD", "main", "refs/heads/main", "v1", head, head[:9], "@")} == {head}


@pytest.mark.parametrize(
    "name", ["nowhere", "HEAD~5", "a b", "HEAD:flows", "HEAD:flows/lead.yaml", "..", "main missing"]
)
def test_what_names_no_commit_resolves_to_none(repo, name):
    assert repo.resolve(name) is None


def test_a_ref_that_moved_is_seen_by_the_running_reader(repo, git, commit):
    before = repo.resolve("main")

    git("commit", "-q", "--allow-empty", "-m", "x")
    git("pack-refs", "--all")
    git("gc", "-q")

    assert repo.resolve("main") != before
    assert repo.text("main", "flows/lead.yaml") == "flow: lead\n"


def test_text_is_what_was_stored_byte_for_byte(repo, commit):
    made = commit({"a.yaml": "\ufeffflow: ü\r\n".encode()})

    assert repo.text(made, "a.yaml") == "\ufeffflow: ü\r\n"
    assert repo.text(made, "flows") is None
    assert repo.text(made, "none.yaml") is None


def test_text_that_is_not_utf8_names_the_place(repo, commit):
    made = commit({"a.yaml": b"ab\xff"})

    with pytest.raises(FlowctlError, match=r"a\.yaml` is not UTF-8 \(byte 3\)"):
        repo.text(made, "a.yaml")


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../b", ".git/config", "a/.GIT/x", "a\nb"])
def test_a_path_outside_the_tree_is_refused(repo, path):
    with pytest.raises(FlowctlError, match="not a path inside"):
        repo.text("HEAD", path)
    with pytest.raises(FlowctlError, match="not a path inside"):
        repo.write_tree("HEAD", {path: b""})


def test_files_are_read_at_any_depth_below_a_folder(repo, commit):
    made = commit({"flows/objects/Lead.yaml": b"1", "flows/ü/ b": b"", "releases/a": b"2", "top": b"3"})

    assert repo.files(made, "flows/") == {
        "flows/lead.yaml": b"flow: lead\n",
        "flows/objects/Lead.yaml": b"1",
        "flows/ü/ b": b"",
    }
    assert repo.files(made, ["releases", "top", "gone"]) == {"releases/a": b"2", "top": b"3"}
    assert len(repo.files(made)) == 6


def test_symlinks_are_not_files(repo, git):
    (repo.root / "flows/link").symlink_to("/etc/passwd")
    repo.commit_worktree("flows", "Link", when=WHEN)

    assert list(repo.files("HEAD", "flows")) == ["flows/lead.yaml"]


def test_binary_and_long_files_survive_the_batch(repo, commit):
    contents = {f"f/{number}": bytes(range(256)) * number for number in range(0, 3000, 100)}

    assert repo.files(commit(contents), "f") == dict(sorted(contents.items()))


def test_an_unknown_version_is_named(repo):
    with pytest.raises(FlowctlError, match="there is no version `v9`"):
        repo.files("v9")


def test_a_commit_tells_who_when_and_why(repo):
    author = Person("Zoë 'Q' Ng", "zoe.ng@example.com")
    when = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    made = repo.commit_tree(repo.tree_id("HEAD"), ["HEAD"], "Título\n\nbody 1\n\nbody 2\n\n", author, when)

    info = repo.commit_info(made)

    assert (info.id, info.parents, info.author, info.when) == (made, (repo.resolve("HEAD"),), author, when)
    assert (info.subject, info.body) == ("Título", "body 1\n\nbody 2")
    assert info.when.tzinfo is UTC


def test_log_follows_the_paths_newest_first(repo, commit):
    one = commit({"flows/lead.yaml": b"1"}, "HEAD", "one")
    two = commit({"other": b"2"}, one, "two")
    three = commit({"flows/lead.yaml": b"3"}, two, "three")

    assert [info.subject for info in repo.log(["flows"], version=three)] == ["three", "one", "First"]
    assert [info.subject for info in repo.log(version=three, limit=2)] == ["three", "two"]
    assert repo.log(["*"], version=three) == ()
    assert repo.log(version=three, since=WHEN + timedelta(days=1)) == ()


def test_ancestry(repo, commit):
    left, right = commit({"a": b"1"}), commit({"a": b"2"})

    assert repo.merge_base(left, right) == repo.resolve("HEAD")
    assert repo.is_ancestor("HEAD", left)
    assert repo.is_ancestor(left, left)
    assert not repo.is_ancestor(left, right)


def test_commits_without_a_common_past_have_no_merge_base(repo):
    alone = repo.commit_tree(repo.write_tree(None, {"a": b""}), [], "Alone", None, WHEN)

    assert repo.merge_base("HEAD", alone) is None


def test_changed_paths_are_spelled_as_they_are(repo, commit, git):
    git("config", "core.quotepath", "true")
    made = commit({"flows/lead.yaml": None, 'flows/ünï "q".yaml': b"flow: lead\n"})

    assert repo.changed_paths("HEAD", made) == ("flows/lead.yaml", 'flows/ünï "q".yaml')


def test_refs_below_a_folder_are_told_with_their_commits(repo, git):
    head = repo.resolve("HEAD")
    git("tag", "-a", "live/production/2026-11-23", "-m", "x")
    git("tag", "other")

    assert repo.refs("refs/tags/live/") == {"refs/tags/live/production/2026-11-23": head}
    assert set(repo.refs()) == {"refs/heads/main", "refs/tags/live/production/2026-11-23", "refs/tags/other"}
    with pytest.raises(FlowctlError):
        repo.refs("--exec=x")


def test_an_empty_repository_has_nothing_to_read(empty):
    assert empty.head().commit is None
    assert empty.head().branch == "main"
    assert empty.resolve("HEAD") is None
    assert empty.log() == ()
    assert empty.refs() == {}


@pytest.mark.parametrize("left", [0, 3000], ids=["all", "end"])
def test_a_damaged_object_is_an_error_and_the_next_question_is_answered(repo, commit, git, left):
    made = commit({"a": random.Random(1).randbytes(1 << 20)})
    blob = git("rev-parse", f"{made}:a")
    file = repo.root / ".git/objects" / blob[:2] / blob[2:]
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:left])

    with pytest.raises(FlowctlError):
        repo.read(made, "a")
    assert repo.text(made, "flows/lead.yaml") == "flow: lead\n"


def test_refs_named_to_confuse_are_just_names(repo, git):
    head = repo.resolve("HEAD")
    (repo.root / ".git/refs/heads/--upload-pack=x").write_text(head + "\n")

    assert "refs/heads/--upload-pack=x" in repo.refs()
    assert repo.resolve("refs/heads/--upload-pack=x") == head
    with pytest.raises(FlowctlError):
        repo.switch("--upload-pack=x")
    with pytest.raises(FlowctlError):
        repo.transaction([RefUpdate("refs/heads/--upload-pack=x", None, head)])


def test_a_user_who_asks_for_a_path_gets_the_name_that_git_has_for_it(repo, tmp_path):
    (tmp_path / "link").symlink_to(repo.root)

    assert repo.inside("flows/../flows/lead.yaml") == "flows/lead.yaml"
    assert repo.inside(repo.root / "flows/new.yaml") == "flows/new.yaml"
    assert repo.inside(tmp_path / "link/flows/lead.yaml") == "flows/lead.yaml"


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "out/x", "out", ".git/config", "loop/x", "a\x1bb"])
def test_a_path_that_leaves_the_workspace_is_refused(repo, tmp_path, path):
    (repo.root / "out").symlink_to(tmp_path)
    (repo.root / "loop").symlink_to("loop")

    with pytest.raises(FlowctlError):
        repo.inside(path)


def test_ids_tell_contents_of_many_versions_apart_without_reading_them(repo, git, commit):
    same = commit({"b.yaml": b"other"})
    changed = commit({"flows/lead.yaml": b"flow: other\n"})
    gone = commit({"flows/lead.yaml": None})

    found = repo.ids(["HEAD", same, changed, gone], "flows/lead.yaml")
    assert found[0] == found[1] == git("rev-parse", "HEAD:flows/lead.yaml")
    assert found[2] not in (None, found[0])
    assert found[3] is None
    assert repo.ids(["HEAD", same], "flows") == [git("rev-parse", "HEAD:flows")] * 2
    assert repo.ids([], "flows") == []
    with pytest.raises(FlowctlError, match="is not a version"):
        repo.ids(["HEAD", "-x"], "flows")


def test_listings_of_folders_are_the_files_below_them(repo, commit):
    versions = ["HEAD", commit({"flows/a/b.yaml": b"1", "flows/c.yaml": b"2"}), commit({"flows/a/b.yaml": b"1"})]
    trees = repo.ids(versions, "flows")
    listed = repo.listings(trees)

    for version, tree in zip(versions, trees, strict=True):
        files = repo.files(version, "flows")
        assert {f"flows/{path}" for path in listed[tree]} == set(files)
        assert dict(zip(files, repo.contents(list(listed[tree].values())), strict=True)) == files


def test_contents_come_in_the_order_asked_for_and_as_often(repo, commit):
    made = commit({"a": b"1", "b": b"2"})
    one, two = (repo.ids([made], path)[0] for path in "ab")

    assert repo.contents([two, one, two]) == [b"2", b"1", b"2"]
    with pytest.raises(FlowctlError, match="missing from this clone"):
        repo.contents(["0" * 40])
