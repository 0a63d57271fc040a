"""An impact report in all its forms."""

import datetime as dt
import re
import struct
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.ops.impact.report import Bad, Ended, Example, Impact, Input, Load, Move, Otherwise, Week, Why
from flowctl.ops.impact.simulate import ImpactReport
from flowctl.render.console import Look, cells
from flowctl.render.impact import bands as drawing
from flowctl.render.impact import data, markdown, page, slide, text, words
from flowctl.render.impact.text import Told
from flowctl.render.page.html import digest

HOSTILE = "</title><script>alert(1)</script>\"' ]]> & *b* [x](y) |\x1b[31m\u202e"
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
HOT, RAW = Ended("queue/hot", "queue/hot", True, "done", "Done"), Ended("queue/raw", "queue/raw", True, "done", "Done")
GONE = Ended(None, "nobody", False, "lost", "Lost")
ANA = Example("Ana Berg", 12, NOON, HOT, RAW, Why("lead", "start", "otherwise", "hot"))
BO = Example("Bo", 1_040, NOON, GONE, RAW)
REPORT = Impact(
    "lead",
    "draft",
    "live",
    1_204_331,
    moved=38,
    changed=2,
    unrouted=3,
    newly=1,
    lost=(BO,),
    moves=(Move("queue/raw", "queue/hot", 37, (ANA,)), Move("queue/raw", "nobody", 1, (BO,))),
    loads=(
        Load("queue/raw", 1_000_038, 1_000_000),
        Load("queue/hot", 0, 37),
        Load("nobody", 2, 3),
        Load("roster/x", 5, 5),
    ),
    owners=(Load("user/ana", 3, 1), Load("user/bo", 2, 4)),
    otherwise=Otherwise(1, {"Status": 2}, 3, 0, 4),
    effects=(("Account created", 7),),
    weeks=(Week(dt.date(2026, 11, 16), 600_000, 8), Week(dt.date(2026, 11, 23), 604_331, 30)),
    input=Input(
        (Bad("Score", "a number is needed", 12, (("leads.csv", 14), ("leads.csv", 99))),), 0, "blank", ("Fax",)
    ),
    has_policies=True,
    seconds=2.0,
)


def told(impact=REPORT, **wishes):
    return Told(ImpactReport(impact), **wishes)


def hostile():
    nasty = Example(HOSTILE, 1, NOON, replace(GONE, ends=HOSTILE), RAW, Why(HOSTILE, HOSTILE, HOSTILE, "x"))
    return replace(
        REPORT,
        version=HOSTILE,
        against=HOSTILE,
        lost=(nasty,),
        moves=(Move(HOSTILE, f"{HOSTILE}2", 38, (nasty,)),),
        loads=(Load(HOSTILE, 1, 39),),
        owners=(Load(f"user/{HOSTILE}", 1, 2),),
        otherwise=Otherwise(0, {HOSTILE: 1}),
        effects=((HOSTILE, 1),),
        input=Input((Bad(HOSTILE, HOSTILE, 1, ((HOSTILE, 1),)),), 0, "blank", (HOSTILE,), (HOSTILE,)),
    )


# -- in words


def test_the_headline_is_a_sentence_with_the_share_and_who_is_lost():
    assert words.headline(replace(REPORT, newly=0)) == (
        "38 of 1,204,331 leads would go to someone else (0.003%), nobody is newly left unrouted"
    )
    assert words.headline(REPORT).endswith("1 is newly left unrouted")
    assert words.headline(replace(REPORT, moved=0, newly=0)) == (
        "none of 1,204,331 leads would go to someone else, nobody is newly left unrouted"
    )
    assert words.headline(replace(REPORT, against=None)) == "1,204,331 leads, 3 of them left unrouted"
    assert words.headline(replace(REPORT, run=NOON, left_out=1_204_330, unrouted=0, newly=0)) == (
        "1 of 1,204,331 leads meets the condition, 1,204,330 left out; "
        "38 of 1,204,331 leads would go to someone else (0.003%), nobody is newly left unrouted"
    )


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0%"),
        (1.0, "100%"),
        (0.99999, "99.9%"),
        (0.0833, "8.3%"),
        (0.0096, "1.0%"),
        (38 / 1_204_331, "0.003%"),
        (1e-9, "under 0.0001%"),
    ],
)
def test_a_share_is_never_none_or_all_where_it_is_neither(share, said):
    assert words.percent(share) == said


