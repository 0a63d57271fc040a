from datetime import UTC, datetime

import pytest

from flowctl.diag import Exit, FlowctlError
from flowctl.history import PushRefused, PushRejected, RefUpdate, redact

WHEN = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_a_repository_without_a_remote_says_how_to_add_one(repo):
    assert repo.remote() is None
    for ask in (repo.fetch, lambda: repo.push_atomic([])):
        with pytest.raises(FlowctlError) as caught:
            ask()
        assert caught.value.hint == "`git remote add origin URL`"


def test_fetching_brings_branches_and_takes_away_those_that_went(shared, colleague, git):
    made = colleague.resolve("HEAD")
    colleague.push_atomic([RefUpdate("refs/heads/draft/b", made, None), RefUpdate("refs/tags/live/a", made, None)])

    shared.fetch()
    assert shared.resolve("origin/draft/b") == shared.resolve("live/a") == made
    colleague.push_atomic([RefUpdate("refs/heads/draft/b", None, made)])
    shared.fetch()

    assert shared.remote() == "origin"
    assert shared.resolve("origin/draft/b") is None


def test_fetching_moves_and_removes_no_tag_of_ours(shared, colleague, git, commit):
    theirs, ours = colleague.resolve("HEAD"), commit({"a": b"1"})
    git("config", "fetch.pruneTags", "true")
    colleague.push_atomic([RefUpdate("refs/tags/live/a", theirs, None), RefUpdate("refs/tags/live/c", theirs, None)])
    shared.transaction([RefUpdate("refs/tags/live/a", ours, None), RefUpdate("refs/tags/live/b", ours, None)])

    fetched = shared.fetch()

    assert fetched.kept_tags == ("live/a",)
    assert shared.refs("refs/tags") == {
        "refs/tags/live/a": ours,
        "refs/tags/live/b": ours,
        "refs/tags/live/c": theirs,
    }


def test_refs_are_pushed_together(shared, commit, git, origin):
    old, new = shared.resolve("HEAD"), commit({"a": b"1"})
    updates = [RefUpdate("refs/heads/main", new, old), RefUpdate("refs/tags/live/a", new, None)]

    shared.push_atomic(updates)
    shared.push_atomic(updates)  # the answer of the first was lost

    assert git("rev-parse", "main", "live/a", cwd=origin).split() == [new, new]
    assert shared.resolve("origin/main") == new


def test_a_ref_that_moved_on_the_remote_stops_the_push_and_is_named(shared, colleague, commit, git, origin):
    old, mine = shared.resolve("HEAD"), commit({"a": b"1"})
    tree = colleague.write_tree("HEAD", {"a": b"2"})
    theirs = colleague.commit_tree(tree, [old], "Theirs", None, WHEN)
    colleague.push_atomic([RefUpdate("refs/heads/main", theirs, old)])

    with pytest.raises(PushRejected) as caught:
        shared.push_atomic([RefUpdate("refs/heads/main", mine, old), RefUpdate("refs/tags/live/a", mine, None)])

    assert caught.value.refs == ("refs/heads/main",)
    assert caught.value.exit is Exit.STALE
    assert git("for-each-ref", "--format=%(objectname) %(refname)", cwd=origin) == f"{theirs} refs/heads/main"


def test_a_tag_is_created_on_the_remote_only_once(shared, colleague, commit):
    old, mine = shared.resolve("HEAD"), commit({"a": b"1"})
    colleague.push_atomic([RefUpdate("refs/tags/live/a", old, None)])

    with pytest.raises(PushRejected) as caught:
        shared.push_atomic([RefUpdate("refs/heads/main", mine, old), RefUpdate("refs/tags/live/a", mine, None)])

    assert caught.value.refs == ("refs/tags/live/a",)


def test_a_push_of_nothing_pushes_nothing(shared, git, origin):
    git("config", "push.default", "matching")
    git("commit", "-q", "--allow-empty", "-m", "mine")

    shared.push_atomic([])

    assert git("rev-parse", "main", cwd=origin) != shared.resolve("main")


