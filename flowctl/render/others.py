"""Who else changes what a draft changes: a line each for `status`, all of it for `diff --drafts`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from flowctl.diff.edits import SINGULAR
from flowctl.document import Json
from flowctl.ops.others import Doing, Others, Overlap
from flowctl.render.console import Look, count, paragraph
from flowctl.render.edits import STATUS, STYLES, edit_data, with_code
from flowctl.render.lists import blocks, names, next_command
from flowctl.render.markdown import code, escaped
from flowctl.render.safe import safe
from flowctl.render.words import marker, sentence

MOST = 3  # places that `status` names of one draft


def notes(overlaps: Sequence[Overlap]) -> Iterator[str]:
    """A line for each other draft: whose it is, and what it changes, too."""
    known = [o for o in overlaps if "unreadable" not in (o.ours.status, o.theirs.status)]  # `check` says what is wrong
    for _, group in groupby(known, key=lambda overlap: overlap.theirs.draft.draft):
        found = list(group)
        draft = found[0].theirs.draft
        told = found if len(found) <= MOST else found[: MOST - 1]
        parts = [(part, list(below)) for part, below in groupby(told, key=lambda overlap: overlap.part)]
        places = [f"{names([place(overlap) for overlap in below])} of {part}" for part, below in parts]
        more = [f"{len(found) - len(told)} more places"] if len(found) > len(told) else []
        said = f"`{draft.title}` ({draft.owner}) changes {names([*places, *more])}, too"
        yield f"{said}: `flowctl diff --drafts` shows both"


def place(overlap: Overlap) -> str:
    """``node `by_country` ``, as people call the place."""
    if not overlap.name:
        return "the whole"
    if not overlap.section:
        return f"`{overlap.name}`"
    return f"{SINGULAR.get(overlap.section, overlap.section)} `{overlap.name}`"


# diff --drafts ------------------------------------------------------------------------------------------------------


def text(others: Others, look: Look) -> str:
    if not others.overlaps:
        return nothing(others)
    parts = groupby(others.overlaps, key=lambda overlap: overlap.part)
    told = (
        "\n".join([look.paint("strong", safe(part)), *_part(list(found), bool(others.here), look)])
        for part, found in parts
    )
    return blocks(headline(others), *told, _next(others, look))


def nothing(others: Others) -> str:
    """What to say where no two drafts are in each other's way."""
    if others.here:
        looked = f"{count(others.looked_at, 'other open draft')} looked at" if others.looked_at else "no other is open"
        return f"nobody else changes what this draft changes ({looked})"
    return f"no two open drafts change the same thing ({count(others.looked_at, 'open draft')} looked at)"


def headline(others: Others) -> str:
    """How many places, of how many drafts."""
    places = count(len({(o.part, o.section, o.name) for o in others.overlaps}), "place")
    if others.here:
        drafts = count(len({o.theirs.draft.draft for o in others.overlaps}), "other open draft")
        return f"{places} of this draft changed in {drafts}, too"
    return f"{places} changed in more than one open draft"


def _part(overlaps: Sequence[Overlap], here: bool, look: Look) -> Iterator[str]:
    for overlap in overlaps:
        yield f"  {safe(place(overlap))}"
        for who, doing in _both(overlap, here):
            yield paragraph(safe(who), look.width, "    ", "      ")
            for sign, said in _does(doing):
                yield paragraph(safe(said), look.width, f"      {look.paint(STYLES[sign], sign)} ", "        ")


def _both(overlap: Overlap, here: bool) -> Iterator[tuple[str, Doing]]:
    """Both sides, each with whose it is; `here`: the first one is in hand."""
    for doing in (overlap.ours, overlap.theirs):
        is_here = here and doing is overlap.ours
        yield "this draft" if is_here else f"{doing.draft.title} ({doing.draft.owner})", doing


def _does(doing: Doing) -> Iterator[tuple[str, str]]:
    """What a draft does there: signs and sentences."""
    if doing.status != "changed":
        yield STATUS[doing.status]
    for edit in doing.edits:
        yield marker(edit), sentence(edit)


def _next(others: Others, look: Look) -> str:
    other = others.overlaps[0].theirs.draft
    if others.here is None:
        ours = others.overlaps[0].ours.draft
        why = f"then `flowctl merge {other.draft} --preview` takes the other one in"
        return next_command(f"flowctl switch {ours.draft}", why, look)
    return next_command(f"flowctl merge {other.draft} --preview", f"talk to {other.owner}; or take theirs in", look)


def markdown(others: Others) -> str:
    if not others.overlaps:
        return f"{nothing(others).capitalize()}."
    parts = groupby(others.overlaps, key=lambda overlap: overlap.part)
    told = (blocks(f"**{code(part)}**", "\n".join(_items(list(found), bool(others.here)))) for part, found in parts)
    return blocks(f"### {headline(others).capitalize()}", *told)


def _items(overlaps: Sequence[Overlap], here: bool) -> Iterator[str]:
    for overlap in overlaps:
        yield f"- {with_code(place(overlap))}"
        for who, doing in _both(overlap, here):
            yield f"  - {escaped(who)}"
            yield from (f"    - `{sign}` {with_code(said)}" for sign, said in _does(doing))


# Data ---------------------------------------------------------------------------------------------------------------


def data(others: Others) -> dict[str, Json]:
    return {
        "draft": others.here and others.here.draft,
        "looked_at": others.looked_at,
        "overlaps": overlaps_data(others.overlaps),
    }


def overlaps_data(overlaps: Sequence[Overlap]) -> Json:
    return [
        {
            "part": overlap.part,
            "section": overlap.section,
            "name": overlap.name,
            "place": place(overlap),
            "ours": _doing(overlap.ours),
            "theirs": _doing(overlap.theirs),
        }
        for overlap in overlaps
    ]


def _doing(doing: Doing) -> Json:
    return {
        "draft": doing.draft.draft,
        "title": doing.draft.title,
        "owner": str(doing.draft.owner),
        "status": doing.status,
        "edits": [edit_data(edit) for edit in doing.edits],
    }
