"""git's lock files that a dead command left, a journal that is torn, and two commands in one work tree."""

import threading
import time

import pytest

from flowctl.diag import Blocked, FlowctlError
from flowctl.history import LockHeld
from flowctl.ops import journal
from flowctl.ops.journal import read_journal, repair
from flowctl.ops.promote import promote
from flowctl.ops.recover import take_up
from tests.ops.promotion.week import NOW, at, begin, edit, live, planned, require_settled, roll_back, ship

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

LOCKS = ["index.lock", "HEAD.lock", "refs/heads/main.lock", "packed-refs.lock"]


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch):
    monkeypatch.setattr(journal, "GRACE_SECONDS", 0.2)
    monkeypatch.setattr(journal, "WAIT_SECONDS", 0.2)


@pytest.fixture
def drafted(top):
    with at(top / "ana") as ws:
        begin(ws, "lead")
    return top


@pytest.fixture
def worker(drafted, processes):
    """A command that is at work in the work tree."""
    pid = processes.start("work", drafted)
    while not (drafted / "working").exists():
        time.sleep(0.01)
    return pid


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_of_a_dead_command_is_removed(drafted, worker, processes, lock):
    processes.kill(worker)
    (drafted / "ana/.git" / lock).touch()

    with at(drafted / "ana") as ws:
        promoted = ship(ws)

        assert promoted.release.release == "2026-11-20"
        require_settled(ws)
        assert ws.git.head().branch == "main"


def test_what_was_removed_is_told(drafted, worker, processes):
    processes.kill(worker)
    for lock in LOCKS:
        (drafted / "ana/.git" / lock).touch()

    with at(drafted / "ana") as ws:
        steps = take_up(ws, NOW).steps

        assert steps == ("removed 4 lock files of a command that is gone (work)",)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_of_nobody_that_we_know_stays_and_is_named(drafted, lock):
    path = drafted / "ana/.git" / lock
    path.touch()
    with at(drafted / "ana") as ws:
        before = live(ws)
        plan = planned(ws)

        if lock == "refs/heads/main.lock":
            with pytest.raises(LockHeld) as caught:
                promote(ws, plan, NOW)
            assert (caught.value.lock, f"rm {path}" in caught.value.hint) == (path, True)
            assert live(ws).digest == before.digest
        else:  # git does not need that lock to move `main`, and the draft is closed by the next command
            promote(ws, plan, NOW)
            assert live(ws).digest == plan.bundle.digest
            assert len(ws.git.refs("refs/heads/draft/")) == 1

        assert path.exists()
        path.unlink()
        take_up(ws, NOW)
        if lock == "refs/heads/main.lock":
            ship(ws)
        require_settled(ws)
        assert ws.drafts() == ()
        assert ws.git.head().branch == "main"


def test_a_lock_on_main_leaves_production_as_it_was(drafted):
    (drafted / "ana/.git/refs/heads/main.lock").touch()

    with at(drafted / "ana") as ws:
        before = live(ws)
        with pytest.raises(LockHeld):
            ship(ws)

        assert live(ws).digest == before.digest
        assert ws.release_ids()[-1] == "2026-11-16"


def test_a_living_command_keeps_its_lock_files_and_others_out(drafted, worker, processes):
    lock = drafted / "ana/.git/index.lock"
    lock.touch()

    with at(drafted / "ana") as ws:
        assert repair(ws.git) == []
        with pytest.raises(Blocked, match=rf"another command is at work here: work, process {worker}, since"):
            ship(ws)

        assert lock.exists()
        assert read_journal(ws.root).pid == worker
    processes.kill(worker)


def test_a_lock_that_git_takes_away_itself_is_not_ours_to_remove(drafted, worker, processes):
    processes.kill(worker)
    lock = drafted / "ana/.git/index.lock"
    lock.touch()
    threading.Timer(0.05, lock.unlink).start()

    with at(drafted / "ana") as ws:
        assert repair(ws.git) == []