@given(st.floats(0, 1))
def test_shares_are_short(share):
    assert re.fullmatch(r"\d{1,3}(\.\d{1,4})?%|under 0.0001%", words.percent(share))


@pytest.mark.parametrize("width", [80, 120])
def test_the_text_fits_the_terminal(width):
    lines = text.text(told(leads=True, every=True), Look(width)).split("\n")

    assert max(map(cells, lines)) <= width
    assert lines[0].startswith("38 of 1,204,331 leads would go to someone else (0.003%), ")
    assert any(line.split() == ["queue/raw", "queue/hot", "37", "97.4%", "Ana", "Berg"] for line in lines)


def test_the_text_tells_all_that_was_counted():
    said = " ".join(text.text(told(), Look(100)).split())

    assert "4 leads stay in the same roster, with another member by turn alone" in said
    assert "2 more leads keep their owner, but not all else" in said
    assert "set differently: Status (2)" in said
    assert "at lead/start: otherwise before, hot now: Ana Berg (row 12, 2026-11-23)" in said
    assert "unrouted (2 of 3 in live, too)" in said
    assert "Bo (row 1,040, 2026-11-23) → nobody (ends at lost), newly" in said
    assert "Score: a number is needed, in 12 rows, read as blank (leads.csv:14, leads.csv:99 …)" in said
    assert "1 column not needed: Fax" in said
    assert "1,204,331 leads in 2.0 s, 602,000 a second" in said
    assert "1 other as before" in said


def test_many_moves_and_loads_are_cut_and_counted():
    moves = tuple(Move("queue/raw", f"queue/q{n}", 1) for n in range(50))
    loads = tuple(Load(f"queue/q{n}", 0, 1) for n in range(50))
    many = replace(REPORT, moves=moves, loads=loads, moved=50)

    said, all_of_it = text.text(told(many), Look()), text.text(told(many, every=True), Look())

    assert "30 more moves with 30 leads: `--all` tells of them" in said
    assert "30 others with smaller changes" in said
    assert all(f"queue/q{n} " in all_of_it for n in range(50))


# -- as data and as Markdown


def test_the_data_keeps_the_keys_of_few_leads_and_adds_more():
    [one] = data.data(told())["simulations"]

    assert (one["leads"], one["moved"], one["unrouted"], one["newly_unrouted"]) == (1_204_331, 38, 3, 1)
    assert one["broken"] is None
    assert one["routed"] is None
    assert one["moves"][0]["examples"] == ["Ana Berg"]
    assert one["moves"][0]["explained"][0]["parting"] == {
        "flow": "lead",
        "node": "start",
        "before": "otherwise",
        "after": "hot",
        "leads_to": None,
    }
    assert one["loads"][1] == {
        "goes_to": "queue/hot",
        "after": 37,
        "before": 0,
        "share_after": 37 / 1_204_331,
        "share_before": 0.0,
    }
    assert one["bad_values"][0]["places"] == [{"file": "leads.csv", "line": 14}, {"file": "leads.csv", "line": 99}]
    assert data.data(told(replace(REPORT, has_policies=False)))["simulations"][0]["broken"] == []


def test_markdown_has_the_moves_as_a_table_and_stays_markdown_whatever_names_are():
    said = markdown.markdown(told())
    nasty = markdown.markdown(told(hostile()))

    assert "| `queue/raw` | `queue/hot` | 37 | 97.4% |" in said
    assert "<script>" not in nasty.replace("`", "") or re.search(r"`[^`]*<script>[^`]*`", nasty)
    assert "\x1b" not in nasty


# -- as a page


