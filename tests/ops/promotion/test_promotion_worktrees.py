"""Work trees: linked ones, ones with edits, interrupted ones; and what becomes of them when branches move."""

import pytest

from flowctl.diag import Blocked, Exit, FlowctlError, Stale
from flowctl.envs import Local, generation
from flowctl.ops import promote as promoting
from flowctl.ops.clone import clone_live
from flowctl.ops.drift import drift_of
from flowctl.ops.merge import merge_into_draft
from flowctl.ops.promote import promote
from flowctl.ops.recover import take_up
from flowctl.ops.rollback import plan_rollback
from flowctl.ops.save import save
from flowctl.ops.verify import verify
from tests.ops.promotion.week import (
    DAY,
    LEAD,
    NOW,
    at,
    begin,
    edit,
    git,
    live,
    planned,
    require_settled,
    roll_back,
    ship,
)  # fmt: skip

pytestmark = pytest.mark.slow  # two minutes in all


@pytest.fixture
def linked(ws, top):
    """A second work tree of the repository, on a draft; the first one stays on `main`."""
    draft = begin(ws, "lead", "case")
    ws.git.switch("main")
    git(ws.root, "worktree", "add", "-q", "../linked", draft.branch)
    with at(top / "linked") as other:
        yield other


def test_a_release_from_a_linked_work_tree_brings_the_one_on_main_along(ws, linked):
    ship(linked)

    for tree in (ws, linked):
        assert tree.git.unsaved() == ()
        assert verify(tree).disagreements == ()
    assert ">= 60" in (ws.root / LEAD).read_text()
    assert ws.git.head().branch == "main"


def test_unsaved_edits_in_the_work_tree_on_main_stop_a_release_from_the_linked_one_before_anything(ws, linked):
    before = live(ws)
    edit(ws, "sales")

    with pytest.raises(FlowctlError, match=r"ana/flows/rosters/sales.yaml` has unsaved edits") as caught:
        ship(linked)
    assert caught.value.hint == "`git stash` puts them aside"
    assert live(ws).digest == before.digest

    git(ws.root, "stash", "-q")
    ship(linked)


def test_files_that_are_nobody_s_edits_stay_where_they_are(ws, linked):
    (ws.root / "leads.csv").write_text("mine\n")

    ship(linked)
    roll_back(ws)

    assert (ws.root / "leads.csv").read_text() == "mine\n"
    assert verify(ws).disagreements == ()


def test_a_new_file_in_the_place_of_one_that_a_release_brings_stops_it_before_anything(ws):
    begin(ws, "lead")
    (ws.root / "README.md").write_text("theirs\n")
    git(ws.root, "add", "README.md")
    save(ws, "readme", NOW)
    draft = ws.require_draft()
    ws.git.switch("main")
    plan, before = planned(ws, draft=draft), live(ws)
    (ws.root / "README.md").write_text("mine\n")

    with pytest.raises(FlowctlError, match=r"ana/README.md` has unsaved edits"):
        promote(ws, plan, NOW)

    assert live(ws).digest == before.digest
    assert (ws.root / "README.md").read_text() == "mine\n"
    (ws.root / "README.md").unlink()
    promote(ws, plan, NOW)
    require_settled(ws)


def test_a_shipped_draft_that_another_work_tree_stands_on_keeps_its_branch(ws, linked):
    draft = linked.require_draft()

    promoted = ship(ws, draft=draft)

    assert promoted.release.draft == draft.draft
    assert linked.git.head().branch == draft.branch
    assert linked.git.unsaved() == ()
    assert ws.drafts() == ()
    assert take_up(linked, NOW).steps == ()  # main is taken, so that it cannot go there
    git(ws.root, "worktree", "remove", "../linked")
    assert take_up(ws, NOW).steps == (f"closed the draft {draft.draft}",)
    require_settled(ws)


def test_a_draft_that_is_merged_in_a_linked_work_tree_stays_whole(ws, linked):
    begin(ws, "lead-held", summary="Other")
    ship(ws)

    merge_into_draft(linked, "live", NOW)

    assert linked.git.unsaved() == ()
    text = (linked.root / LEAD).read_text()
    assert "result: waiting" in text
    assert ">= 60" in text
    ship(linked, NOW + DAY)
    require_settled(ws)


