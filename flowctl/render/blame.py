"""`show --blame`: a column beside the tree, the story of one node, and both as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from flowctl.document import Json
from flowctl.ops.blame import Blame, FlowBlame, NodeBlame, Touch
from flowctl.render.console import Look, cells, clip, count, paragraph
from flowctl.render.edits import STYLES
from flowctl.render.lists import blocks, listed
from flowctl.render.safe import safe
from flowctl.render.words import marker, sentence

MADE, CHANGED = "+", "~"
WHO = 14  # columns of a name beside the tree; the whole name stands below it
UNSAVED, UNSHIPPED, OTHERS = "not saved", "this draft", "not shipped"


def state_of(blame: Blame) -> str:
    """The release, or what has not shipped yet, in a word or two."""
    if blame.release:
        return blame.release
    if blame.draft is None:
        return OTHERS
    return UNSHIPPED if blame.when else UNSAVED


# Beside the tree ------------------------------------------------------------------------------------------------------


def margin(blame: FlowBlame, look: Look) -> dict[str, str]:
    """What stands left of each node in the tree: how it changed, in which release, by whom; all of one width."""
    wide = max((cells(state_of(b)) for b in blame.nodes.values()), default=0)
    room = max((min(cells(safe(b.who)), WHO) for b in blame.nodes.values()), default=0)
    return {id_: _beside(b, wide, room, look) for id_, b in blame.nodes.items()}


def _beside(blame: Blame, wide: int, room: int, look: Look) -> str:
    state, who = state_of(blame), clip(safe(blame.who), room)
    said = f"{MADE if blame.first else CHANGED} {state.ljust(wide)}  {who}{' ' * (room - cells(who))}  "
    return look.paint("faint" if blame.first else "info" if blame.release is None else "name", said)


def below(blame: FlowBlame, look: Look) -> str:
    """What the releases of the column are called, newest first, and what the signs mean."""
    nodes = Counter(_named(b) for b in blame.nodes.values())
    newest = sorted(nodes, key=lambda named: (named[0] not in (UNSAVED, UNSHIPPED, OTHERS), named[0]))
    fresh = [named for named in newest if named[0] in (UNSAVED, UNSHIPPED, OTHERS)]
    rows = [*fresh, *reversed(newest[len(fresh) :])]
    wide = max((cells(state) for state, _, _ in rows), default=0)
    lines = "\n".join(_release(state, title, who, nodes[state, title, who], wide, look) for state, title, who in rows)
    signs = look.paint("faint", f"{CHANGED} changed, {MADE} made and never changed since")
    return blocks(lines, signs, unread_note(blame.unread, look))


def _named(blame: Blame) -> tuple[str, str, str]:
    return state_of(blame), blame.title, blame.who


def _release(state: str, title: str, who: str, nodes: int, wide: int, look: Look) -> str:
    by = f", {who}" if who else ""
    head = f"{look.paint('strong', state.ljust(wide))}  "
    return paragraph(safe(f"{title} ({count(nodes, 'node')}{by})"), look.width, head, " " * (wide + 2))


def unread_note(unread: Iterable[str], look: Look) -> str:
    said = [f"{name}: the flow cannot be read there; the next one has the blame for its changes" for name in unread]
    return listed("!", said, look, "warning")


# One node -------------------------------------------------------------------------------------------------------------


def story(blame: NodeBlame, look: Look) -> str:
    """All that happened to a node, newest first: a paragraph for each release, a line for each edit."""
    told = "\n".join(line for touch in blame.touches for line in _touch(touch, look))
    head = look.paint("faint", "changed by") if told else ""
    return blocks("\n".join(filter(None, (head, told))), unread_note(blame.unread, look))


def _touch(touch: Touch, look: Look) -> Iterator[str]:
    blame = touch.blame
    by = f"{blame.who}, {_when(blame)}" if blame.who else _when(blame)
    head = f"  {look.paint('strong', state_of(blame))}  "
    indent = " " * (cells(state_of(blame)) + 4)
    yield paragraph(safe(f"{blame.title} ({by})"), look.width, head, indent)
    for edit in touch.edits:
        sign = marker(edit)
        yield paragraph(safe(sentence(edit)), look.width, f"    {look.paint(STYLES[sign], sign)} ", "      ")


def _when(blame: Blame) -> str:
    return f"{blame.when:%Y-%m-%d %H:%M} UTC" if blame.when else UNSAVED


# Data -----------------------------------------------------------------------------------------------------------------


def data(blame: Blame) -> dict[str, Json]:
    return {
        "release": blame.release,
        "draft": blame.draft,
        "title": blame.title,
        "who": blame.who,
        "when": blame.when and f"{blame.when:%Y-%m-%dT%H:%M:%SZ}",
        "first": blame.first,
    }


def story_data(blame: NodeBlame) -> Json:
    return [
        {
            **data(touch.blame),
            "edits": [{"marker": marker(e), "cosmetic": e.cosmetic, "words": sentence(e)} for e in touch.edits],
        }
        for touch in blame.touches
    ]


def flow_data(blame: FlowBlame) -> Mapping[str, Json]:
    return {id_: data(b) for id_, b in blame.nodes.items()}
