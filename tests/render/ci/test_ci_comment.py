"""The comment of a merge request: what it says, what it leaves out where there is too little room, and that no text of
a flow is anything but text."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from flowctl.diag import Exit, Severity
from flowctl.hosts import COMMENT_LIMIT
from flowctl.ops.ci.accepted import Accepted
from flowctl.ops.ci.steps import steps_of
from flowctl.render.ci import words
from flowctl.render.ci.comment import CUT_FIRST, comment
from flowctl.render.ci.pictures import pictures
from flowctl.render.ci.text import text as text_of
from flowctl.render.console import PLAIN
from tests.ops.ci.small import FIXTURES, NODES, edited, files, report, seen
from tests.ops.small import fixture, flow

pytestmark = pytest.mark.slow

LOOSER = ("otherwise: to_cold", "otherwise: to_hot")
MANY = 400


def told(nodes, **more):
    found = report(files(), files(nodes), **more)
    return comment(found, pictures(found))


def test_the_headline_says_what_changed_who_moves_and_who_is_lost():
    moved = report(files(), files(edited(LOOSER)))
    lost = report(files(), files(edited(("otherwise: to_cold", "otherwise: done"))))

    assert words.headline(moved) == "1 node changed, 1 of 3 leads changes owner, nobody is left unrouted"
    assert words.headline(lost) == "1 node changed, 1 of 3 leads changes owner, 1 is left unrouted"
    assert "**Left unrouted**\n\n- Score: 10: ends at `done`" in comment(lost, ())
    assert words.headline(report(files(), files())) == (
        "nothing changed that can move a lead, none of 3 leads changes owner, nobody is left unrouted"
    )


def test_leads_that_keep_their_owner_and_not_the_rest_are_counted():
    nodes = edited(("queue/cold, then: done", "queue/cold, then: parked")) + "parked: {type: end, result: Parked}\n"
    found = report(files(), files(nodes))
    said = "1 lead keeps its owner, but not all fields, messages or the end, for example: Score: 10"

    assert words.headline(found).endswith("none of 3 leads changes owner, nobody is left unrouted")
    assert f"\n{said}\n" in comment(found, ())
    assert said in " ".join(text_of(found, PLAIN).split())
    assert "keeps its owner" not in told(edited(LOOSER))


def test_the_movement_of_most_leads_comes_first_whatever_its_flow():
    cases = {"lead": FIXTURES["lead"], "another": [fixture("Score: 80, Country: Peru", "owner: queue/hot")]}
    more = {"flows/another.yaml": flow(NODES, name="another", header="triggers: []")}
    all_hot = ("queue/hot", "queue/raw")
    after = {"flows/another.yaml": flow(edited(all_hot), name="another", header="triggers: []")}
    moves = report(files(NODES, cases, more), files(edited(all_hot), cases, after)).moves

    assert [(move.flow, move.leads) for move in moves] == [("lead", 2), ("another", 1)]


def test_of_a_flow_that_is_gone_it_is_said_that_it_routes_nobody():
    more = {"flows/another.yaml": flow(NODES, name="another", header="triggers: []")}
    cases = {**FIXTURES, "another": [fixture("Score: 80, Country: Peru", "owner: queue/hot")]}
    text = comment(report(files(NODES, cases, more), files()), ())

    assert "| `flow/another` is gone | no lead is routed by it any more |" in text


def test_things_are_counted_once_however_much_of_them_changed():
    nodes = edited(LOOSER, ("Score >= 50", "Score >= 51"), ("queue/cold", "queue/raw"))
    more = {"flows/rosters/emea.yaml": "roster: emea\nmembers:\n  - {user: bea.kim, weight: 2}\n"}
    found = report(files(), files(nodes, more=more))

    assert words.headline(found).startswith("2 nodes and 1 roster changed, ")


def test_what_has_errors_has_a_headline_too():
    broken = report(files(), files(edited(("Score >= 50", "Skore >= 50"))))

    assert words.headline(broken) == "1 node changed, no lead can be routed through what has errors"
    assert "**check**: 1 error, " in comment(broken, ())
    assert "| not known: no lead was routed |" in comment(broken, ())
    assert "comes here" not in comment(broken, ())


def test_only_what_can_be_accepted_has_an_id():
    broken = report(files(), files(edited(("Score >= 50", "Skore >= 50"), ("otherwise: to_cold", "otherwise: to_hot"))))
    text = comment(broken, ())
    ids = {f.fingerprint[:8]: f.can_be_accepted for f in broken.findings}

    assert set(ids.values()) == {True, False}
    assert {id_ for id_ in ids if f"`{id_}`" in text} == {id_ for id_, can in ids.items() if can}


def test_rows_say_what_a_change_means_and_how_it_is_accepted():
    found = report(files(), files(edited(LOOSER)))
    [change], [move] = (c for c in found.changes if c.counts), found.moves
    lines = told(edited(LOOSER)).splitlines()

    assert (
        "| `>` | `flow/lead` | `otherwise` of `start` now leads to `to_hot` (was `to_cold`) "
        f"| 3 leads come here, 1 of them moves | `{change.fingerprint[:8]}` |"
    ) in lines
    assert f"| `lead` | `queue/cold` | `queue/hot` | 1 | Score: 10 | `{move.fingerprint[:8]}` |" in lines
    assert sum(line == "```mermaid" for line in lines) == 1


def test_the_same_run_gives_the_same_text():
    assert told(edited(LOOSER)) == told(edited(LOOSER))


# -- accepted


def accepted(found, until):
    [move] = found.moves
    item = Accepted(fingerprint=move.fingerprint, reason="agreed @all", until=until)
    return {move.fingerprint: item}


def test_what_is_accepted_is_folded_away_with_its_reason_and_counts_no_more():
    first = report(files(), files(edited(LOOSER)))
    known = accepted(first, dt.date(2026, 11, 20))
    found = report(files(), files(edited(LOOSER)), known)
    text = comment(found, ())

    assert words.headline(found).startswith("1 node changed, none of 3 leads changes owner")
    assert words.headline(found).endswith("(1 moved lead accepted)")
    assert "**Who moves**" not in text
    folded = text[text.index("<summary>1 accepted</summary>") :]
    assert "agreed &#64;&#8203;all" in folded
    assert "2026-11-20" in folded


def test_what_was_accepted_until_yesterday_counts_again_and_says_so():
    first = report(files(), files(edited(LOOSER)))
    found = report(files(), files(edited(LOOSER)), accepted(first, dt.date(2026, 11, 19)))

    assert words.headline(found) == words.headline(first)
    assert f"`{found.moves[0].fingerprint[:8]}` was accepted until 2026-11-19 |" in comment(found, ())


def test_a_warning_fails_who_is_strict_unless_it_is_accepted():
    nodes = edited(LOOSER)
    found = seen(files(), files(nodes))
    known = {
        f.fingerprint: Accepted(fingerprint=f.fingerprint, reason="known")
        for f in found.findings
        if f.diagnostic.severity is Severity.WARNING
    }

    assert known
    assert [steps_of(found, strict)[0].exit for strict in (False, True)] == [Exit.DONE, Exit.NO]
    assert steps_of(seen(files(), files(nodes), known), strict=True)[0].exit is Exit.DONE


# -- limits


@pytest.fixture(scope="module")
def large():
    """Many changes of every kind, many movements, findings and failing fixtures, and long texts."""
    cases = {"lead": [*FIXTURES["lead"], fixture("Score: 11", "owner: queue/raw")]}
    small = report(
        files(), files(edited(LOOSER, ("label: hot,", "label: very hot,"), ("queue/hot", "queue/raw")), cases)
    )
    change, cosmetic = (next(c for c in small.changes if c.cosmetic is wanted) for wanted in (False, True))
    tested = next(t for t in small.tests.tested if not t.passed)
    changes = [replace(change, part=f"flow/lead{n}", fingerprint=f"{n:016x}") for n in range(MANY)]
    moves = [replace(small.moves[0], before=f"queue/{n}", example="x" * 300) for n in range(MANY)]
    return replace(
        small,
        changes=(*changes, *[cosmetic] * MANY),
        moves=tuple(moves),
        findings=small.findings[:1] * MANY,
        tests=replace(small.tests, tested=(tested,) * MANY),
    )


DRAWN = tuple(f"flowchart TD\n%% {n} {'x' * 1900}" for n in range(9))


def test_a_comment_keeps_to_the_limit_and_says_what_it_left_out(large):
    whole = comment(large, DRAWN)
    limit = COMMENT_LIMIT["github"]
    cut = comment(large, DRAWN, limit, "https://ci.example/jobs/1")

    assert len(whole) > limit >= len(cut) > limit // 2
    assert whole.splitlines()[0] == cut.splitlines()[0]
    assert "> **Cut to the 65,436 characters that a comment may have**: left out: " in cut
    assert f"{MANY:,} of {MANY:,} failed tests" in cut
    assert "`comment.md`, in the artifacts of [this pipeline](https://ci.example/jobs/1)." in cut


@pytest.mark.parametrize("limit", [3_000, 20_000, 60_000, 150_000, 250_000])
def test_detail_goes_in_the_order_that_is_stated(large, limit):
    cut = comment(large, DRAWN, limit)
    left = re.search(r"left out: (.*?)\. All", cut)[1]

    assert len(cut) <= limit
    kinds = [re.sub(r"[\d,]+ of [\d,]+ |s$", "", piece) for piece in re.split(r", (?=\d)| and (?=\d)", left)]
    known = ["picture", *(what.removesuffix("s") for what in CUT_FIRST if "picture" not in what)]
    assert kinds == [what for what in known if what in kinds]
    assert all(re.search(rf"(\d+) of \1 {kind}", left) for kind in kinds[1:-1])


def test_of_a_flood_of_pictures_the_first_are_drawn_and_the_comment_says_so():
    found = report(files(), files(edited(LOOSER)))
    text = comment(found, [f"flowchart TD\n%% {n}" for n in range(57)])

    assert [n for n in range(57) if f"\n%% {n}\n" in text] == list(range(10))
    assert "<summary>9 further pictures</summary>" in text
    assert "\n47 more pictures left out: `diff.html` shows all in one graph\n" in text
    assert "left out" not in comment(found, [f"flowchart TD\n%% {n}" for n in range(10)])


def test_a_single_endless_condition_does_not_break_the_limit():
    listed = ", ".join(f"'{n}'" for n in range(2_000))
    cut = comment(report(files(), files(edited(("('Peru', 'Chile')", f"({listed})")))), (), 4_000)

    assert len(cut) <= 4_000
    assert cut.startswith("### 1 node changed")


# -- nothing but text


HOSTILE = [
    "<script>alert(1)</script>",
    "</details></table><img src=x onerror=alert(1)>",
    "[click](https://evil.example) ![x](https://evil.example/x.png)",
    "@everyone and @acme/admins, see #1, !2, ~bug, %3, &4, $5, acme/routing#6, GH-7, JIRA-8",
    "https://evil.example www.evil.example mailto:a@evil.example ana@evil.example",
    "a | b |\n| --- | --- |\n/close\n# heading",
    "` ``` ~~~ `| pipe in code",
    "\\| \\\\| \\",
    "*bold* _it_ ~~gone~~ $x$ :tada: [[_TOC_]] {{x}}",
    "0123456789abcdef0123456789abcdef01234567",
    "<!-- flowctl:ci -->",
    "\u202eevil\u0000\x1b[31m",
]
ALLOWED = {"table", "thead", "tbody", "tr", "th", "td", "h3", "p", "strong", "code", "pre", "ul", "li", "blockquote"}
OURS = re.compile(r"</?details( open)?>|</?summary>|</?code>")


def read(text):
    """The comment as a reader of Markdown gets it: its tokens."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)