def test_a_rollback_on_main_with_unsaved_edits_is_refused_before_anything(ws):
    plan = plan_rollback(ws, NOW, reason="too few leads")
    before = live(ws)
    edit(ws, "case")

    with pytest.raises(FlowctlError, match="has unsaved edits"):
        promote(ws, plan, NOW)

    assert live(ws).digest == before.digest
    assert "with support" in (ws.root / "flows/case.yaml").read_text()
    assert ws.release_ids()[-1] == "2026-11-16"


def test_a_rollback_does_not_wait_for_the_edits_of_a_draft(ws):
    begin(ws, "lead")
    edit(ws, "case")

    roll_back(ws)

    assert ">= 40" in live(ws).parts["flow/lead"]
    assert "with support" in (ws.root / "flows/case.yaml").read_text()
    assert ws.git.unsaved() == ("flows/case.yaml",)
    save(ws, "case", NOW)


def test_edits_that_are_made_while_a_promotion_runs_stay(ws, monkeypatch):
    begin(ws, "lead")
    plan = planned(ws)
    deploy = promoting.deploy

    def meanwhile(*args):
        deploy(*args)
        edit(ws, "case")

    monkeypatch.setattr(promoting, "deploy", meanwhile)
    promote(ws, plan, NOW)

    assert ws.git.head().branch == "draft/2026-11-23-week"
    assert ws.git.unsaved() == ("flows/case.yaml",)
    assert verify(ws).disagreements == ()
    with pytest.raises(FlowctlError, match="has shipped"):
        save(ws, "case", NOW)


def test_edits_on_main_while_a_rollback_runs_put_production_back(ws, monkeypatch):
    plan, before = plan_rollback(ws, NOW, reason="too few leads"), live(ws)
    deploy = promoting.deploy

    def meanwhile(*args):
        deploy(*args)
        edit(ws, "case")

    monkeypatch.setattr(promoting, "deploy", meanwhile)
    with pytest.raises(FlowctlError, match="has unsaved edits"):
        promote(ws, plan, NOW)

    assert live(ws).digest == before.digest
    assert ws.git.unsaved() == ("flows/case.yaml",)
    assert verify(ws).disagreements == ()


