"""A command that dies before or after any of its steps leaves "before" or "after", for whoever comes next, anywhere."""

import shutil

import pytest

from flowctl.ops.recover import take_up
from flowctl.ops.trunk import sync
from tests.ops.promotion.processes import digest_of
from tests.ops.promotion.week import (
    BO,
    LEAD,
    NOW,
    PART,
    at,
    begin,
    edit,
    live,
    person,
    require_settled,
    ship,
    stage,
)  # fmt: skip

pytestmark = pytest.mark.slow

INDEX = ".git/index"  # holds times of files; when nothing is unsaved, they are all that differs


def next_command(ws):
    take_up(ws, NOW)
    sync(ws)
    take_up(ws, NOW)
    require_settled(ws)


class Ends:
    """What a promotion that was killed may end as: as it began, or done. What it ends as is tried out once."""

    def __init__(self, ws):
        self.before = live(ws).digest
        self.tried = set()
        self.afters = 0

    def require(self, ws, top):
        """All of the promotion or nothing of it; and of nothing, all comes with the next try."""
        next_command(ws)
        newest = ws.release_ids()[-1]
        if live(ws).digest == self.before:
            assert (newest, [draft.draft for draft in ws.drafts()]) == ("2026-11-16", ["2026-11-23-week"])
            assert "production/2026-11-20" not in ws.tags()
            self.try_again(ws, top)
        else:
            assert (newest, ws.drafts(), ws.is_closed("2026-11-23-week")) == ("2026-11-20", (), True)
            assert "production/2026-11-20" in ws.tags()
            self.afters += 1

    def try_again(self, ws, top):
        if (found := digest_of(top, but=INDEX)) not in self.tried:
            self.tried.add(found)
            ship(ws, draft=ws.drafts()[0])
            require_settled(ws)
            assert live(ws).digest != self.before


@pytest.fixture
def drafted(top):
    with at(top / "ana") as ws:
        begin(ws, "lead", "sales")
        yield top, Ends(ws)


@pytest.fixture
def drafted_shared(shared):
    with at(shared / "ana") as ws:
        begin(ws, "lead", "sales")
        yield shared, Ends(ws)


def test_a_promotion_is_taken_up_by_the_next_command_on_the_machine(drafted, lives):
    folder, ends = drafted
    for top in lives("ship", folder):
        with at(top / "ana") as ws:
            ends.require(ws, top)
            assert ws.drafts() or ws.git.head().branch == "main"
            assert ws.drafts() or ws.git.refs("refs/heads/draft/") == {}

    assert 0 < len(ends.tried) < ends.afters


def test_a_promotion_to_a_remote_is_taken_up_there_and_in_another_clone_that_has_no_journal(
    drafted_shared, lives, tmp_path
):
    folder, ends = drafted_shared
    for top in lives("ship", folder):
        again = shutil.copytree(top, tmp_path / "again", symlinks=True)
        with at(top / "ana") as ws:
            ends.require(ws, top)
        with person(*BO), at(again / "bo") as ws:
            ends.require(ws, again)
        with at(again / "ana") as ws:
            next_command(ws)
        shutil.rmtree(again)

    assert 0 < len(ends.tried) < ends.afters


def test_a_rollback_is_taken_up_there_and_in_another_clone(shared, lives, tmp_path):
    with at(shared / "ana") as ws:
        begin(ws, "lead", "fixture")
        ship(ws)
    ends = set()

    for life in lives("roll_back", shared):
        again = shutil.copytree(life, tmp_path / "again", symlinks=True)
        for clone in (life / "ana", again / "bo"):
            with at(clone) as ws:
                next_command(ws)
                ends.add(ws.release_ids()[-1])
                if ws.release_ids()[-1] == "2026-11-20.2":
                    assert live(ws).digests == ws.bundle("live/production/2026-11-16").digests
                    assert [bar.part for bar in ws.pointer().barred] == ["flow/lead"]
                else:
                    assert live(ws).digests == ws.bundle("live/production/2026-11-20").digests
                    assert ws.pointer().barred == ()
        shutil.rmtree(again)

    assert ends == {"2026-11-20", "2026-11-20.2"}