def problems(text):
    """What of a comment is neither text nor markup that we put there."""
    for token in (t for block in read(text) for t in (block, *(block.children or ()))):
        if token.type in ("html_block", "html_inline"):
            if OURS.sub("", token.content).strip() and not token.content.startswith("<details><summary>"):
                yield f"html: {token.content}"
        elif token.tag and token.tag not in ALLOWED:
            yield f"tag: {token.tag}"
        elif token.type == "text" and re.search(
            r"[@#!~%&$](?=\w)|://|www\.|:\w+:|\b[A-Z]{2,}-\d|\b[0-9a-f]{7,40}\b", token.content
        ):
            yield f"reference: {token.content}"


def hostile(text):
    """A report with a text in every place where a text can stand."""
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\0", "\\0").replace("\x1b", "\\e") + '"'  # fmt: skip  # noqa: E501
    nodes = edited(
        LOOSER,
        ("label: Hot or not?", f"label: {quoted}"),
        ("label: hot,", f"label: {quoted},"),
        ("('Peru', 'Chile')", "('Peru', 'Bolivia')"),
    )
    why = fixture("Score: 10", "owner: queue/cold").replace('why: "Score: 10"', f"why: {quoted}")
    cases = {"lead": [*FIXTURES["lead"][:2], why]}
    more = {"flows/rosters/emea.yaml": f"roster: emea\nlabel: {quoted}\nmembers:\n  - {{user: bea.kim}}\n"}
    before = files(edited(("label: Hot or not?", "label: x")), cases)
    return report(before, files(nodes, cases, more), label=text, branch=text)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_flow_is_markup_a_link_a_mention_or_a_reference(text):
    found = hostile(text)
    drawn = pictures(found)

    assert list(problems(comment(found, drawn))) == []
    assert list(problems(comment(found, drawn, 3_000))) == []


@given(st.lists(st.sampled_from([*"`|<>[]()@#!*_~\\&$:/-", "a", "1", " ", "//", "www."]), max_size=12).map("".join))
def test_no_mixture_of_signs_breaks_out_of_a_cell(text):
    found = hostile(text)
    text = comment(found, ())
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    heads = {line.count("|") for line in rows}

    assert list(problems(text)) == []
    assert heads <= {4, 5, 6, 7}


def test_no_line_begins_a_quick_action():
    for text in ("/close", "/merge", "\n/close"):
        assert not re.search(r"(?m)^\s*/\w", comment(hostile(text), ()))