TORN = {
    "empty": b"",
    "begun": b"{",
    "cut": b'{"pid": 1',
    "binary": b"\x00\xff" * 100,
    "a list": b"[]",
    "a text": b'"x"',
    "a pid in words": b'{"pid": "1", "doing": "x"}',
    "a number for a commit": b'{"pid": 1, "doing": "x", "old": 5}',
    "of another kind": b'{"pid": 1, "doing": "x", "more": 1}',
    "nested": b"[" * 100_000,
}


def test_a_torn_journal_counts_as_none(drafted):
    path = drafted / "ana/.flowctl/journal.json"
    lock = drafted / "ana/.git/HEAD.lock"
    lock.touch()
    with at(drafted / "ana") as ws:
        for torn in TORN.values():
            path.write_bytes(torn)
            assert read_journal(ws.root) is None
            assert repair(ws.git) == []
        path.unlink()
        path.mkdir()
        assert repair(ws.git) == []
        path.rmdir()
        assert lock.exists()
        lock.unlink()

        path.write_bytes(TORN["cut"])
        ship(ws)
        require_settled(ws)


def test_the_journal_of_a_process_that_had_our_number_is_taken_up(drafted):
    """In a container the numbers of processes come again."""
    with at(drafted / "ana") as ws:
        journal._write(ws.root, journal.Entry(journal.os.getpid(), "promote"))
        (drafted / "ana/.git/index.lock").touch()

        ship(ws)

        require_settled(ws)


def test_edits_made_after_a_command_was_cut_off_are_not_overwritten(drafted):
    with at(drafted / "ana") as ws:
        ship(ws)
        old, new = ws.git.resolve("main^1"), ws.main
        ws.git.refresh_worktree(new, old)  # as if it had been cut off before the files followed
        journal._write(ws.root, journal.Entry(1, "promote", "refs/heads/main", old, new))
        edited = (ws.root / "flows/lead.yaml").read_text() + "# mine\n"
        (ws.root / "flows/lead.yaml").write_text(edited)

        with pytest.raises(
            FlowctlError, match=r"cut off here \(promote\), and unsaved edits .* `flows/lead.yaml`"
        ) as caught:
            take_up(ws, NOW)
        assert "git checkout -- FILE" in caught.value.hint
        assert (ws.root / "flows/lead.yaml").read_text() == edited

        (ws.root / "flows/lead.yaml").write_bytes(ws.git.read(old, "flows/lead.yaml"))
        assert take_up(ws, NOW).steps == ("brought the files up to their branch",)
        require_settled(ws)


def test_no_save_builds_on_files_that_are_behind(drafted, processes):
    with at(drafted / "ana") as ws:
        draft = ws.require_draft()
        old, new = ws.git.resolve(f"{draft.ref}^1"), ws.tip(draft)
        ws.git.refresh_worktree(new, old)
        journal._write(ws.root, journal.Entry(1, "merge live", draft.ref, old, new))
        edit(ws, "case")

    ended = processes.run("keep", drafted)

    assert (ended.exit, ended.message) == (3, "a command was cut off here (merge live)")
    assert processes.run("take", drafted).result == ["brought the files up to their branch"]
    assert processes.run("keep", drafted).exit == 0
    with at(drafted / "ana") as ws:
        assert b">= 60" in ws.files(draft.branch)["flows/lead.yaml"]
        assert b"with support" in ws.files(draft.branch)["flows/case.yaml"]


def test_files_that_cannot_follow_main_are_brought_up_by_the_next_command(top):
    with at(top / "ana") as ws:
        begin(ws, "lead")
        ship(ws)
        lock = top / "ana/.git/index.lock"
        before = live(ws)
        lock.touch()

        with pytest.raises(FlowctlError, match=r"release `2026-11-20.2` is live; .*index\.lock") as caught:
            roll_back(ws)
        assert caught.value.exit == 3
        assert live(ws).digest != before.digest
        assert ws.release_ids()[-1] == "2026-11-20.2"

        lock.unlink()
        assert take_up(ws, NOW).steps == ("brought the files up to their branch",)
        require_settled(ws)
