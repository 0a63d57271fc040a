"""The answer of `bisect`: each release that sent a lead elsewhere, the newest first."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl.document import Json
from flowctl.engine import Outcome
from flowctl.ops.bisect import Bisected, Turn
from flowctl.ops.past.stops import At
from flowctl.render import edits
from flowctl.render.console import Look, count, paragraph
from flowctl.render.lists import blocks, listed, names, next_command
from flowctl.render.markdown import code, escaped
from flowctl.render.safe import safe


def text(found: Bisected, look: Look) -> str:
    head = paragraph(safe(found.lead.name), look.width)
    now = f"goes to {_place(found.now)} in {found.newest.title}"
    told = (_turn(turn, look) for turn in found.turns)
    unread = listed("!", [f"{name}: {why}" for name, why in found.unread], look, "warning")
    said = paragraph(safe(closing(found)), look.width)
    lead = f"{look.paint('strong', head)}\n{paragraph(safe(now), look.width)}"
    return blocks(lead, *told, unread, said, _next(found, look))


def _turn(turn: Turn, look: Look) -> str:
    name = turn.at.release or "not shipped"
    head = paragraph(safe(_titled(turn.at)), look.width, f"{look.paint('strong', name)}  ", " " * (len(name) + 2))
    lines = (paragraph(safe(line), look.width, "  ", "  ") for line in told_of(turn))
    below = edits.text_of(turn.causes, look.narrower(2)).replace("\n\n", "\n").splitlines()
    more = [look.paint("faint", f"  and {count(turn.left_out, 'edit')} more")] if turn.left_out else []
    return "\n".join([head, *lines, *(f"  {line}" for line in below), *more])


def _titled(at: At) -> str:
    when = f"{at.when:%Y-%m-%d %H:%M} UTC" if at.when else ""
    who = ", ".join(filter(None, (at.who, when)))
    return f"{at.title} ({who})" if who else at.title


def _place(outcome: Outcome) -> str:
    return f"{outcome.goes_to} (ends at `{outcome.ends}`)"


def told_of(turn: Turn) -> Iterator[str]:
    """What is otherwise from this release on, and where the ways part."""
    before, after = turn.before, turn.after
    if turn.is_move:
        yield f"{_place(before)} → {_place(after)}"
    else:
        yield f"goes where it went; {names(list(_otherwise(before, after)))}"
    at = turn.parting
    yield f"the ways part at `{at.node}` of {at.flow}" if at.node else f"`{at.flow}` begins elsewhere"


def _otherwise(before: Outcome, after: Outcome) -> Iterator[str]:
    if before.ends != after.ends:
        yield f"ends at `{after.ends}` instead of `{before.ends}`"
    fields = [field for field in {**before.sets, **after.sets} if _set(before, field) != _set(after, field)]
    if fields:
        yield f"sets {names([f'`{field}`' for field in fields])} otherwise"
    if before.messages != after.messages:
        yield "sends other messages"
    if before.effects != after.effects:
        yield "makes other records"


def _set(outcome: Outcome, field: str) -> tuple[object, ...]:
    return (outcome.sets[field],) if field in outcome.sets else ()


def closing(found: Bisected) -> str:
    """How far it was followed, and whether it ever went elsewhere."""
    first = f"the flow `{found.lead.flow}` came with" if found.begins else "followed back to"
    back = f"{first} {_called(found.oldest)}; looked at {count(found.looked_at, 'version')}"
    return back if found.moves else f"it always went where it goes now: {back}"


def _called(at: At) -> str:
    return f"release {at.release}" if at.release else at.title


def _next(found: Bisected, look: Look) -> str:
    moves = found.moves
    if not moves:
        return ""
    at = moves[0].parting
    if at.node:
        return next_command(f"flowctl show {at.flow} --node {at.node} --blame", "all that was done to that node", look)
    return next_command(f"flowctl show {at.flow} --blame", "who last changed each node", look)


def markdown(found: Bisected) -> str:
    now = f"Goes to {edits.with_code(_place(found.now))} in {escaped(found.newest.title)}."
    sections = [_section(turn) for turn in found.turns]
    unread = "\n".join(f"- {code(name)}: {escaped(why)}" for name, why in found.unread)
    told = edits.with_code(closing(found))
    not_read = f"Could not be read:\n\n{unread}" if unread else ""
    return blocks(f"### {escaped(found.lead.name)}", now, *sections, not_read, f"{told[:1].upper()}{told[1:]}.")


def _section(turn: Turn) -> str:
    head = f"#### {escaped(turn.at.release or 'Not shipped')}: {escaped(_titled(turn.at))}"
    more = f"and {count(turn.left_out, 'edit')} more" if turn.left_out else ""
    told = "\n".join(f"- {edits.with_code(line)}" for line in told_of(turn))
    return blocks(head, told, edits.markdown_of(turn.causes), more)


def data(found: Bisected) -> dict[str, Json]:
    return {
        "lead": found.lead.name,
        "flow": found.lead.flow,
        "newest": _at(found.newest),
        "oldest": _at(found.oldest),
        "begins": found.begins,
        "looked_at": found.looked_at,
        "now": _outcome(found.now),
        "turns": [_turn_data(turn) for turn in found.turns],
        "unread": [{"version": name, "why": why} for name, why in found.unread],
    }


def _turn_data(turn: Turn) -> Json:
    return {
        **_at(turn.at),
        "moved": turn.is_move,
        "before": _outcome(turn.before),
        "after": _outcome(turn.after),
        "parting": {"flow": turn.parting.flow, "node": turn.parting.node},
        "causes": edits.data_of(turn.causes),
        "left_out": turn.left_out,
    }


def _at(at: At) -> dict[str, Json]:
    when = at.when and f"{at.when:%Y-%m-%dT%H:%M:%SZ}"
    return {"release": at.release, "title": at.title, "who": at.who, "when": when}


def _outcome(outcome: Outcome) -> Json:
    return {"goes_to": outcome.goes_to, "owner": outcome.owner, "ends": outcome.ends, "result": outcome.result}
