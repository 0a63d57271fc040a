"""Two promoters at once: one wins, the other exits with 4, and nothing of what it wanted has happened."""

import time

import pytest

from flowctl.diag import Exit
from flowctl.ops.recover import take_up
from flowctl.ops.trunk import sync
from tests.ops.promotion.week import BO, NOW, at, begin, git, person, require_settled

pytestmark = pytest.mark.slow
ROUNDS = 17  # of three kinds: fifty times and one


@pytest.fixture(params=range(ROUNDS), ids=lambda n: f"round {n + 1}")
def once(processes):
    """Lets two deeds begin at the same moment, and gives how they ended: the winner first."""

    def race(folder, one, other):
        pids = [processes.start("ship", folder, go="go", **options) for options in (one, other)]
        while len(list(folder.glob("go.*"))) < len(pids):
            time.sleep(0.001)
        (folder / "go").touch()
        return sorted((processes.wait(pid) for pid in pids), key=lambda ended: ended.exit)

    return race


def require_one_won(ws, winner, loser, before):
    assert (winner.exit, winner.message) == (Exit.DONE, "")
    assert loser.exit == Exit.STALE, loser.message
    assert loser.message.startswith(("production has changed", "the draft `"))
    require_settled(ws)
    assert ws.release_ids() == [*before, winner.result]


def test_the_same_draft_in_one_work_tree(top, once):
    with at(top / "ana") as ws:
        begin(ws, "lead", "sales")
        before = ws.release_ids()

    winner, loser = once(top, {}, {})

    with at(top / "ana") as ws:
        require_one_won(ws, winner, loser, before)
        assert ws.drafts() == ()
        assert ws.git.head().branch == "main"


def test_two_drafts_of_one_part(top, once):
    with at(top / "ana") as ws:
        first = begin(ws, "lead", "case", summary="First")
        git(ws.root, "switch", "-q", "main")
        second = begin(ws, "lead-more", "sales", summary="Second")
        before = ws.release_ids()
        parts = {first.draft: {"flow/lead", "flow/case"}, second.draft: {"flow/lead", "roster/sales"}}

    winner, loser = once(top, {"draft": first.draft}, {"draft": second.draft})

    with at(top / "ana") as ws:
        require_one_won(ws, winner, loser, before)
        release = ws.releases()[-1]
        assert {move.part for move in release.parts} == parts.pop(release.draft)
        assert [draft.draft for draft in ws.drafts()] == list(parts)


def test_two_clones_of_one_remote(shared, once):
    with at(shared / "ana") as ws:
        first = begin(ws, "lead", "case", summary="First")
        before = ws.release_ids()
    with person(*BO), at(shared / "bo") as ws:
        second = begin(ws, "lead-more", "support", summary="Second")

    winner, loser = once(shared, {}, {"at": "bo"})

    for clone in ("ana", "bo"):
        with at(shared / clone) as ws:
            sync(ws)
            require_one_won(ws, winner, loser, before)
            left = {first.draft, second.draft} - {ws.releases()[-1].draft}
            assert {draft.draft for draft in ws.drafts()} == left


def test_without_the_environment_s_lease_main_decides_and_the_next_command_tidies_up(shared, once):
    with at(shared / "ana") as ws:
        begin(ws, "lead", "case", summary="First")
        before = ws.release_ids()
    with person(*BO), at(shared / "bo") as ws:
        begin(ws, "lead-more", "support", summary="Second")

    ends = once(shared, {"leased": False}, {"at": "bo", "leased": False})

    assert [ended.exit for ended in ends] in ([Exit.DONE, Exit.STALE], [Exit.STALE, Exit.STALE])
    for clone in ("bo", "ana"):
        with at(shared / clone) as ws:
            sync(ws)
            take_up(ws, NOW)
            require_settled(ws)
            assert len(ws.drafts()) == 2 - (len(ws.release_ids()) - len(before))
