"""The answers of `roster`."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from flowctl.document import Json
from flowctl.flow.kinds import plain_fields
from flowctl.ops.roster import Edited, MemberState, RosterEdit, Rosters, RosterState
from flowctl.render.console import Look, clip, table
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
    out = [m.member.user for m in state.members if m.away or not m.is_active]
    if not state.members:
        return "nobody"
    return f"without {', '.join(out)}" if out else "everybody"


def _used(state: RosterState) -> str:
    return ", ".join(f"{flow}/{node}" for flow, node in state.used_by) or "no flow"


def show_text(state: RosterState, look: Look) -> str:
    roster = state.roster
    label = f"  {safe(roster.label)}" if roster.label else ""
    how = "turns by weight" if roster.turns == "order" else "turns to whoever had the fewest for their weight"
    head = f"{look.paint('strong', safe(roster.roster))}{label}"
    about = look.paint("faint", safe(f"used by {_used(state)}; {how}"))
    if not state.members:
        return f"{head}\n{about}\n\nnobody is in it"
    rows = [(m.member.user, m.name, str(m.member.weight), _when(m)) for m in state.members]
    members = table(("member", "name", "weight", f"on {state.day}"), rows, look, right=[2])
    return blocks(f"{head}\n{about}", members, _leaves(state, look))


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
        return "there"
    return f"away, {m.away.cover} takes the turns" if m.away.cover else "away"


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
        "day": str(state.day),
        "used_by": [{"flow": flow, "node": node} for flow, node in state.used_by],
        "members": [
            {
                **plain_fields(m.member),
                "weight": m.member.weight,
                "name": m.name,
                "active": m.is_active,
                "away": plain_fields(m.away) if m.away else None,
            }
            for m in state.members
        ],
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