def test_a_rollback_without_a_remote_is_taken_up_by_the_next_command(top, lives):
    ends = set()
    for life in lives("roll_back", top):
        with at(life / "ana") as ws:
            next_command(ws)
            ends.add(ws.release_ids()[-1])

    assert ends == {"2026-11-16", "2026-11-20"}


def test_edits_survive_a_save_that_is_killed(top, lives, processes):
    with at(top / "ana") as ws:
        draft = begin(ws, "lead")
        edit(ws, "case", "sales")
        edited = ws.worktree()

    for life in lives("keep", top):
        with at(life / "ana") as ws:
            take_up(ws, NOW)
            kept = {path: data for path, data in ws.worktree().items() if path != "flows/case.yaml"}
            assert kept == {path: data for path, data in edited.items() if path != "flows/case.yaml"}
        assert processes.run("keep", life).exit == 0
        with at(life / "ana") as ws:
            require_settled(ws)
            saved = ws.files(draft.branch)
            assert saved[LEAD] == edited[LEAD]
            assert b"result: with support}" in saved["flows/case.yaml"]
            assert saved["flows/rosters/sales.yaml"] == edited["flows/rosters/sales.yaml"]


@pytest.mark.parametrize("changed", [False, True], ids=["", "adopting what was changed by hand"])
def test_a_clone_that_is_killed_is_made_by_the_next_one(shared, lives, processes, changed):
    with at(shared / "ana") as ws:
        begin(ws, "lead")
    if changed:
        target = shared / "envs/production/live" / "flows/case.yaml"
        target.write_text(target.read_text().replace("result: done", "result: by hand"))

    for life in lives("clone", shared, adopt=changed):
        with at(life / "ana") as ws:
            take_up(ws, NOW)
            assert ws.git.unsaved() == ()
        ended = processes.run("clone", life, adopt=changed)
        assert ended.exit == 0, ended.message
        with at(life / "ana") as ws:
            draft = ws.require_draft()
            assert draft.draft == ended.result
            assert ws.git.unsaved() == ()
            assert ws.git.resolve(f"origin/{draft.branch}") == ws.tip(draft)
            assert (b"by hand" in ws.files(draft.branch)["flows/case.yaml"]) == changed
            assert len(ws.drafts()) in (2, 3)


def test_a_merge_that_is_killed_is_taken_up(shared, lives, processes):
    tried = set()
    with at(shared / "ana") as ws:
        begin(ws, "lead")
    with person(*BO), at(shared / "bo") as ws:
        begin(ws, "lead-held", "case", summary="Bo's")
        ship(ws)

    for life in lives("merge", shared):
        with at(life / "ana") as ws:
            take_up(ws, NOW)
            assert ws.git.unsaved() == ()
        assert processes.run("merge", life).exit == 0
        with at(life / "ana") as ws:
            require_settled(ws)
            assert ws.require_draft().base.release == "2026-11-20"
            text = (ws.root / LEAD).read_text()
            assert "Person_Score__c >= 60" in text
            assert "result: waiting" in text
            if (found := digest_of(life, but=INDEX)) not in tried:
                tried.add(found)
                ship(ws)
                require_settled(ws)


def test_a_freeze_that_is_killed_is_there_or_not(shared, lives):
    for life in lives("add_freeze", shared):
        with at(life / "ana") as ws:
            next_command(ws)
            assert [freeze.reason for freeze in ws.freezes().freezes] in ([], ["quarter end"])


def test_an_import_that_is_killed_leaves_staging_as_it_was_or_as_it_is_to_be(drafted, lives):
    folder, _ = drafted
    with at(folder / "ana") as ws:
        before = live(ws, "staging").digest

    for life in lives("stage", folder):
        with at(life / "ana") as ws:
            take_up(ws, NOW)
            require_settled(ws)
            parts = stage(ws).parts
            assert parts in ((), (PART["lead"], PART["sales"]))
            assert live(ws, "staging").digest != before