def test_the_page_is_one_file_without_script_that_fetches_nothing():
    made = page.html(told(hostile()))
    [style] = re.findall(r"<style>(.*?)</style>", made, re.DOTALL)

    assert "<script" not in made
    assert "url(" not in made
    assert " style=" not in made
    assert not re.search(r"\son\w+=", made.replace("&", ""))
    assert f"style-src '{digest(style)}'" in made
    assert "default-src 'none'" in made
    assert "\x1b" not in made
    assert "\u202e" not in made


def test_the_page_is_well_formed_and_its_pictures_have_names():
    made = page.html(told(hostile()))
    body = made[made.index("<body") : made.index("</body>") + 7]

    root = ElementTree.fromstring(body)
    drawn = [svg for svg in root.iter("svg") if svg.get("role") == "img"]
    assert len(drawn) == 4
    assert all(svg.find("title") is not None and svg.find("title").text for svg in drawn)
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))


def test_behind_each_picture_stands_a_table():
    body = page.html(told())

    assert body.count("<details>") >= 4
    assert '<td class="n">1,000,038</td>' in body
    assert "Ana Berg (row 12, 2026-11-23)" in body


@pytest.mark.parametrize(
    "impact",
    [
        replace(REPORT, against=None, moves=(), moved=0, owners=(), weeks=()),
        replace(
            REPORT, moves=(), moved=0, loads=(), owners=(), weeks=(), lost=(), otherwise=Otherwise(), input=Input()
        ),
        Impact("lead", "draft", "live", 1),
    ],
)
def test_a_report_of_little_is_a_page_and_a_slide(impact):
    assert "<h1>" in page.html(told(impact))
    ElementTree.fromstring(slide.svg(told(impact)))
    assert text.text(told(impact), Look())
    assert markdown.markdown(told(impact))


# -- as a picture


def test_the_slide_is_an_svg_without_style_or_script():
    root = ElementTree.fromstring(slide.svg(told(hostile())))

    said = "".join(root.itertext())
    assert "38 of 1,204,331 leads" in " ".join(said.split())
    assert {each.tag.partition("}")[2] for each in root.iter()} <= {"svg", "title", "rect", "text", "path", "tspan"}


def test_the_slide_is_a_png_of_its_size():
    made = slide.png(told(hostile()))

    assert made.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", made[16:24])
    assert (round(width / 2, -1), round(height / 2, -1)) == (1280, 720)


NAMES = st.sampled_from([f"queue/{letter}" for letter in "abcdefghijklmnop"] + ["nobody"])
MOVES = st.dictionaries(
    st.tuples(NAMES, NAMES).filter(lambda pair: pair[0] != pair[1]), st.integers(1, 10**6), min_size=1, max_size=60
).map(lambda found: [Move(a, b, leads) for (a, b), leads in found.items()])


@given(MOVES, st.integers(100, 800))
def test_bands_lie_within_their_posts_and_posts_do_not_overlap(moves, height):
    made = drawing.bands(moves, 200, 800, height)

    total = sum(move.leads for move in moves)
    assert sum(band.leads for band in made.bands) == total
    for posts in (made.left, made.right):
        assert sum(post.leads for post in posts) == total
        assert len(posts) <= drawing.MOST + 1
        ends = [(post.y, post.y + post.height) for post in posts]
        assert all(a[1] <= b[0] for a, b in pairwise(ends))
        assert ends[-1][1] <= made.height + 0.01
    for band in made.bands:
        left, right = made.left[band.left], made.right[band.right]
        ys = [y for _, y in band.outline]
        assert min(left.y, right.y) - 0.01 <= min(ys)
        lowest = max(left.y + left.height, right.y + right.height) + drawing.THIN
        assert max(ys) <= lowest + 0.01


@given(MOVES)
def test_the_slide_stays_on_its_paper(moves):
    impact = replace(REPORT, moves=tuple(moves))

    for one in slide.drawn(impact):
        if isinstance(one, slide.Shape):
            assert all(0 <= x <= slide.WIDE and 0 <= y <= slide.HIGH for x, y in one.outline)
        else:
            assert 0 <= one.at[0] <= slide.WIDE
            assert 0 <= one.at[1] <= slide.HIGH
