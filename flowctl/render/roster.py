"""The answers of `roster`."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping

from flowctl.document import Json
from flowctl.engine.outcome import Picked
from flowctl.flow.hours import Cap
from flowctl.flow.kinds import plain_fields
from flowctl.ops.roster import Kept, MemberState, Rehearsal, Rosters, RosterState
from flowctl.ops.roster_edit import Edited, RosterEdit
from flowctl.render.console import Look, clip, table, wrap
from flowctl.render.lists import GOOD, blocks, listed, next_command
from flowctl.render.safe import safe


def list_text(told: Rosters, look: Look) -> str:
    rows = [(s.roster.roster, s.roster.label, str(len(s.members)), _today(s), _used(s)) for s in told.rosters]
    unread = [f"`{path}` cannot be read: `flowctl check {path}` says why" for path in told.unread]
    return blocks(
        table(("roster", "label", "members", "today", "used by"), rows, look, right=[2]) if rows else "no rosters",
        listed("!", unread, look, "warning"),
    )


def _today(state: RosterState) -> str:
    """Who is there now, in the words of `show`: those away by name, of the others how many are out and why."""
    if not state.members:
        return "nobody"
    away = [m.member.user for m in state.members if m.away or not m.is_active]
    others = [m.out for m in state.members if m.out and not m.away and m.is_active]
    why = [f"{n} {reason}" for reason, n in Counter(others).items()]
    said = ", ".join([f"without {', '.join(away)}", *why] if away else why)
    if state.next.owner is None:
        return f"nobody at work now ({said})" if said else "nobody"
    return said or "everybody"


def _used(state: RosterState) -> str:
    return ", ".join(f"{flow}/{node}" for flow, node in state.used_by) or "no flow"


def show_text(state: RosterState, look: Look) -> str:
    roster = state.roster
    label = f"  {safe(roster.label)}" if roster.label else ""
    head = f"{look.paint('strong', safe(roster.roster))}{label}"
    about = look.paint("faint", safe(f"used by {_used(state)}; {_how(state)}"))
    if not state.members:
        return f"{head}\n{about}\n\nnobody is in it"
    has_load = any(m.load.week or state.roster.cap_of(m.member) != Cap() for m in state.members)
    load = [_load(state, m) if has_load else () for m in state.members]
    rows = [(m.member.user, m.name, str(m.member.weight), _when(m), *load[n]) for n, m in enumerate(state.members)]
    columns = ("member", "name", "weight", f"on {state.day}", *(("today", "week") if has_load else ()))
    members = table(columns, rows, look, right=[2, 4, 5])
    return blocks(f"{head}\n{about}", members, _next(state, look), _leaves(state, look))


def _how(state: RosterState) -> str:
    how = "turns by weight" if state.roster.turns == "order" else "turns to whoever had the fewest for their weight"
    return f"{how}; a company stays with who had its last one" if state.roster.sticky else how


def _load(state: RosterState, m: MemberState) -> tuple[str, str]:
    """How many a member was given today and this week, and of how many."""
    cap = state.roster.cap_of(m.member)
    return _of(m.load.day, cap.day), _of(m.load.week, cap.week)


def _of(n: int, most: int | None) -> str:
    return f"{n} of {most}" if most else str(n)


def _next(state: RosterState, look: Look) -> str:
    kept = state.kept
    who = _who(state.next) if state.next.owner else "nobody: records leave by `nobody`"
    return f"{look.paint('strong', 'next')}  {safe(who)}\n{_whose(kept, look)}" if kept else ""


def _whose(kept: Kept, look: Look) -> str:
    """Which turns those are."""
    said = f"by the turns of {kept.environment}"
    if kept.missing:
        said = f"by fresh turns, since those of {kept.environment} are not here: {kept.missing}"
    return "\n".join(look.paint("faint", line) for line in wrap(safe(said), look.width))


def _who(picked: Picked) -> str:
    who = (picked.owner or "nobody").removeprefix("user/")
    return f"{who} for {picked.stands_in_for}" if picked.stands_in_for else who


def rehearse_text(told: Rehearsal, look: Look) -> str:
    head = f"{look.paint('strong', safe(told.roster))} at {told.moment:%Y-%m-%d %H:%M} UTC"
    if told.is_empty:
        return f"{head}\n\nnobody is in it"
    rows, before = [], None
    for number, picked in enumerate(told.turns, 1):
        over = "; ".join(f"{who} ({why})" for who, why in picked.passed_over)
        rows.append((str(number), _who(picked), "as before" if over and over == before else over))
        before = over
    turns = table(("turn", "goes to", "passed over"), rows, look, right=[0])
    return blocks(f"{head}\n{_whose(told.kept, look)}", turns)


def _leaves(state: RosterState, look: Look) -> str:
    """The leaves that are not over, by their first day."""
    found = [(leave, m) for m in state.members for leave in m.member.leave if leave.to >= state.day]
    found.sort(key=lambda item: (item[0].from_, item[0].to))
    rows = [(str(leave.from_), str(leave.to), m.member.user, leave.cover or "") for leave, m in found]
    return table(("away from", "to", "member", "covered by"), rows, look) if rows else ""


def _when(m: MemberState) -> str:
    if not m.is_active:
        return "inactive"
    if m.away is None:
        return m.out or "there"
    if m.away.cover is None:
        return "away"
    return f"away, {m.away.cover} takes the turns" if m.out is None else f"away; {m.out.partition('; ')[2]}"


def edited_text(edited: Edited, look: Look) -> str:
    return blocks(
        *("\n".join(_edit(edit, look)) for edit in edited.edits),
        listed("!", edited.warnings, look, "warning"),
        next_command(f'flowctl save -m "{safe(edited.message)}"', "", look),
    )


def _edit(edit: RosterEdit, look: Look) -> Iterator[str]:
    yield f"{look.paint('good', GOOD)} {safe(edit.said)}"
    for sign, line in changed_lines(edit.before, edit.after):
        shown = clip(f"{sign} {safe(line)}", look.width - 4)
        yield f"    {look.paint('good' if sign == '+' else 'bad', shown)}"


def changed_lines(before: str, after: str) -> Iterator[tuple[str, str]]:
    """The lines that went (`-`) and came (`+`), as they stand in the file."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    yield from ((line[0], line[2:]) for line in lines if line[0] in "+-")


