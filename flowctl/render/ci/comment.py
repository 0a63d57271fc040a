"""The comment of a merge request: what it does to leads, for whoever has to say yes or no.

The same run gives the same text. Where a host's limit is less than the text, detail is left out in the order of
`CUT_FIRST`, each only as far as it has to; the headline, the verdict and the gates always stay, and what was left out
is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flowctl.ops.ci.report import CiReport
from flowctl.render.ci.cells import CLIPPED
from flowctl.render.ci.sections import Pieces
from flowctl.render.ci.sections import text as text_of
from flowctl.render.console import count
from flowctl.render.lists import blocks
from flowctl.render.lists import names as listed

KEY = "ci"  # of the one comment of a merge request
CUT_FIRST = (
    "further pictures",
    "cosmetic changes",
    "other files",
    "findings",
    "failed tests",
    "pictures",
    "accepted",
    "unrouted leads",
    "movements",
    "changes",
)
NOUNS = {"further pictures": "picture", "pictures": "picture", "accepted": "accepted line"}
FILE = "comment.md"


def comment(report: CiReport, pictures: Sequence[str], limit: int | None = None, run: str = "") -> str:
    """The comment, of at most `limit` characters.

    Args:
        pictures: Mermaid texts, the most important first.
        run: The web address of the pipeline, whose artifacts hold the whole.
    """
    whole = Pieces(report, pictures)
    text = text_of(whole)
    if limit is None or _length(text) <= limit:
        return text
    return _cut(replace(whole, longest=CLIPPED), limit, run)


def _length(text: str) -> int:
    """In the units in which hosts count: a character beyond the first 65,536 is two."""
    return len(text.encode("utf-16-le")) // 2


def _cut(pieces: Pieces, limit: int, run: str) -> str:
    """Leaves out one kind of detail after the other, of the last one only as much as it takes."""
    totals = {what: pieces.total(what) for what in CUT_FIRST}
    for what in CUT_FIRST:
        text = _with_note(pieces, totals, limit, run)
        if _length(text) <= limit:
            return text
        none = replace(pieces, most={**pieces.most, what: 0})
        if _length(_with_note(none, totals, limit, run)) > limit:
            pieces = none
            continue
        low, high = 0, totals[what]  # `low` fits, `high` does not
        while high - low > 1:
            middle = (low + high) // 2
            some = replace(pieces, most={**pieces.most, what: middle})
            fits = _length(_with_note(some, totals, limit, run)) <= limit
            low, high = (middle, high) if fits else (low, middle)
        return _with_note(replace(pieces, most={**pieces.most, what: low}), totals, limit, run)
    return _with_note(pieces, totals, limit, run)


def _with_note(pieces: Pieces, totals: Mapping[str, int], limit: int, run: str) -> str:
    left: dict[str, list[int]] = {}
    for what, most in pieces.most.items():
        if totals[what] > most:
            noun = NOUNS.get(what, what.removesuffix("s"))
            missing, of = left.setdefault(noun, [0, 0])
            left[noun] = [missing + totals[what] - most, of + totals[what]]
    said = [f"{missing:,} of {count(of, noun)}" for noun, (missing, of) in left.items()]
    where = f"the artifacts of [this pipeline]({run})" if run else "the artifacts of the pipeline"
    what_is_cut = f"left out: {listed(said)}" if said else "long texts are cut short"
    note = f"> **Cut to the {limit:,} characters that a comment may have**: {what_is_cut}. All of it is in `{FILE}`,"
    return blocks(text_of(pieces), f"{note} in {where}.")
