"""Two promoters at once: one wins, the other exits with 4, and nothing of what it wanted has happened."""

import shutil
import time

import pytest

from flowctl.diag import Exit
from flowctl.ops.recover import take_up
from flowctl.ops.trunk import sync
from tests.ops.promotion.week import BO, NOW, at, begin, git, person, require_settled

pytestmark = pytest.mark.slow
ROUNDS = 13  # of four kinds: fifty times and two


@pytest.fixture(params=range(ROUNDS), ids=lambda n: f"round {n + 1}")
def once(request, tmp_path, processes):
    """Lets two deeds begin at once, in a copy of a folder; gives it, and how they ended: the winner first."""

    def race(folder, one, other):
        top = shutil.copytree(folder, tmp_path / "top", symlinks=True)
        pids = [processes.start("ship", top, go="go", **options) for options in (one, other)]
        while len(list(top.glob("go.*"))) < len(pids):
            time.sleep(0.001)
        (top / "go").touch()
        return top, *sorted((processes.wait(pid) for pid in pids), key=lambda ended: ended.exit)

    return race


BEFORE = ["2026-11-09", "2026-11-16"]


@pytest.fixture(scope="module")
def one_draft(past, tmp_path_factory):
    top = shutil.copytree(past, tmp_path_factory.mktemp("race") / "one", symlinks=True)
    with at(top / "ana") as ws:
        begin(ws, "lead", "sales")
    return top


@pytest.fixture(scope="module")
def two_drafts(past, tmp_path_factory):
    top = shutil.copytree(past, tmp_path_factory.mktemp("race") / "two", symlinks=True)
    with at(top / "ana") as ws:
        begin(ws, "lead", "case", summary="First")
        git(ws.root, "switch", "-q", "main")
        begin(ws, "lead-more", "sales", summary="Second")
    return top


@pytest.fixture(scope="module")
def two_clones(shared_past, tmp_path_factory):
    top = shutil.copytree(shared_past, tmp_path_factory.mktemp("race") / "clones", symlinks=True)
    with at(top / "ana") as ws:
        begin(ws, "lead", "case", summary="First")
    with person(*BO), at(top / "bo") as ws:
        begin(ws, "lead-more", "support", summary="Second")
    return top


FIRST, SECOND = "2026-11-23-first", "2026-11-23-second"


def require_one_won(ws, winner, loser):
    assert (winner.exit, winner.message) == (Exit.DONE, "")
    assert loser.exit == Exit.STALE, loser.message
    assert loser.message.startswith(("production has changed", "the draft `"))
    require_settled(ws)
    assert ws.release_ids() == [*BEFORE, winner.result]


def test_the_same_draft_in_one_work_tree(one_draft, once):
    top, winner, loser = once(one_draft, {}, {})

    with at(top / "ana") as ws:
        require_one_won(ws, winner, loser)
        assert ws.drafts() == ()
        assert ws.git.head().branch == "main"


def test_two_drafts_of_one_part(two_drafts, once):
    top, winner, loser = once(two_drafts, {"draft": FIRST}, {"draft": SECOND})

    with at(top / "ana") as ws:
        require_one_won(ws, winner, loser)
        release = ws.releases()[-1]
        parts = {FIRST: {"flow/lead", "flow/case"}, SECOND: {"flow/lead", "roster/sales"}}
        assert {move.part for move in release.parts} == parts[release.draft]
        assert {draft.draft for draft in ws.drafts()} == {FIRST, SECOND} - {release.draft}


def test_two_clones_of_one_remote(two_clones, once):
    top, winner, loser = once(two_clones, {}, {"at": "bo"})

    for clone in ("ana", "bo"):
        with at(top / clone) as ws:
            sync(ws)
            require_one_won(ws, winner, loser)
            assert {draft.draft for draft in ws.drafts()} == {FIRST, SECOND} - {ws.releases()[-1].draft}


def test_without_the_environment_s_lease_main_decides_and_the_next_command_tidies_up(two_clones, once):
    top, *ends = once(two_clones, {"leased": False}, {"at": "bo", "leased": False})

    assert [ended.exit for ended in ends] in ([Exit.DONE, Exit.STALE], [Exit.STALE, Exit.STALE])
    for clone in ("bo", "ana"):
        with at(top / clone) as ws:
            sync(ws)
            take_up(ws, NOW)
            require_settled(ws)
            assert len(ws.drafts()) == 2 - (len(ws.release_ids()) - len(BEFORE))