def list_data(told: Rosters) -> Mapping[str, Json]:
    return {"rosters": [show_data(state) for state in told.rosters], "unread": list(told.unread)}


def show_data(state: RosterState) -> Mapping[str, Json]:
    return {
        "roster": state.roster.roster,
        "label": state.roster.label,
        "turns": state.roster.turns,
        "next": _picked(state.next),
        "turns_of": state.kept.environment if state.kept and not state.kept.missing else None,
        "day": str(state.day),
        "used_by": [{"flow": flow, "node": node} for flow, node in state.used_by],
        "members": [
            {
                **plain_fields(m.member),
                "weight": m.member.weight,
                "name": m.name,
                "active": m.is_active,
                "away": plain_fields(m.away) if m.away else None,
                "out": m.out,
                "today": m.load.day,
                "week": m.load.week,
            }
            for m in state.members
        ],
    }


def _picked(picked: Picked) -> Mapping[str, Json]:
    return {
        "owner": picked.owner,
        "stands_in_for": picked.stands_in_for,
        "passed_over": [{"user": user, "reason": reason} for user, reason in picked.passed_over],
    }


def rehearse_data(told: Rehearsal) -> Mapping[str, Json]:
    return {
        "roster": told.roster,
        "at": f"{told.moment:%Y-%m-%dT%H:%M:%SZ}",
        "turns_of": None if told.kept.missing else told.kept.environment,
        "turns": [_picked(picked) for picked in told.turns],
    }


def edited_data(edited: Edited) -> Mapping[str, Json]:
    return {
        "edits": [
            {
                "roster": edit.roster,
                "file": edit.path,
                "words": edit.said,
                "lines": [f"{sign} {line}" for sign, line in changed_lines(edit.before, edit.after)],
            }
            for edit in edited.edits
        ],
        "warnings": list(edited.warnings),
    }
