"""The operation log: whole lines, bounded, and never in the way of a command."""

import json
from datetime import timedelta
from itertools import count

import pytest

from flowctl.history import Effect, RefMoved, RefUpdate, in_all, open_repository, reversed_effects
from flowctl.history import operations as module
from flowctl.history.operations import digest
from tests.history.conftest import WHEN


@pytest.fixture
def log(repo):
    """The log, with a command begun."""
    clock = (WHEN + timedelta(minutes=n) for n in count())
    repo.operations.begin("flowctl save -m one", lambda: next(clock))
    return repo.operations


def write(log, n, name="a.yaml"):
    before, after = f"{n}\n".encode(), f"{n + 1}\n".encode()
    log.record([Effect("file", name, digest(before), digest(after), on="main")], [before, after])


def file(repo):
    return repo.root / ".git/flowctl/operations.jsonl"


def test_nothing_is_recorded_before_a_command_begins(repo, commit):
    repo.transaction([RefUpdate("refs/heads/draft/a", commit({"b": b""}), None)])

    assert repo.operations.all() == ()
    assert not file(repo).exists()


def test_what_one_command_does_is_one_operation(repo, log, commit):
    made = commit({"b": b""})

    repo.transaction([RefUpdate("refs/heads/draft/a", made, None)])
    repo.switch("draft/a")

    [operation] = log.all()
    assert operation.command == "flowctl save -m one"
    assert (operation.number, operation.when) == (1, WHEN)
    assert operation.effects == (
        Effect("ref", "refs/heads/draft/a", None, made),
        Effect("head", "", "main", "draft/a"),
    )
    assert len(file(repo).read_text().splitlines()) == 2


def test_a_save_moves_its_branch_and_lets_the_files_be(repo, log):
    before = repo.resolve("HEAD")
    (repo.root / "flows/lead.yaml").write_text("flow: other\n")

    saved = repo.commit_worktree("flows", "Other", when=WHEN)

    assert log.all()[0].effects == (Effect("ref", "refs/heads/main", before, saved, is_soft=True),)


def test_a_transaction_that_failed_is_no_operation(repo, log, commit):
    with pytest.raises(RefMoved):
        repo.transaction([RefUpdate("refs/heads/gone", commit({"b": b""}), repo.resolve("HEAD"))])

    assert log.all() == ()


def test_what_was_pushed_is_noted(shared):
    shared.operations.begin("flowctl save", lambda: WHEN)
    tip = shared.resolve("HEAD")

    shared.push_atomic([RefUpdate("refs/heads/draft/a", tip, None)])

    assert shared.operations.all()[0].effects == (Effect("push", "refs/heads/draft/a", None, tip),)


def test_what_follows_others_is_not_noted(repo, log, commit):
    with log.paused():
        repo.transaction([RefUpdate("refs/heads/draft/a", commit({"b": b""}), None)])

    assert log.all() == ()


def test_what_files_held_is_kept_beside_the_lines_and_not_in_them(repo, log):
    before, after = b"user: ana\n" * 100, None

    log.record([Effect("file", "a.yaml", digest(before), digest(after))], [before, after])

    assert log.content(digest(before)) == before
    assert b"ana" not in file(repo).read_bytes()
    assert sum(path.stat().st_size for path in (repo.root / ".git/flowctl/contents").iterdir()) < 100


def test_a_content_that_was_damaged_counts_as_forgotten(repo, log):
    write(log, 1)
    for path in (repo.root / ".git/flowctl/contents").iterdir():
        path.write_bytes(b"x")

    assert log.content(digest(b"1\n")) is None
    assert log.content("no-such-name") is None


@pytest.mark.parametrize(
    "tail", ['{"op": "x", "n"', "null", "[]", '{"op": 1}', "\xff", '{"op":"x","n":1,"effects":[{}]}']
)
def test_a_line_that_was_cut_off_or_is_foreign_counts_as_absent(repo, log, tail):
    write(log, 1)
    with file(repo).open("ab") as stream:
        stream.write(tail.encode("latin-1"))

    write(log, 2, "b.yaml")

    [operation] = log.all()
    assert [effect.name for effect in operation.effects] == ["a.yaml", "b.yaml"]


def test_the_log_is_bounded_and_forgets_the_contents_of_the_oldest(repo, log, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 3)
    monkeypatch.setattr(module, "SLACK", 2)

    for n in range(20):
        log.begin(f"flowctl fmt {n}", lambda: WHEN)
        write(log, n)

    numbers = [operation.number for operation in log.all()]
    assert numbers == list(range(numbers[0], 21))
    assert len(numbers) <= 6
    named = {name for operation in log.all() for e in operation.effects for name in (e.old, e.new)}
    assert {path.name for path in (repo.root / ".git/flowctl/contents").iterdir()} == named


def test_a_log_that_cannot_be_written_keeps_no_command_from_its_work(repo, log, commit):
    (repo.root / ".git/flowctl").write_text("a file where the folder should be")

    repo.transaction([RefUpdate("refs/heads/draft/a", commit({"b": b""}), None)])

    assert repo.resolve("draft/a")
    assert log.all() == ()


def test_each_work_tree_has_operations_of_its_own_in_one_log(repo, log, git, tmp_path):
    write(log, 1)
    git("worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))

    with open_repository(tmp_path / "tree") as tree:
        tree.operations.begin("flowctl fmt", lambda: WHEN)
        write(tree.operations, 2)

        assert [operation.command for operation in tree.operations.here()] == ["flowctl fmt"]
    assert [operation.command for operation in log.here()] == ["flowctl save -m one"]
    assert [operation.number for operation in log.all()] == [1, 2]


def test_a_clone_that_was_moved_keeps_its_log(repo, log, tmp_path):
    write(log, 1)
    repo.close()
    repo.root.rename(tmp_path / "moved")

    with open_repository(tmp_path / "moved") as moved:
        assert len(moved.operations.here()) == 1


def test_effects_come_to_where_things_were_and_where_they_are():
    done = [Effect("ref", "a", None, "1"), Effect("file", "x", "p", "q"), Effect("ref", "a", "1", "2")]

    assert in_all(done) == (Effect("ref", "a", None, "2"), Effect("file", "x", "p", "q"))
    assert reversed_effects(done) == (Effect("ref", "a", "2", None), Effect("file", "x", "q", "p"))
    assert in_all([*done, Effect("ref", "a", "2", None), Effect("file", "x", "q", "p")]) == ()


def test_a_line_is_json_without_what_is_not_said(repo, log, commit):
    made = commit({"b": b""})
    repo.transaction([RefUpdate("refs/heads/draft/a", made, None)])

    [line] = file(repo).read_text().splitlines()

    assert json.loads(line)["effects"] == [{"sort": "ref", "name": "refs/heads/draft/a", "new": made}]