def test_a_protected_branch_is_told_apart_from_a_stale_one(shared, commit, origin):
    hook = origin / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'You may not push to main.' >&2\nexit 1\n")
    hook.chmod(0o755)

    with pytest.raises(PushRefused) as caught:
        shared.push_atomic([RefUpdate("refs/heads/main", commit({"a": b"1"}), shared.resolve("HEAD"))])

    assert caught.value.refs == ("refs/heads/main",)
    assert "You may not push to main" in caught.value.message
    assert "--via mr" in caught.value.hint
    assert caught.value.exit is Exit.CANNOT


def test_a_remote_that_updates_one_ref_only_is_told_apart_too(shared, commit, origin):
    hook = origin / "hooks/update"
    hook.write_text("#!/bin/sh\ntest $1 != refs/heads/main\n")
    hook.chmod(0o755)
    old, new = shared.resolve("HEAD"), commit({"a": b"1"})

    with pytest.raises(PushRefused) as caught:
        shared.push_atomic([RefUpdate("refs/heads/main", new, old), RefUpdate("refs/tags/live/a", new, None)])

    assert caught.value.refs == ("refs/heads/main",)


def test_what_the_user_has_set_about_pushes_does_not_widen_ours(shared, commit, git, origin):
    git("config", "push.followTags", "true")
    git("config", "remote.origin.push", "+refs/heads/*:refs/heads/*")
    git("tag", "-a", "private", "-m", "x")
    git("branch", "mine")

    shared.push_atomic([RefUpdate("refs/heads/main", commit({"a": b"1"}), shared.resolve("HEAD"))])

    assert git("for-each-ref", "--format=%(refname)", cwd=origin) == "refs/heads/main"


@pytest.mark.parametrize(
    "url", ["https://ana:s3cr/et@127.0.0.1:1/x.git", "https://s3cret@127.0.0.1:1/x.git?token=s3cret", "/nowhere/at/all"]
)
def test_a_remote_out_of_reach_is_named_and_no_secret_is_told(repo, git, url):
    git("remote", "add", "origin", url)

    for ask in (repo.fetch, lambda: repo.push_atomic([RefUpdate("refs/heads/main", repo.resolve("HEAD"), None)])):
        with pytest.raises(FlowctlError) as caught:
            ask()
        assert "`origin`" in caught.value.message
        assert "s3cr" not in caught.value.message + (caught.value.hint or "") + repr(caught.value)
        assert "\n" not in caught.value.message


def test_an_address_that_is_an_option_is_refused(repo, git, tmp_path):
    git("config", "remote.origin.url", f"--upload-pack=touch {tmp_path}/hit")

    for ask in (repo.remote, repo.fetch, lambda: repo.push_atomic([])):
        with pytest.raises(FlowctlError, match="begins with `-`"):
            ask()
    assert not (tmp_path / "hit").exists()


def test_an_address_that_runs_a_program_is_refused(repo, git, tmp_path):
    git("config", "remote.origin.url", f"ext::sh -c touch% {tmp_path}/hit")

    with pytest.raises(FlowctlError, match="not allowed"):
        repo.fetch()
    assert not (tmp_path / "hit").exists()


def test_a_ref_that_is_an_option_is_refused_before_the_remote_hears_of_it(shared):
    with pytest.raises(FlowctlError, match="cannot be the name"):
        shared.push_atomic([RefUpdate("--receive-pack=x", shared.resolve("HEAD"), None)])


def test_ssh_never_asks(repo, git, tmp_path, monkeypatch):
    fake = tmp_path / "bin/ssh"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/seen\nexit 1\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent), prepend=":")
    git("remote", "add", "origin", "git@git.example:x.git")

    for setting in (None, f"{fake} -o Mine=1"):
        if setting:
            git("config", "core.sshCommand", setting)
        with pytest.raises(FlowctlError):
            repo.fetch()

    first, second = (tmp_path / "seen").read_text().splitlines()
    assert "-o BatchMode=yes" in first
    assert "-o Mine=1" in second


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("to https://u:p@host/x 'https://t@h/'", "to https://host/x 'https://h/'"),
        ("ssh://git@host/x", "ssh://host/x"),
        ("https://u:p@ss/w@host/x?private_token=abc#d", "https://host/x"),
        ("git@host:x and nothing else", "git@host:x and nothing else"),
    ],
)
def test_redacted_text_has_no_user_info(text, clean):
    assert redact(text) == clean
