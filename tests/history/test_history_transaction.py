import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from flowctl.diag import Exit, FlowctlError
from flowctl.history import LockHeld, RefMoved, RefUpdate

WHEN = datetime(2026, 11, 23, 9, tzinfo=UTC)

RACE = """
import pathlib, sys
from flowctl.history import RefMoved, RefUpdate, open_repository
folder, old, new = sys.argv[1:]
repo = open_repository(pathlib.Path(folder))
repo.resolve("HEAD")
print("ready", flush=True)
sys.stdin.readline()
try:
    repo.transaction([RefUpdate("refs/heads/main", new, old), RefUpdate("refs/tags/live/a", new, None)])
    print("won")
except RefMoved as moved:
    print("lost", *moved.refs)
"""


def test_refs_move_together(repo, commit):
    head, new = repo.resolve("HEAD"), commit({"a": b"1"})

    repo.transaction(
        [
            RefUpdate("refs/heads/main", new, head),
            RefUpdate("refs/tags/live/production/2026-11-23", new, None),
            RefUpdate("refs/heads/draft/a", head, None),
        ]
    )
    assert repo.refs("refs/tags/live") == {"refs/tags/live/production/2026-11-23": new}
    repo.transaction([RefUpdate("refs/heads/draft/a", None, head), RefUpdate("refs/heads/main", new, new)])

    assert set(repo.refs("refs/heads")) == {"refs/heads/main"}


def test_one_ref_that_moved_stops_them_all_and_is_named(repo, commit):
    head, new, other = repo.resolve("HEAD"), commit({"a": b"1"}), commit({"a": b"2"})

    with pytest.raises(RefMoved) as caught:
        repo.transaction([RefUpdate("refs/heads/draft/a", new, None), RefUpdate("refs/heads/main", new, other)])

    assert caught.value.refs == ("refs/heads/main",)
    assert caught.value.exit is Exit.STALE
    assert caught.value.message == f"`refs/heads/main` is at {head[:10]}, expected at {other[:10]}"
    assert repo.refs() == {"refs/heads/main": head}


@pytest.mark.parametrize(
    "update", [("main", "new", None), ("gone", "new", "head"), ("gone", None, "head"), ("main", None, None)]
)
def test_create_only_and_compare_and_swap_are_both_refused_as_moved(repo, commit, update):
    ids = {"head": repo.resolve("HEAD"), "new": commit({"a": b"1"}), None: None}
    name, new, old = update

    with pytest.raises(RefMoved) as caught:
        repo.transaction([RefUpdate(f"refs/heads/{name}", ids[new], ids[old])])

    assert caught.value.refs == (f"refs/heads/{name}",)
    assert repo.refs() == {"refs/heads/main": ids["head"]}


@pytest.mark.parametrize(
    "ref",
    [
        "main",
        "refs/heads/a b",
        "refs/heads/../x",
        "refs/heads/-x",
        "refs/heads/a\nb",
        "refs/heads/a.lock",
        "-d",
        "refs/heads/@{",
    ],
)
def test_a_name_that_is_no_ref_is_refused(repo, ref):
    with pytest.raises(FlowctlError, match="cannot be the name"):
        repo.transaction([RefUpdate(ref, repo.resolve("HEAD"), None)])


def test_a_ref_below_another_ref_is_an_error_that_names_it(repo):
    with pytest.raises(FlowctlError, match="refs/heads/main"):
        repo.transaction([RefUpdate("refs/heads/main/sub", repo.resolve("HEAD"), None)])


def test_a_lock_that_stays_is_named(repo, commit):
    lock = repo.root / ".git/refs/heads/main.lock"
    lock.write_text("")

    with pytest.raises(LockHeld) as caught:
        repo.transaction([RefUpdate("refs/heads/main", commit({"a": b"1"}), repo.resolve("HEAD"))])

    assert caught.value.lock == lock
    assert caught.value.exit is Exit.CANNOT


@pytest.mark.slow
@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_of_two_that_move_the_same_refs_exactly_one_wins(repo, git, packed):
    if packed:
        git("pack-refs", "--all")
    env = {**os.environ, "PYTHONPATH": os.getcwd()}
    for turn in range(5):
        old = repo.resolve("main")
        tree = repo.write_tree(old, {"turn": bytes([turn])})
        ids = [repo.commit_tree(tree, [old], f"{turn} {who}", None, WHEN) for who in "ab"]
        racers = [
            subprocess.Popen(
                [sys.executable, "-c", RACE, str(repo.root), old, new],
                env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
            for new in ids
        ]  # fmt: skip
        for racer in racers:
            racer.stdout.readline()
        for racer in racers:
            racer.stdin.write("go\n")
            racer.stdin.flush()
        said = [racer.communicate()[0].strip() for racer in racers]

        assert sorted(word.split()[0] for word in said) == ["lost", "won"]
        assert repo.resolve("main") == repo.resolve("live/a") == ids[said.index("won")]
        repo.transaction([RefUpdate("refs/tags/live/a", None, repo.resolve("live/a"))])


def test_a_commit_depends_on_its_arguments_only(repo, monkeypatch):
    def made():
        return repo.commit_tree(repo.tree_id("HEAD"), [], "Same", None, WHEN)

    first = made()
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    monkeypatch.setenv("TZ", "Asia/Tokyo")

    assert made() == first


def test_a_commit_may_be_made_without_an_identity_when_one_is_given(repo, monkeypatch):
    from flowctl.history import Person

    for name in ("GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL"):
        monkeypatch.delenv(name)
    bo = Person("Bo Li", "bo.li@example.com")

    made = repo.commit_tree(repo.tree_id("HEAD"), [], "x", None, WHEN, committer=bo)

    assert repo.commit_info(made).author == bo