def test_an_interrupted_promotion_is_undone_by_the_next_command(ws, monkeypatch):
    begin(ws, "lead")
    before = live(ws)

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(promoting, "commit_to_main", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ship(ws)

    assert drift_of(ws).half_done == "2026-11-20"
    assert take_up(ws, NOW).steps == ("undid the promotion 2026-11-20, which was cut off before it reached `main`",)
    assert live(ws).digest == before.digest
    require_settled(ws)
    ship(ws)


def test_a_release_of_fixtures_alone_that_is_cut_off_leaves_no_name_behind(ws, monkeypatch):
    begin(ws, "fixture")
    with monkeypatch.context() as patched:
        patched.setattr(promoting, "commit_to_main", None)
        with pytest.raises(TypeError):
            ship(ws)
    assert drift_of(ws).half_done == "2026-11-20"

    take_up(ws, NOW)

    require_settled(ws)
    ship(ws)
    require_settled(ws)


def test_an_environment_that_keeps_nothing_as_it_was_deployed_is_told(ws, monkeypatch):
    begin(ws, "lead", "case")
    plan = planned(ws)
    write = generation.write

    def loses_one(root, contents):
        return write(root, {path: text for path, text in contents.items() if path != "flows/case.yaml"})

    with monkeypatch.context() as patched:
        patched.setattr(generation, "write", loses_one)
        with pytest.raises(FlowctlError, match="production did not keep flow/case as deployed"):
            promote(ws, plan, NOW)
        assert "flow/case" not in live(ws).parts  # nor did it keep what was put back
    assert ws.release_ids()[-1] == "2026-11-16"
    assert drift_of(ws).parts == ("flow/case",)
    with pytest.raises(Stale, match="by hand"):
        promote(ws, plan, NOW)


def test_an_environment_that_once_keeps_something_else_is_put_back(ws, monkeypatch):
    begin(ws, "lead", "case")
    plan, before = planned(ws), live(ws)
    write = generation.write

    def loses_one(root, contents):
        return write(root, {path: text for path, text in contents.items() if path != "flows/case.yaml"})

    calls = iter([loses_one])
    with monkeypatch.context() as patched:
        patched.setattr(generation, "write", lambda *args: next(calls, write)(*args))
        with pytest.raises(FlowctlError, match="production did not keep flow/case as deployed"):
            promote(ws, plan, NOW)

    assert live(ws).digest == before.digest
    require_settled(ws)


def test_while_somebody_holds_the_environment_a_promotion_waits_and_is_blocked(ws, monkeypatch):
    monkeypatch.setattr(promoting, "WAIT_SECONDS", 0.1)
    begin(ws, "lead")
    plan = planned(ws)

    with ws.environment("production").lease("Bo Lind", 0.0), pytest.raises(Blocked) as caught:
        promote(ws, plan, NOW)

    assert caught.value.exit == Exit.BLOCKED
    assert caught.value.message.startswith("a promotion into `production` is running: Bo Lind, process ")
    promote(ws, plan, NOW)


def test_who_does_not_say_who_they_are_promotes_nothing(top, monkeypatch):
    with at(top / "ana") as ws:
        begin(ws, "lead")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{role}_NAME")
        monkeypatch.delenv(f"GIT_{role}_EMAIL")

    with at(top / "ana") as ws:
        before = live(ws)
        with pytest.raises(FlowctlError, match="git does not know who you are"):
            ship(ws)
        assert live(ws).digest == before.digest


def test_a_clock_that_went_back_does_not_change_the_order_of_releases(ws):
    begin(ws, "lead")
    ship(ws, NOW + 3 * DAY)
    begin(ws, "case", summary="Earlier")

    promoted = ship(ws, NOW)

    assert promoted.release.release == "2026-11-23.2"
    assert ws.release_ids()[-1] == "2026-11-23.2"
    roll_back(ws)
    assert "result: done}" in live(ws).parts["flow/case"]
    assert ">= 60" in live(ws).parts["flow/lead"]
    draft = clone_live(ws, "Next", NOW, stage=False).draft
    assert draft.base.release == "2026-11-23.3"
    require_settled(ws)


def test_the_tenth_release_of_a_day_comes_after_the_ninth(ws):
    for n in ("", *(f".{n}" for n in range(2, 10))):
        git(ws.root, "tag", f"live/production/2026-11-20{n}", "main")

    for name in ("lead", "case"):
        begin(ws, name)
        ship(ws)

    assert ws.release_ids()[-2:] == ["2026-11-20.10", "2026-11-20.11"]


def test_a_tag_that_somebody_made_by_hand_is_passed_over_and_told(ws):
    git(ws.root, "tag", "live/production/2026-11-20", "main")
    begin(ws, "lead")

    assert ship(ws).release.release == "2026-11-20.2"
    assert list(verify(ws).disagreements) == ["the tag live/production/2026-11-20 has no release on `main`"]


def test_a_plan_that_was_promoted_cannot_be_promoted_again(ws):
    begin(ws, "lead")
    plan = planned(ws)
    promote(ws, plan, NOW)

    with pytest.raises(Stale):
        promote(ws, plan, NOW)


def test_a_repository_without_release_tags_says_where_they_are(ws):
    for tag in ("live/production/2026-11-09", "live/production/2026-11-16"):
        git(ws.root, "tag", "-d", tag)

    with pytest.raises(FlowctlError, match="no release is known here") as caught:
        clone_live(ws, "Week", NOW)
    assert caught.value.hint == "`git fetch --tags` brings them from the remote"


def test_the_lock_of_an_environment_is_free_again_after_a_failure(ws):
    begin(ws, "lead")
    with pytest.raises(FlowctlError):
        plan_rollback(ws, NOW, reason="x", to="2020-01-01")

    assert isinstance(ws.environment("production"), Local)
    ship(ws)
