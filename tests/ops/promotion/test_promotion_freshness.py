"""A draft is stale where live has changed what it changes too, and nowhere else."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowctl.diag import Exit, FlowctlError, Stale
from flowctl.ops.content import changes_of, compare
from flowctl.ops.merge import go_on, merge_into_draft, take_sides
from flowctl.ops.promote import promote
from flowctl.ops.save import save
from tests.ops.promotion.week import (
    CASES,
    DAY,
    FIXTURES,
    LEAD,
    NOW,
    ROSTER,
    at,
    begin,
    live,
    planned,
    require_settled,
    ship,
)  # fmt: skip

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

# Edits of which each changes a file of its own, none of which makes a fixture of another fail.
APART = ["lead", "case", "sales", "support", "fixture"]


def two_drafts(ws, first, second):
    """Two drafts of one live, each with its edits; the second is checked out."""
    one = begin(ws, *first, summary="First")
    ws.git.switch("main")
    return one, begin(ws, *second, summary="Second")


@pytest.mark.slow
@settings(max_examples=6)
@given(split=st.permutations(APART), cut=st.integers(1, len(APART) - 1))
def test_drafts_of_different_parts_promote_in_either_order_to_the_same_live(past, split, cut):
    ends = []
    for order in (0, 1), (1, 0):
        with tempfile.TemporaryDirectory() as name:
            top = shutil.copytree(past, Path(name, "top"), symlinks=True)
            with at(top / "ana") as ws:
                drafts = two_drafts(ws, split[:cut], split[cut:])
                for index in order:
                    ship(ws, draft=drafts[index])
                require_settled(ws)
                ends.append((live(ws).digests, {p: d for p, d in ws.files("main").items() if "fixtures" in p}))

    assert ends[0] == ends[1]


def test_a_roster_released_on_tuesday_neither_makes_friday_s_draft_stale_nor_is_undone_by_it(ws):
    friday = begin(ws, "lead", summary="Friday")
    ws.git.switch("main")
    begin(ws, "sales", summary="Tuesday", kind="roster")
    tuesday = ship(ws)
    assert tuesday.stale_drafts == ()

    ship(ws, NOW + DAY, draft=friday)

    assert "weight: 2" in live(ws).parts["roster/sales"]
    assert ">= 60" in live(ws).parts["flow/lead"]
    assert ws.pointer().parts["roster/sales"].release == "2026-11-20"
    assert ws.pointer().parts["flow/lead"].release == "2026-11-21"
    require_settled(ws)


def test_the_same_part_makes_a_draft_stale_and_the_release_is_named(ws):
    one, two = two_drafts(ws, ["lead", "case"], ["lead-held"])
    shipped = ship(ws, draft=one)
    assert [draft.draft for draft in shipped.stale_drafts] == [two.draft]

    with pytest.raises(Stale) as caught:
        planned(ws)

    assert caught.value.exit == Exit.STALE == 4
    assert caught.value.message == "live has changed `flow/lead` since the draft began by 2026-11-20"
    assert caught.value.hint == "`flowctl merge live` takes it in"


def test_a_stale_draft_is_fresh_once_it_has_taken_live_in(ws):
    one, _ = two_drafts(ws, ["lead", "case"], ["lead-held"])
    ship(ws, draft=one)

    report = merge_into_draft(ws, "live", NOW)

    assert report.release == ws.require_draft().base.release == "2026-11-20"
    assert sorted(report.files) == [CASES, LEAD]
    text = (ws.root / LEAD).read_text()
    assert ">= 60" in text
    assert "result: waiting" in text
    assert merge_into_draft(ws, "live", NOW).commit is None
    ship(ws, NOW + DAY)
    require_settled(ws)
    assert [move.part for move in ws.releases()[-1].parts] == ["flow/lead"]


def test_overlapping_edits_stop_the_merge_until_they_are_settled(ws):
    one, _ = two_drafts(ws, ["lead"], ["lead-more", "case"])
    ship(ws, draft=one)

    report = merge_into_draft(ws, "live", NOW)

    [dispute] = report.open
    assert (report.commit, dispute.path) == (None, LEAD)
    assert ">= 70" in dispute.decision.ours
    assert ">= 60" in dispute.decision.theirs
    assert ">= 50" in dispute.decision.base
    take_sides(ws, [("theirs", LEAD)])
    go_on(ws, NOW)
    ship(ws, NOW + DAY)
    require_settled(ws)


def test_fixtures_are_files_of_their_own(ws):
    one, two = two_drafts(ws, ["fixture"], ["lead"])
    ship(ws, draft=one)
    assert changes_of(ws, two).overlaps == ()

    ship(ws, NOW + DAY)

    assert b"Acme Inc" in ws.files("main")[FIXTURES]
    require_settled(ws)


def test_two_drafts_of_one_fixtures_file_make_each_other_stale(ws):
    one, _ = two_drafts(ws, ["fixture"], ["fixture-more"])
    ship(ws, draft=one)

    with pytest.raises(Stale, match=f"live has changed `{FIXTURES}` since the draft began by 2026-11-20"):
        planned(ws)


def test_a_fixture_that_shipped_meanwhile_makes_a_plan_stale_though_no_part_has_changed(ws):
    one, two = two_drafts(ws, ["fixture"], ["case"])
    plan = planned(ws)
    ship(ws, draft=one)

    with pytest.raises(Stale, match="production has changed since the plan was made"):
        promote(ws, plan, NOW)

    ship(ws, NOW + DAY, draft=two)


def test_a_change_of_comments_neither_is_stale_nor_overwrites_live(ws):
    one, two = two_drafts(ws, ["lead"], ["comment", "case"])
    ship(ws, draft=one)

    changes = changes_of(ws, two)
    assert changes.overlaps == ()
    ship(ws, NOW + DAY)

    assert ">= 60" in live(ws).parts["flow/lead"]
    assert "# A lead needs a score" in live(ws).parts["flow/lead"]
    assert [move.part for move in ws.releases()[-1].parts] == ["flow/case"]


def test_comments_that_live_has_changed_stay_when_a_draft_changes_the_part(ws):
    one, two = two_drafts(ws, ["comment", "case"], ["lead"])
    ship(ws, draft=one)
    assert changes_of(ws, two).overlaps == ()

    ship(ws, NOW + DAY)

    text = live(ws).parts["flow/lead"]
    assert "# First the score." in text
    assert ">= 60" in text
    require_settled(ws)


def test_of_a_draft_that_says_what_live_says_only_the_title_is_left(ws):
    one, _ = two_drafts(ws, ["lead"], ["lead"])
    ship(ws, draft=one)
    with pytest.raises(Stale):
        planned(ws)

    merge_into_draft(ws, "live", NOW)

    assert [(diff.part, diff.cosmetic) for diff in planned(ws).diffs] == [("flow/lead", True)]


def test_a_draft_that_changes_nothing_is_told_so(ws):
    begin(ws)

    with pytest.raises(FlowctlError, match="the draft changes nothing") as caught:
        planned(ws)
    assert caught.value.exit == Exit.CANNOT


def test_a_part_that_live_has_removed_and_a_draft_changes_is_an_overlap(ws):
    begin(ws, summary="First")
    (ws.root / CASES).unlink()
    shutil.rmtree(ws.root / "flows/fixtures/case")
    (ws.root / "flows/rosters/support.yaml").unlink()
    save(ws, "no cases", NOW)
    one = ws.require_draft()
    ws.git.switch("main")
    two = begin(ws, "case", summary="Second")
    ship(ws, draft=one)
    assert "flow/case" not in live(ws).parts

    assert changes_of(ws, two).overlaps == ("flow/case",)
    assert [dispute.path for dispute in merge_into_draft(ws, "live", NOW).open] == [CASES]


def test_a_new_flow_of_the_same_name_on_both_sides_is_an_overlap(ws):
    flow = (ws.root / CASES).read_text().replace("flow: case", "flow: new")

    def draft(summary, text):
        begin(ws, summary=summary)
        (ws.root / "flows/new.yaml").write_text(text)
        save(ws, "new", NOW)
        made = ws.require_draft()
        ws.git.switch("main")
        return made

    one, two = draft("First", flow), draft("Second", flow.replace("result: done", "result: other"))
    ship(ws, draft=one)

    assert changes_of(ws, two).overlaps == ("flow/new",)


def test_settings_of_gates_are_those_of_main_not_of_the_draft(ws):
    begin(ws, "support", summary="Loose")
    settings_ = (ws.root / "flowctl.yaml").read_text()
    (ws.root / "flowctl.yaml").write_text(settings_.replace("tests: true, ", ""))
    save(ws, "no tests", NOW)

    text = (ws.root / "flows/fixtures/case/all.yaml").read_text()
    (ws.root / "flows/fixtures/case/all.yaml").write_text(text.replace("user/ana.silva", "user/ben.okafor"))
    save(ws, "a fixture that fails", NOW)

    assert planned(ws).blockers == ("gate `tests`: 2 of 3 fixtures pass",)


def test_files_of_one_side_alone_are_taken_as_they_are():
    base = {LEAD: b"a: 1\n", ROSTER: b"b: 1\n", FIXTURES: b"c: 1\n"}
    live_ = {**base, ROSTER: b"b: 2\n"}
    ours = {**base, LEAD: b"a: 2\n"}

    changes = compare(base, live_, ours)

    assert (dict(changes.files), changes.overlaps) == ({LEAD: b"a: 2\n"}, ())
    assert changes.after == {**live_, LEAD: b"a: 2\n"}
